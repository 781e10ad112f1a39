#!/usr/bin/env bash
# One capture of all interfaces of a router (tcpdump -i any) has both sides of its NAT in it, and each packet twice: a
# call that both hear is no alarm.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need tcpdump
begin nat

in_node router setpriv --pdeathsig KILL tcpdump -i any -U --immediate-mode -s 0 -w "$WORK/any.pcap" udp \
  >"$WORK/tcpdump.err" 2>&1 &
PID[tcpdump]=$!
wait_for 10 grep -q "listening on any" "$WORK/tcpdump.err" || abort "tcpdump does not start"
call audio-in -n 1 --seconds 14
sleep 1  # what has just crossed the wire is not in tcpdump's hands yet
kill -KILL "${PID[tcpdump]}"
{ wait "${PID[tcpdump]}" || true; } 2>/dev/null
unset "PID[tcpdump]"

"$VIALENS" read "$WORK/any.pcap" --json >"$WORK/any.out"
check "the call is there" 1 "$(jq -s 'map(select(.type == "call" and .state == "ended")) | length' "$WORK/any.out")"
check "each stream twice" 4 "$(jq -s 'map(select(.type == "call")) | .[0].media | length' "$WORK/any.out")"
check "no alarm" "" \
  "$(jq -r 'select(.type == "finding" and .confidence >= 0.5 and (.id | startswith("note-") | not)).id' "$WORK/any.out")"
finish
