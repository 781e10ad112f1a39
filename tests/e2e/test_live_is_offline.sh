#!/usr/bin/env bash
# What a live run says, `vialens read` says of a recording of the same packets.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need kamailio baresip tcpdump
begin alg

# Everything that is no time, sorted.
essence() {
  jq -cS 'select(.type != "summary") | del(.time, .started, .answered, .ended, .last_seen, .setup_ms, .media[]?.jitter_ms, .media[]?.max_gap_ms)' "$1" | LC_ALL=C sort
}
totals() { summary "$1" '{sip_messages, sip_odd, sip_broken, fragments, crossings, calls, registrations, findings}'; }
types() { jq -r .type "$WORK/$1.out" | sort | uniq -c | awk '{print $1, $2}' | paste -sd ' '; }

lab record "$WORK"
watch live --lan lan0 --wan wan0 --json
calls sipp-out sipp-in sipp-tcp sipp-large sipp-port sipp6 register baresip sipp-drop
# A recording ends with its last packet, a live run does not: so that both give up the last message of sipp-drop, another
# packet has to come after it.
sleep 1.5
calls options
end live
lab record --stop
"$VIALENS" read --lan "$WORK/lan.pcap" --wan "$WORK/wan.pcap" --json >"$WORK/read.out" 2>"$WORK/read.err"

check "lines of each type" "$(types live)" "$(types read)"
check "findings, calls and registrations" "$(essence "$WORK/live.out")" "$(essence "$WORK/read.out")"
check "totals" "$(totals live)" "$(totals read)"
check "nothing lost" "0 0" "$(summary live .lost) $(summary read .lost)"
check "a reader of the results needs no root, and says nothing on stderr" "" "$(cat "$WORK/read.err")"

gzip -k "$WORK/lan.pcap" "$WORK/wan.pcap"
"$VIALENS" read --lan "$WORK/lan.pcap.gz" --wan "$WORK/wan.pcap.gz" --json >"$WORK/gzipped.out"
check "the same from gzipped files" "$(essence "$WORK/read.out")" "$(essence "$WORK/gzipped.out")"
finish
