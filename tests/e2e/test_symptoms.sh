#!/usr/bin/env bash
# What a caller feels is told while the call lasts, of the right call and within its budget: real phones, a real proxy, and
# a router that breaks the call. The same calls through a router that does not break them raise no alarm.
#
# Most of such a test is waiting, so its rows run side by side in lanes, each with a laboratory of its own: without an
# argument this runs all lanes, with the name of a lane that one.
# shellcheck disable=SC2317  # functions that are called as arguments
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# Lane | row | profile | misbehaviour | the call | what must be found (a/b: either).
# Of the families call-, media- and reg- nothing else may be found.
ROWS='
1 | ack-out     | badalg | drop-method ACK       | audio --seconds 36                              | call-ack-lost call-dropped-32s alg-dropped
1 | oneway-in   | badalg | media-port            | audio --seconds 12                              | media-one-way alg-sdp-port
2 | ack-in      | badalg | none                  | audio-in --seconds 36 --later contact-port      | call-ack-lost call-dropped-32s alg-contact-port
2 | stops-in    | nat    |                       | audio-stops --seconds 14                        | media-one-way
3 | reg-loop    | badalg | digest-uri            | register-loop                                   | reg-auth-loop alg-authorization
3 | resume-lost | badalg | none                  | hold --seconds 14 --later drop-method*INVITE    | call-resume-failed alg-dropped
3 | resume      | badalg | none                  | hold --seconds 12 --later media-port            | call-resume-failed alg-sdp-port
4 | reg-timeout | badalg | drop-answers REGISTER | phone-register --seconds 34                     | reg-timeout alg-dropped
4 | cancel      | badalg | drop-method CANCEL    | cancel --seconds 12                             | call-cancel-lost alg-dropped
5 | transfer    | badalg | refer-to              | transfer --seconds 36                           | call-transfer-failed alg-refer
5 | stops-out   | nat    |                       | audio-out-stops --seconds 14                    | media-one-way
6 | reg-wrong   | nat    |                       | register-wrong                                  | reg-auth-loop
6 | crossed     | alg    |                       | crossed                                         | call-crossed
6 | silent      | alg    |                       | crossed-silent                                  | call-crossed
7 | clean-1     | nat    |                       | audio hold two-calls register-loop              |
8 | oneway-out  | alg    |                       | audio-out-blocked --seconds 12                  | media-one-way
8 | clean-2     | nat    |                       | audio-in transfer cancel phone-register options |
8 | private     | nat    |                       | audio-private --seconds 12                      | media-one-way
9 | clean-alg   | alg    |                       | two-calls sipp-hold                             |
9 | clean-none  | badalg | none                  | audio hold cancel register-loop                 |
'
# What may be found besides, because it is the same thing felt in another way.
BESIDES='
resume-lost | media-one-way
resume      | media-one-way
crossed     | media-one-way
silent      | media-one-way media-none
'
# When it must have been told: seconds from what happened, and at most how many more.
BUDGETS='
ack-out     | call-ack-lost        | answer | 3.0  | 4.6
ack-in      | call-ack-lost        | answer | 3.0  | 4.6
ack-out     | call-dropped-32s     | answer | 30.0 | 34.0
ack-in      | call-dropped-32s     | answer | 30.0 | 34.0
oneway-in   | media-one-way        | answer | 0    | 10.0
oneway-out  | media-one-way        | answer | 0    | 10.0
private     | media-one-way        | answer | 0    | 10.0
stops-in    | media-one-way        | block  | 0    | 5.0
stops-out   | media-one-way        | block  | 0    | 5.0
resume-lost | call-resume-failed   | answer | 5    | 20.0
resume      | call-resume-failed   | answer | 5    | 20.0
cancel      | call-cancel-lost     | begin  | 2    | 9.0
reg-timeout | reg-timeout          | begin  | 0    | 33.0
reg-loop    | reg-auth-loop        | begin  | 0    | 7.0
reg-wrong   | reg-auth-loop        | begin  | 0    | 7.0
transfer    | call-transfer-failed | begin  | 3    | 37.0
crossed     | call-crossed         | begin  | 3    | 15.0
silent      | call-crossed         | begin  | 3    | 15.0
'
# What the recording must show, so that it is not the lab which is wrong: side, tcpdump filter, number of packets from, to.
WAN_IN='dst host 203.0.113.5 and src portrange 30000-50000'
LAN_OUT='dst host 192.168.77.10 and src portrange 30000-50000'
LAN_IN='src host 192.168.77.10 and dst portrange 30000-50000'
WAN_OUT='src host 203.0.113.5 and dst portrange 30000-50000'
PACKETS="
ack-out     | wan | src host 203.0.113.8 and udp[8:4] = 0x5349502f and greater 700 | 11 | 13
ack-out     | wan | src host 203.0.113.5 and udp[8:4] = 0x41434b20 | 0 | 0
ack-out     | wan | src host 203.0.113.8 and udp[8:4] = 0x42594520 | 1 | 1
ack-in      | wan | dst host 203.0.113.5 and dst port 6062 and udp[8:4] = 0x41434b20 | 10 | 12
ack-in      | lan | dst host 192.168.77.10 and udp[8:4] = 0x41434b20 | 0 | 0
oneway-in   | wan | $WAN_IN | 500 | 900
oneway-in   | lan | $LAN_OUT | 0 | 0
oneway-in   | wan | $WAN_OUT | 500 | 900
stops-in    | lan | $LAN_OUT | 200 | 420
stops-in    | wan | $WAN_IN | 500 | 900
stops-out   | wan | $WAN_OUT | 200 | 420
stops-out   | lan | $LAN_IN | 500 | 900
oneway-out  | lan | $LAN_IN | 500 | 900
oneway-out  | wan | $WAN_OUT | 0 | 0
oneway-out  | lan | $LAN_OUT | 500 | 900
private     | wan | $WAN_IN | 0 | 0
private     | wan | $WAN_OUT | 500 | 900
resume-lost | lan | src host 192.168.77.10 and udp[8:4] = 0x494e5649 | 8 | 11
resume-lost | wan | src host 203.0.113.5 and udp[8:4] = 0x494e5649 | 3 | 3
cancel      | wan | src host 203.0.113.8 and udp[8:4] = 0x43414e43 | 3 | 9
cancel      | lan | src host 203.0.113.8 and udp[8:4] = 0x43414e43 | 0 | 0
reg-timeout | lan | src host 192.168.77.10 and udp[8:4] = 0x52454749 | 11 | 12
reg-timeout | lan | src host 203.0.113.8 and port 5060 | 0 | 0
reg-loop    | lan | src host 203.0.113.8 and port 5060 | 6 | 8
transfer    | wan | dst host 203.0.113.5 and src host 203.0.113.9 and udp[8:4] = 0x494e5649 | 5 | 8
crossed     | wan | dst host 203.0.113.5 and dst port 40000 | 550 | 550
crossed     | lan | dst host 192.168.77.10 and dst port 40000 | 0 | 0
crossed     | wan | src host 203.0.113.5 and src port 40000 | 600 | 750
crossed     | lan | dst host 192.168.77.10 and dst port 40004 | 600 | 750
silent      | wan | dst host 203.0.113.5 and dst port 40000 | 550 | 550
silent      | lan | dst host 192.168.77.10 and dst port 40000 | 0 | 0
clean-alg   | lan | dst host 192.168.77.10 and dst port 40000 | 600 | 750
"

# rows TABLE FIRST-COLUMN: the other columns of its rows, without the blanks around them.
rows() { sed -E 's/ *\| */|/g; s/ +$//' <<<"$1" | sed -n "s/^$2|//p"; }

# --- all lanes

all_lanes() {
  local lane status failed=0 skipped=0
  local -A lanes=()
  trap 'kill "${lanes[@]}" 2>/dev/null; wait; exit 143' INT TERM HUP
  for lane in $(awk -F ' *[|] *' 'NF {print $1}' <<<"$ROWS" | uniq); do
    "${BASH_SOURCE[0]}" "$lane" >"$WORK/lane-$lane" 2>&1 &
    lanes[$lane]=$!
  done
  for lane in $(printf '%s\n' "${!lanes[@]}" | sort -n); do
    status=0
    wait "${lanes[$lane]}" || status=$?
    say "--- lane $lane"
    cat "$WORK/lane-$lane"
    case $status in
      0) ;;
      77) skipped=$((skipped + 1)) ;;
      *) failed=$((failed + 1)) ;;
    esac
  done
  ((failed == 0)) || { say "$failed of ${#lanes[@]} lanes failed"; exit 1; }
  ((skipped == 0)) || exit 77
  exit 0
}

# --- one lane

# stamped NAME: NAME.out as it grows, each line behind the time at which it came.
stamp() {
  tail -n +1 -f --pid="${PID[$1]}" "$WORK/$1.out" 2>/dev/null |
    while IFS= read -r line; do printf '%s %s\n' "$EPOCHREALTIME" "$line"; done >"$WORK/$1.stamped" &
}

SECONDS_OF='def seconds: (.[0:19] + "Z" | fromdate) + ("0" + .[19:26] | tonumber);'

# alarms RUN CONFIDENCE: ids, each once, of findings that are at least so sure.
alarms() {
  jq -r --argjson least "$2" 'select(.type == "finding" and .confidence >= $least and (.id | startswith("note-") | not)) | .id' \
    "$WORK/$1.out" | sort -u | paste -sd ' '
}

# expect_alarms ROW MUST: live and read. A symptom must be strong, the rewrite that explains it likely; of the others none
# may be likely. A private address alone is likely for half a minute: the other end may yet answer to where media comes from.
expect_alarms() {
  local how run sure found id missing wrong besides
  besides=" ${2//\// } $(rows "$BESIDES" "$1") "
  for how in live read; do
    run=$1; [[ $how == live ]] || run=$1-read
    sure=" $(alarms "$run" 0.8) " found=$(alarms "$run" 0.5) missing='' wrong=''
    [[ $1 != private ]] || sure=" $found "
    for id in $2; do
      [[ $id != alg-* ]] || sure+="$found "
      [[ $sure == *" ${id%/*} "* || $sure == *" ${id#*/} "* ]] || missing+=" $id"
    done
    for id in $found; do
      [[ $id == alg-* && $2 || $id == alg-* && $1 == clean-alg || $id =~ ^(hint|nat)- || $besides == *" $id "* ]] || wrong+=" $id"
    done
    [[ ! $missing ]] || missing="not$missing, but$sure"
    check "$1, $how: what must be found" "$2" "${missing:-$2}"
    check "$1, $how: no other alarm" "" "${wrong# }"
  done
}

# moment ROW ANCHOR: in seconds of the epoch. Of several calls it is the first one's.
moment() {
  case $2 in
    answer) jq -rn "$SECONDS_OF"'[inputs | select(.type == "call" and .answered != null) | .answered | seconds] | min' "$WORK/$1.out" ;;
    begin) jq -rn "$SECONDS_OF"'[inputs | select(.type == "call" or .type == "registration") | .started | seconds] | max' "$WORK/$1.out" ;;
    block) sed -n 's/.* is blocked since //p' "$WORK/lab.log" | tail -n 1 ;;
  esac
}

# in_time ROW ID ANCHOR FROM TO: the finding is of that time, and was told then: within another second, for the sake of a
# busy machine.
in_time() {
  local anchor time stamp
  anchor=$(moment "$1" "$3")
  read -r time stamp <<<"$(jq -rR "$SECONDS_OF"'capture("^(?<stamp>[0-9.]+) (?<line>.*)") | .stamp as $stamp | .line | fromjson |
    select(.type == "finding" and .id == "'"$2"'") | "\(.time | seconds) \($stamp)"' "$WORK/$1.stamped" | head -n 1)"
  check "$1: $2 from $4 to $5 s after the $3, and told at once" yes "$(awk -v a="${anchor:-0}" -v t="${time:-0}" \
    -v s="${stamp:-0}" -v min="$4" -v max="$5" 'BEGIN {
      if (t == 0) print "never"
      else if (t - a < min || t - a > max || s - t > 1.5) printf "%.2f s after it, told %.2f s later\n", t - a, s - t
      else print "yes"
    }')"
}

# The findings of what is felt are all of one call, or one registration: the first one.
of_one_call() {
  check "$1: of the right call" "" "$(jq -rn '[inputs] as $all |
    ([$all[] | select(.type == "call")] | sort_by(.started) | .[0].call_id) as $first |
    [$all[] | select(.type == "finding" and .confidence >= 0.5 and (.id | test("^(call|media)-")) and .call_id != $first) |
      "\(.id) of \(.call_id)"] | join(", ")' "$WORK/$1.out")"
}

# Where the router has changed or swallowed something, and only there, it is named as the cause in one sentence.
with_verdict() {
  local symptoms='[inputs | select(.type == "finding" and (.id | test("^(call|media|reg)-")) and .confidence >= 0.5)]'
  if [[ $2 == *alg-* ]]; then
    check "$1: why" yes "$(jq -rn "$symptoms"' | any(.verdict != null and (.verdict | test("router")) and
      (.causes | any(startswith("alg-"))))' "$WORK/$1-read.out" | sed 's/true/yes/')"
  elif [[ $2 ]] && ! grep -q "^[0-9] | $1 *| alg " <<<"$ROWS"; then
    check "$1: no word on the router" 0 "$(jq -rn "$symptoms"' | map(select(.verdict != null)) | length' "$WORK/$1-read.out")"
  fi
}

packets() { tcpdump -nr "$WORK/$1/$2.pcap" "udp and ($3)" 2>/dev/null | wc -l; }
expect_packets() {
  local side filter from to count
  while IFS='|' read -r side filter from to; do
    count=$(packets "$1" "$side" "$filter")
    check "$1: packets of '$filter' on the $side side, $from to $to" yes "$( ((count >= from && count <= to)) && echo yes || echo "$count")"
  done < <(rows "$PACKETS" "$1")
}

# A home is never silent.
chatter() {
  # shellcheck disable=SC2016
  in_node phone setpriv --pdeathsig KILL bash -c 'while sleep 0.5; do echo >"/dev/udp/203.0.113.7/9"; done' 2>/dev/null
}

# make_calls CALL...: one call with its options, or several.
make_calls() {
  local call
  if [[ $* == *--* || $# == 1 ]]; then
    "$LAB" call "${@//\*/ }" >>"$WORK/lab.log" 2>&1 || true # what the router does may break it
  else
    for call in "$@"; do call "$call" -n 1; done
  fi
}

run_row() {
  local row=$1 profile=$2 misbehaviour=$3 calls=$4 must=$5 id anchor from to
  # A laboratory of its own, so that no mapping is left from the row before.
  "$LAB" down >/dev/null
  lab up "$profile"
  # shellcheck disable=SC2086  # a name and perhaps an argument
  [[ ! $misbehaviour ]] || lab misbehave $misbehaviour
  watch "$row" --lan lan0 --wan wan0 --json
  stamp "$row"
  lab record "$WORK/$row"
  chatter &
  # shellcheck disable=SC2086
  make_calls $calls
  sleep 0.5
  { kill $! && wait $!; } 2>/dev/null || true
  observed "$row"
  [[ ! ${KEEP:-} ]] || cp -r "$WORK/$row" "$WORK/$row.out" "$WORK/$row-read.out" "$WORK/$row.stamped" "$KEEP/"
  expect_packets "$row"
  expect_alarms "$row" "$must"
  of_one_call "$row"
  with_verdict "$row" "$must"
  while IFS='|' read -r id anchor from to; do
    in_time "$row" "$id" "$anchor" "$from" "$to"
  done < <(rows "$BUDGETS" "$row")
}

need kamailio baresip python3 tcpdump
if (($# == 0)); then
  begin none
  ((EUID == 0)) || skip "network namespaces need root"
  all_lanes
fi
begin nat
while IFS='|' read -r row profile misbehaviour calls must; do
  run_row "$row" "$profile" "$misbehaviour" "$calls" "$must"
done < <(rows "$ROWS" "$1")
say "took $SECONDS s"
finish
