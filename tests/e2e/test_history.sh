#!/usr/bin/env bash
# Killed in the middle of calls, vialens has every finding that it printed in its history, and the next one goes on with
# the file; `vialens calls` and `vialens findings` list it, also while it is written.
# shellcheck disable=SC2317  # functions that are called as arguments
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need sqlite3
begin alg
history=$WORK/history.db

listed() { "$VIALENS" "$1" --history "$history" "${@:2}"; }
lines() { jq -c "select(.type == \"$2\")" "$1" | sort; }
printed_some() { grep -q '"type":"finding"' "$WORK/$1.out"; }

# --- killed
watch killed --lan lan0 --wan wan0 --json --history "$history"
"$LAB" call sipp-out -n 4 >"$WORK/calls.log" 2>&1 &
calling=$!
wait_for 10 printed_some killed || abort "no finding before the kill"
listed findings --json >"$WORK/meanwhile.json"
check_that "it is read while it is written" test -s "$WORK/meanwhile.json"
kill -KILL "${PID[killed]}"
reap killed
check "it was killed" 137 "${STATUS[killed]}"
wait $calling || abort "the calls failed"

head -n -1 "$WORK/killed.out" >"$WORK/printed.json" # without a line that may be cut
tail -n 1 "$WORK/killed.out" | jq -c . >>"$WORK/printed.json" 2>/dev/null || true
lines "$WORK/printed.json" finding >"$WORK/printed"
cp "$history" "$WORK/copy.db"
cp "$history-wal" "$WORK/copy.db-wal"
check "the file is sound" ok "$(sqlite3 "$WORK/copy.db" 'PRAGMA integrity_check')"
listed findings --json --limit 10000 | sort >"$WORK/kept"
check "findings that were printed and are not in it" "" "$(comm -23 "$WORK/printed" "$WORK/kept")"

# --- gone on with
watch next --lan lan0 --wan wan0 --json --history "$history"
calls sipp-out
end next
check "no log is left behind" "" "$(find "$WORK" -name 'history.db-*')"
# The folder is root's: where the index of a log can be neither had nor made, the file is read as it is.
cp "$VIALENS" "$WORK/vialens"
chmod 755 "$WORK/vialens"
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$WORK/vialens" "$1" --history "$history" "${@:2}"; }
check "its calls, for somebody who may only read" "$(lines "$WORK/next.out" call)" "$(as_nobody calls --json)"
check "its calls are the ones that were printed" "$(lines "$WORK/next.out" call)" "$(listed calls --json)"
lines "$WORK/next.out" finding >>"$WORK/printed"
listed findings --json --limit 10000 | sort >"$WORK/kept"
check "findings of both runs that are not in it" "" "$(sort "$WORK/printed" | comm -23 - "$WORK/kept")"

# --- asked
check_says "calls as a table" 'started +from +to +state .*ended +[0-9.]+ s .*alg-via' "$(listed calls --since 5m)"
check_says "findings as a table" 'warning +alg-contact +proven' "$(listed findings --since 5m --finding alg)"
check "of a time when there were none" "no calls" "$(listed calls --until 1d)"
check "of somebody who made none" "no calls" "$(listed calls --subscriber nobody)"
check "not more than asked for" 2 "$(listed findings --json --limit 2 | wc -l)"
check "more than a page" "$(wc -l <"$WORK/kept")" "$(listed findings --json --limit 1000000 | wc -l)"

# --- refused
fails() {
  local status=0
  "${@:3}" >"$WORK/said" 2>&1 || status=$?
  check "${*:4}: exit status" "$1" "$status"
  check_says "${*:4}: message" "$2" "$(cat "$WORK/said")"
}
fails 2 'yesterday.* is no time.*2h' "$VIALENS" calls --since yesterday --history "$history"
fails 2 'alg-vai.* is no finding' "$VIALENS" findings --finding alg-vai --history "$history"
fails 3 'there is none; .vialens run --history' "$VIALENS" calls --history "$WORK/nowhere.db"
fails 3 'cannot keep a history in .*create the directory' \
  in_node router "$VIALENS" run --tap lo --history "$WORK/no/such/history.db"
finish
