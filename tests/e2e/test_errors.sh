#!/usr/bin/env bash
# What cannot be done ends with a sentence that says what, where and what to do, and with the right exit status.
# shellcheck disable=SC2317  # functions that are called as arguments
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

begin nat
need tcpdump

# fails STATUS REGEX COMMAND...
fails() {
  local expected=$1 regex=$2 status=0; shift 2
  "$@" >"$WORK/said.out" 2>"$WORK/said.err" </dev/null || status=$?
  check "${*##*/}: exit status" "$expected" "$status"
  check_says "${*##*/}: message" "$regex" "$(cat "$WORK/said.err")"
}
router() { in_node router timeout -k 1 10 "$@"; }
# Somebody without a privilege; the binary may lie where only root can go.
cp "$VIALENS" "$WORK/vialens"
chmod 755 "$WORK/vialens"
nobody() { in_node router setpriv --reuid 65534 --regid 65534 --clear-groups timeout -k 1 10 "$@"; }

# --- run
fails 3 'privilege.*(root|CAP_BPF).*CAP_BPF' nobody "$WORK/vialens" run --lan lan0 --wan wan0
fails 3 'no such interface: eth7.*ip -br link' router "$VIALENS" run --lan lan0 --wan eth7
fails 3 'no such interface: a-name-of-more-than-16' router "$VIALENS" run --tap a-name-of-more-than-16
fails 2 'no interface: name.*--lan and --wan.*--tap.*--help' router "$VIALENS" run
fails 2 '--hook.*ebpf.*auto, xdp, tcx, clsact' router "$VIALENS" run --tap lan0 --hook ebpf
fails 2 '--sip-port.*70000.*65535' router "$VIALENS" run --tap lan0 --sip-port 70000
fails 2 '--sip-port.*0.*65535' router "$VIALENS" run --tap lan0 --sip-port 5060,0
fails 2 '--sip-port.*sip' router "$VIALENS" run --tap lan0 --sip-port sip
fails 2 '--ring.*4096.*1024' router "$VIALENS" run --tap lan0 --ring 4096
fails 2 '--calls.*131073.*131072' router "$VIALENS" run --tap lan0 --calls 131073
fails 2 '--duration.*-1' router "$VIALENS" run --tap lan0 --duration -1
fails 2 '--side.*left.*lan, wan, server' router "$VIALENS" run --tap lan0 --side left
fails 2 '--side.*--tap' router "$VIALENS" run --lan lan0 --side wan
fails 2 'no such finding: alg-vai' router "$VIALENS" run --tap lan0 --fail-on alg-vai
fails 2 '--colour' router "$VIALENS" run --tap lan0 --colour
fails 2 'subcommand' "$VIALENS"
fails 2 'there is no subcommand "explian"; there are: run, read, ' "$VIALENS" explian alg-via
fails 2 'watch' "$VIALENS" watch
fails 0 '' "$VIALENS" --help
fails 0 '' "$VIALENS" run --help
fails 0 '' "$VIALENS" --version

# --- read: a good capture first
lab record "$WORK"
calls sipp-out
lab record --stop
cd "$WORK"
: >empty.pcap
head -c 10 lan.pcap >header.pcap
head -c $(($(stat -c %s lan.pcap) - 100)) lan.pcap >short.pcap
echo "this is no capture, but a text of some length" >text.pcap
gzip lan.pcap -c >whole.gz
head -c $(($(stat -c %s whole.gz) / 2)) whole.gz >short.pcap.gz
cp lan.pcap secret.pcap
chmod 600 secret.pcap

fails 0 '^$' "$VIALENS" read lan.pcap
# The word behind an option with a list is a file, and options may stand behind the files.
fails 0 '^$' "$VIALENS" read --sip-port 5060 lan.pcap
fails 0 '^$' "$VIALENS" read --fail-on any lan.pcap
fails 0 '^$' "$VIALENS" read short.pcap --log error
fails 3 'none.pcap: cannot be opened: No such file' "$VIALENS" read none.pcap
fails 3 'none.pcap: cannot be opened: No such file' "$VIALENS" read --lan lan.pcap --wan none.pcap
fails 3 'text.pcap: is no capture file.*pcap or pcapng' "$VIALENS" read text.pcap
fails 3 'empty.pcap: is (empty|no capture file)' "$VIALENS" read empty.pcap
fails 3 'header.pcap: is no capture file' "$VIALENS" read header.pcap
fails 3 '\.: is a directory; name the capture files in it' "$VIALENS" read .
fails 3 'secret.pcap: cannot be opened: Permission denied' nobody "$WORK/vialens" read secret.pcap
fails 2 'no capture file: name one.*--help' "$VIALENS" read
fails 2 '--lan.*--wan' "$VIALENS" read --lan lan.pcap
fails 2 '--lan.*excludes.*FILE|FILE.*excludes.*--lan' "$VIALENS" read --lan lan.pcap --wan wan.pcap lan.pcap
fails 2 '--side.*up.*lan,wan,server' "$VIALENS" read lan.pcap --side up
fails 2 'no such finding: nothing' "$VIALENS" read lan.pcap --fail-on nothing

fails 0 'warning: short.pcap: ends in the middle, read up to there' "$VIALENS" read short.pcap --json
check "short.pcap: what came before is told" 1 "$(jq 'select(.type == "summary").calls' said.out)"
fails 0 'warning: short.pcap.gz: ends in the middle, read up to there' "$VIALENS" read short.pcap.gz --json
fails 0 '^$' nobody "$WORK/vialens" read lan.pcap --json
check "nobody may read captures" 1 "$(jq 'select(.type == "summary").calls' said.out)"

# --- the exit status as an answer
fails 0 '^$' "$VIALENS" read --lan lan.pcap --wan wan.pcap --fail-on any
# A kernel without an ALG has nothing to answer "bad" to.
if "$LAB" profile alg >>"$WORK/lab.log" 2>&1; then
  mkdir alg
  lab record alg
  calls options
  lab record --stop
  fails 0 '^$' "$VIALENS" read --lan alg/lan.pcap --wan alg/wan.pcap
  fails 0 'warning: lan.pcap ends at .* and alg/wan.pcap begins at .*captured at the same time' \
    "$VIALENS" read --lan lan.pcap --wan alg/wan.pcap --json
  fails 1 '^$' "$VIALENS" read --lan alg/lan.pcap --wan alg/wan.pcap --fail-on any
  fails 1 '^$' "$VIALENS" read --lan alg/lan.pcap --wan alg/wan.pcap --fail-on alg-dropped,alg-via
  fails 0 '^$' "$VIALENS" read --lan alg/lan.pcap --wan alg/wan.pcap --fail-on alg-dropped
fi
finish
