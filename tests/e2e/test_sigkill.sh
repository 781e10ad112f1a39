#!/usr/bin/env bash
# Killed in the middle of calls, vialens leaves nothing in the kernel, and the calls go on.
# shellcheck disable=SC2317  # functions that are called as arguments
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need bpftool tc
begin alg

# "prog 12", "link 3", "map 45": what a process holds.
held() {
  sed -nE 's/^(prog|link|map)_id:\s*([0-9]+)$/\1 \2/p' "/proc/${PID[$1]}/fdinfo/"* | sort -u
}
# Those of the objects in the arguments' file that still exist.
left() {
  local kind id
  while read -r kind id; do
    ! bpftool "$kind" show id "$id" >/dev/null 2>&1 || echo "$kind $id"
  done <"$1"
}
none_left() { [[ -z $(left "$1") ]]; }

attached() {
  in_node router bpftool net show | grep -E '^(lan0|wan0)' || true
  local dev
  for dev in lan0 wan0; do
    in_node router tc filter show dev $dev ingress
    in_node router tc filter show dev $dev egress
    ip -n "$VIALENS_LAB-router" -d link show dev $dev | grep -o 'prog/xdp.*' || true
  done
}
none_attached() { [[ -z $(attached) ]]; }
guards() { ip netns pids "$VIALENS_LAB-router" | xargs -rI{} grep -H vialens /proc/{}/comm || true; }
no_guards() { [[ -z $(guards) ]]; }

for hook in auto tcx clsact; do
  watch "$hook" --lan lan0 --wan wan0 --json --hook "$hook"
  held "$hook" >"$WORK/held.$hook"
  for kind in prog map; do
    check_that "$hook: there is a $kind to be left behind" grep -q "^$kind" "$WORK/held.$hook"
  done
  if [[ $hook == clsact ]]; then
    check "$hook: there are filters to be left behind" 4 "$(attached | grep -c '^filter.*vialens_')"
  else
    check "$hook: there are links to be left behind" 4 "$(grep -c '^link' "$WORK/held.$hook")"
  fi

  "$LAB" call sipp-out -n 4 >"$WORK/calls.$hook" 2>&1 &
  calling=$!
  sleep 1
  kill -KILL "${PID[$hook]}"
  reap "$hook"
  check "$hook: it was killed" 137 "${STATUS[$hook]}"
  wait_for 5 none_attached || true
  check "$hook: programs on the interfaces" "" "$(attached)"
  wait_for 5 none_left "$WORK/held.$hook" || true
  check "$hook: its programs, links and maps that still exist" "" "$(left "$WORK/held.$hook")"
  wait_for 5 no_guards || true
  check "$hook: processes of it" "" "$(guards)"
  if wait $calling; then said=yes; else said=$(tail -n 3 "$WORK/calls.$hook"); fi
  check "$hook: all calls succeeded" yes "$said"
  check "$hook: it had seen them" true "$(jq -s 'any(.id == "alg-via")' "$WORK/$hook.out")"
done

watch again --lan lan0 --wan wan0 --json
calls sipp-out
end again
check "started again, it sees the next call" "ended sip:100@192.168.77.10 sip:200@203.0.113.7" "$(calls_of again | sed 's/ \[.*//')"
finish
