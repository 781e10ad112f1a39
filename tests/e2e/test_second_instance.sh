#!/usr/bin/env bash
# One vialens an interface: a second one says so, and does not disturb the first.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

begin nat

watch first --lan lan0 --json
for hook in auto tcx clsact; do
  start second --tap lan0 --hook $hook
  reap second
  check "a second one with --hook $hook is refused" 3 "${STATUS[second]}"
  check_says "it says where, why and what to do" 'interface lan0 is already watched by another vialens; stop that one' \
    "$(cat "$WORK/second.err")"
done
start second --lan wan0 --wan lan0
reap second
check "refused as well if only one of its interfaces is taken" 3 "${STATUS[second]}"

watch other --wan wan0 --json
calls sipp-out
end other
end first
check "another interface is free, and shows the call" 1 "$(summary other .calls)"
check "the first goes on, and shows the call" 1 "$(summary first .calls)"

watch next --lan lan0 --wan wan0 --json
calls sipp-out
kill -KILL "${PID[next]}"
reap next
watch last --lan lan0 --wan wan0 --json
calls sipp-out
end last
check "after its end, and after its sudden death, the next may start" "1 0" \
  "$(summary last '"\(.calls) \(.crossings.unmatched)"')"

start twice --lan lan0 --wan lan0
reap twice
check "the same interface twice is refused" 2 "${STATUS[twice]}"
check_says "and the message says why" 'interface lan0 is named twice' "$(cat "$WORK/twice.err")"
finish
