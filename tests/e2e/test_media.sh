#!/usr/bin/env bash
# The kernel's counts of each RTP stream are those of a recording of the same packets, and tshark's.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need kamailio baresip tcpdump
begin alg

# The last that was said of each flow, without its time: "lan: A > B ssrc S, payload type P, N packets, ...".
flows() {
  sed -nE 's/.*RTP at (.*), longest gap .*/\1/p' "$WORK/$1.err" |
    awk -F ', payload' '{last[$1] = $0} END {for (flow in last) print last[flow]}' | LC_ALL=C sort
}
packets_of() { sed -nE "s/^$2: .* ([0-9]+) packets.*/\1/p" <<<"$1" | paste -sd + | bc; }
media() { summary "$1" '{rtp_packets, rtcp_packets, rtp_streams, failed: ([.taps[].flows_failed] | add)}'; }
# tshark's streams of a recording: "A > B ssrc S, N packets".
streams() {
  tshark -r "$WORK/$1.pcap" -o rtp.heuristic_rtp:TRUE --enable-heuristic rtp_udp -q -z rtp,streams 2>/dev/null |
    awk '/ 0x/ {for (i = 7; i < NF && $i !~ /^0x/; i++); for (n = i + 1; $n !~ /^[0-9]+$/; n++);
      print $3 ":" $4 " > " $5 ":" $6 " ssrc " tolower(substr($i, 3)) ", " $n " packets"}' | LC_ALL=C sort
}

lab record "$WORK"
LOG=debug watch live --lan lan0 --wan wan0 --json
calls baresip sipp-out
end live
lab record --stop
"$VIALENS" --log debug read --lan "$WORK/lan.pcap" --wan "$WORK/wan.pcap" --json >"$WORK/read.out" 2>"$WORK/read.err"

seen=$(flows live)
check "every flow: packets, bytes, silence, comfort noise" "$seen" "$(flows read)"
check "the sums" "$(media live)" "$(media read)"
check "RTP there was, of two streams at each of two taps" 4 "$(summary live .rtp_streams)"
check_that "some hundred packets of it" test "$(packets_of "$seen" lan)" -gt 300
check "every packet counted as RTP is in a flow" \
  "$(summary live .rtp_packets)" "$(($(packets_of "$seen" lan) + $(packets_of "$seen" wan)))"
check "no packet without a flow, none lost" "0 0" "$(summary live '([.taps[].flows_failed] | add), .lost' | paste -sd ' ')"
if type -P tshark >/dev/null; then
  for side in lan wan; do
    check "$side: streams and packets as tshark counts them" "$(streams $side)" \
      "$(sed -nE "s/^$side: (.*), payload type [0-9]+(, [0-9]+ packets).*/\1\2/p" <<<"$seen")"
  done
fi
finish
