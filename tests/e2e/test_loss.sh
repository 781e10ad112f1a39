#!/usr/bin/env bash
# Every packet of an interface is accounted for; what the ring buffer has no room for is counted as lost, and nothing is
# concluded from it.
# shellcheck disable=SC2317  # functions that are called as arguments
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need python3
begin nat
without_ipv6
for hook in auto tcx clsact; do
  wait_for 15 quiet || abort "the network does not become quiet"
  before=$(counted)
  watch $hook --lan lan0 --wan wan0 --json --hook $hook
  calls sipp-out sipp-large sipp-tcp sipp-port options
  wait_for 15 quiet || abort "the network does not become quiet"
  seen=$(since "$before")
  end $hook
  check "$hook: packets of each interface, each way, all accounted for" "$seen" "$(in_taps $hook)"
  check "$hook: and the network had stayed quiet" "$seen" "$(since "$before")"
done

# --- more than the ring buffer holds while nobody reads it

paused() { [[ $(cut -d ' ' -f 3 "/proc/${PID[$1]}/stat") == T ]]; }
pause() {
  kill -STOP "${PID[$1]}"
  wait_for 5 paused "$1" || abort "vialens does not stop"
}

before=$(counted)
watch flood --lan lan0 --wan wan0 --json --ring 1
calls sipp-out
pause flood
say_options phone 192.168.77.10:5060 203.0.113.7:5060 500 5000
kill -CONT "${PID[flood]}"
wait_for 5 log_says flood 'the capture missed something' || true
calls sipp-out
wait_for 15 quiet || abort "the network does not become quiet"
seen=$(since "$before")
end flood
for side in 'lan0 in' 'wan0 out'; do
  # shellcheck disable=SC2086
  read -r sip lost <<<"$(outcome flood $side sip) $(outcome flood $side lost-ring)"
  check "flood, $side: SIP, handed up and lost" 5006 "$((sip + lost))"
  check_that "flood, $side: most were lost" test "$lost" -gt 3000
done
check "flood: lost, of all" "$(summary flood '[.taps[].outcomes["lost-ring"] // 0] | add')" "$(summary flood .lost)"
check "flood: packets of each interface, all accounted for" "$seen" "$(in_taps flood)"
check "flood: messages read are those that were handed up" "$(summary flood '[.taps[].outcomes.sip // 0] | add')" \
  "$(summary flood .sip_messages)"
check "flood: no finding" "" "$(found flood)"
check "flood: the calls before and after it are whole" \
"ended sip:100@192.168.77.10 sip:200@203.0.113.7 []
ended sip:100@192.168.77.10 sip:200@203.0.113.7 []" "$(calls_of flood)"
check_says "flood: the log says so" 'the capture missed something' "$(cat "$WORK/flood.err")"

# --- a loss that looks like a message that the router swallowed twice

# An event takes 136 bytes and the message, rounded up to 8; one MiB less one byte is the room. What is left after 459
# crossings of 1136 a side and one of 1360 is 3007: then A fits on the LAN side and not on the WAN side, what comes
# between fits on both, and B again on one only. A and B are one message, sent twice.
options() { say_options phone 192.168.77.10:5060 203.0.113.7:5060 "$@"; }
watch pair --lan lan0 --wan wan0 --json --ring 1
calls sipp-out
sleep 1.5
pause pair
options 1000 459 filler
options 1224 1 filler
options 1450 1 twice
options 200 1 between
options 400 1 twice
sleep 1.5
# They are given up while more comes in than the ring holds, so that reading it does not come to an end.
options 500 40000 busy &
sleep 0.3
kill -CONT "${PID[pair]}"
wait $!
sleep 1.5
end pair
check_that "pair: something was lost" test "$(summary pair .lost)" -gt 0
check "pair: nothing is concluded from it" "" "$(found pair alarms)"

# --- more than can be read

watch busy --lan lan0 --wan wan0 --json --ring 1
options 300 4000000 &
flooding=$!
sleep 1
end busy
check_that "busy: asked to stop, it does while the flood goes on" kill "$flooding"
wait $flooding 2>/dev/null || true
check "busy: messages read are those that were handed up, to the last" \
  "$(summary busy '[.taps[].outcomes.sip // 0] | add')" "$(summary busy .sip_messages)"
finish
