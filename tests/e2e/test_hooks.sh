#!/usr/bin/env bash
# Every hook sees the same, and other people's programs on the interface stay, and run on.
# shellcheck disable=SC2317  # functions that are called as arguments
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need bpftool tc clang
begin alg

hooks() { summary "$1" '.taps | map("\(.interface) \(.direction) \(.hook)") | join(", ")'; }
found_in() { jq -r 'select(.type == "finding") | "\(.id) \(.direction) \(.evidence[0].message)"' "$WORK/$1.out" | sort; }

declare -A ingress=([xdp]=xdp [tcx]=tcx [clsact]=clsact [auto]=xdp) egress=([xdp]=tcx [tcx]=tcx [clsact]=clsact [auto]=tcx)
for hook in auto xdp tcx clsact; do
  watch $hook --lan lan0 --wan wan0 --json --hook $hook
  calls sipp-out sipp-tcp sipp-large
  end $hook
  check "$hook: the hooks are named" \
    "lan0 in ${ingress[$hook]}, lan0 out ${egress[$hook]}, wan0 in ${ingress[$hook]}, wan0 out ${egress[$hook]}" "$(hooks $hook)"
  check "$hook: findings as with auto" "$(found_in auto)" "$(found_in $hook)"
  check "$hook: nothing lost, unmatched or unchanged" "0 0 0" \
    "$(summary $hook '"\(.lost) \(.crossings.unmatched) \(.crossings.unchanged)"')"
done
check "three calls with five findings each" 15 "$(found_in auto | wc -l)"

# --- somebody else's program

clang -O2 -g -target bpf -idirafter "/usr/include/$(uname -m)-linux-gnu" -c "$ROOT/tests/e2e/foreign.bpf.c" -o "$WORK/foreign.o"
on_lan0() { in_node router "$@"; }
# foreign_count PROGRAM-ID: how often it has run.
foreign_count() {
  local map
  map=$(bpftool -j prog show id "$1" | jq '.map_ids[0]')
  bpftool -j map dump id "$map" | jq '.[0].formatted.value'
}
# ran_again PROGRAM-ID COMMAND...: it counted while the command ran.
ran_again() {
  local before after program=$1; shift
  before=$(foreign_count "$program")
  "$@"
  after=$(foreign_count "$program")
  ((after > before))
}

on_lan0 ip link set dev lan0 xdpdrv obj "$WORK/foreign.o" sec xdp || skip "this ip(8) cannot attach XDP programs"
xdp_id() { ip -n "$VIALENS_LAB-router" -j -d link show dev lan0 | jq '.[0].xdp.prog.id'; }
foreign=$(xdp_id)
watch beside --lan lan0 --wan wan0 --json
check_that "another's XDP program runs beside vialens" ran_again "$foreign" calls sipp-out
end beside
check "lan0 falls back to TCX, wan0 does not" "lan0 in tcx, lan0 out tcx, wan0 in xdp, wan0 out tcx" "$(hooks beside)"
check_says "the log says why" 'lan0 .*no XDP: another XDP program is there' "$(grep 'watching lan0' "$WORK/beside.err")"
check "and vialens sees the call" 5 "$(found_in beside | wc -l)"
start refused --lan lan0 --hook xdp
reap refused
check "--hook xdp is refused" 3 "${STATUS[refused]}"
check_says "with what, where, why and what to do" \
  'interface lan0: XDP cannot be had \(another XDP program is there\); try --hook auto' "$(cat "$WORK/refused.err")"
check "the other's XDP program is still there" "$foreign" "$(xdp_id)"
check_that "and still runs" ran_again "$foreign" calls options
on_lan0 ip link set dev lan0 xdpdrv off

# A filter that answers ends the walk: vialens must come before it, and let the packets go on to it.
tc_id() { on_lan0 tc filter show dev lan0 "$1" | sed -nE 's/.* foreign.* id ([0-9]+) .*/\1/p'; }
for priority in 1 2 49152; do
  for side in ingress egress; do
    on_lan0 tc filter add dev lan0 $side prio $priority bpf da obj "$WORK/foreign.o" sec tc
  done
  foreign="$(tc_id ingress) $(tc_id egress)"
  for hook in tcx clsact; do
    name=$hook.$priority
    watch $name --lan lan0 --wan wan0 --json --hook $hook
    check_that "priority $priority: the other's filter runs behind $hook" ran_again "${foreign% *}" ran_again "${foreign#* }" calls sipp-out
    end $name
    check "priority $priority: $hook sees the call" 5 "$(found_in $name | wc -l)"
  done
  check "priority $priority: the other's filters are still there, alone" "$foreign" \
    "$(on_lan0 tc filter show dev lan0 ingress | sed -nE 's/.* id ([0-9]+) .*/\1/p') $(on_lan0 tc filter show dev lan0 egress | sed -nE 's/.* id ([0-9]+) .*/\1/p')"
  check_that "priority $priority: and still run" ran_again "${foreign% *}" calls options
  on_lan0 tc filter del dev lan0 ingress
  on_lan0 tc filter del dev lan0 egress
done

# A filter that comes later.
watch later --lan lan0 --wan wan0 --json --hook clsact
on_lan0 tc filter add dev lan0 ingress prio 2 bpf da obj "$WORK/foreign.o" sec tc
foreign=$(tc_id ingress)
check_that "a filter that is added later runs, too" ran_again "$foreign" calls sipp-out
end later
check "and is not in vialens' way" 5 "$(found_in later | wc -l)"
check "and stays behind" "$foreign" "$(tc_id ingress)"
finish
