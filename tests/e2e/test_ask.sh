#!/usr/bin/env bash
# The vialens that runs is asked, on its socket and at its address, for everything that there is to ask: as a table, as
# JSON, once and again and again; for one call, its ladder and its evidence.
# shellcheck disable=SC2317  # functions that are called as arguments
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need curl python3 tshark script sha256sum
begin alg
socket=$WORK/vialens.sock
history=$WORK/history.db
token=not-told-to-anybody
cat >"$WORK/vialens.toml" <<TOML
[http]
listen = "127.0.0.1:9760"
socket = "$socket"
token_sha256 = ["$(printf %s "$token" | sha256sum | cut -d ' ' -f 1)"]
TOML

asked() { COLUMNS=80 "$VIALENS" "$1" --socket "$socket" "${@:2}"; }
# fails STATUS REGEX ARGUMENT...: of vialens, in the router.
fails() {
  local status=0
  in_node router "$VIALENS" "${@:3}" >"$WORK/said" 2>&1 || status=$?
  check "${*:3}: exit status" "$1" "$status"
  check_says "${*:3}: message" "$2" "$(cat "$WORK/said")"
}

# --- nobody there
fails 3 "no vialens answers at $socket: No such file or directory.*vialens run.*--url" status --socket "$socket"
fails 3 "no vialens answers at $socket.*--history FILE reads what it kept" calls --socket "$socket" --watch
fails 3 "no vialens answers at http://127.0.0.1:9760.*--listen" taps --url http://127.0.0.1:9760

# --- asked
watch before --lan lan0 --wan wan0 --json --history "$history" --listen off --socket "$socket"
call sipp-out -n 1
end before
watch run --lan lan0 --wan wan0 --config "$WORK/vialens.toml" --history "$history" --json
check "nothing has been seen" "no calls" "$(asked calls)"
call sipp-out -n 1
call baresip
over() { asked calls --json | jq -es 'length == 2 and all(.state == "ended")' >/dev/null; }
wait_for 10 over || abort "the calls are not over: $(asked calls)"
has_streams() { asked flows --json | jq -es 'length > 3' >/dev/null; }
wait_for 5 has_streams || true

status=$(asked status)
check_says "status: how it is" '^(AMBER|RED) +[A-Z].*To do +Switch off' "$status"
check_says "status: the program" "vialens +[0-9].*, for [0-9]+ s, since 20" "$status"
check_says "status: calls, findings, taps" 'Calls +0 live, 2 since.*Findings +.*alg-contact \([0-9]+\).*lan0 +lan +in +xdp' "$status"
check "status --json" "$(jq -r .health.level <<<"$(asked status --json)") 2" \
  "$(sed -n '1s/ .*//p' <<<"$status" | tr '[:upper:]' '[:lower:]') $(asked status --json | jq .summary.calls)"
check_says "calls" 'started +from +to +state.*ended +[0-9.]+ s +[0-9.]+ s' "$(asked calls)"
check "findings: as many as there are" "$(asked findings --json | wc -l)" \
  "$(asked findings | grep -cE '^  [0-9:]+ +(info|warning|critical)')"
check "findings: filters go along" "alg-contact" "$(asked findings --finding alg-contact --since 5m --json | jq -r .id | sort -u)"
check_says "registrations" 'registered|removed' "$(asked registrations)"
check_says "flows" 'lan +in .*[0-9]+ +[0-9.]+ % +[0-9.]+ ms +[0-9.]+ ms.*:[0-9]+ -> ' "$(asked flows)"
check "flows --json" true "$(asked flows --side lan --json | jq -s 'length > 0 and all(.tap == "lan" and .packets > 0)')"
check_says "taps" 'lan0 +lan +in +xdp +[0-9]+ +[0-9]+ +[0-9]+ +0' "$(asked taps)"
check "taps --json" 4 "$(asked taps --json | jq -r .tap | wc -l)"
for command in status calls findings registrations flows taps; do
  check "$command: no line is wider than the terminal" "" "$(asked $command | awk 'length > 80')"
  check "$command: no colour in a pipe" 0 "$(asked $command | grep -c $'\x1b')"
done

# --- what it keeps
has_left() { "$VIALENS" registrations --history "$history" --state removed --json | grep -q removed; }
wait_for 5 has_left || true
for command in calls findings registrations; do
  check "$command --history: asked, as it is in the file" "$("$VIALENS" $command --history "$history" --json)" \
    "$(asked $command --history --json)"
done
check "as many as are asked for, on more than one page" "$("$VIALENS" findings --history "$history" --json --limit 1000000 | wc -l)" \
  "$(asked findings --history --json --limit 1000000 | wc -l)"
check "filters go along to the history" "alg-contact" \
  "$(asked findings --history --finding alg-contact --since 7d --json | jq -r .id | sort -u)"
check_says "the history as a table" 'started +from +to +state.*ended +[0-9.]+ s' "$(asked calls --history --since 5m)"

# --- a question that makes no sense, and others that are asked for a token
fails 2 'yesterday.* is no time' calls --since yesterday --socket "$socket"
fails 2 'not both: --history without FILE asks' calls --history "$history" --socket "$socket"
fails 2 'yesterday.* is no time' calls --history --since yesterday --socket "$socket"
fails 3 'http://127.0.0.1:9760 asks for a token: give it in VIALENS_TOKEN' status --url http://127.0.0.1:9760
fails 3 'does not take this token' status --url http://127.0.0.1:9760 --token wrong
check "with the token" "$(asked calls --json)" "$(in_node router "$VIALENS" calls --url http://127.0.0.1:9760 --token $token --json)"
check "and the history" "$(asked findings --history --json)" \
  "$(in_node router "$VIALENS" findings --history --url http://127.0.0.1:9760 --token $token --json)"
check "with the token in the environment" 2 \
  "$(VIALENS_TOKEN=$token in_node router "$VIALENS" status --url http://127.0.0.1:9760 --json | jq .summary.calls)"

# --- one call
id=$(asked calls --json | jq -r .call_id | tail -n 1)
other=$(asked calls --json | jq -r .call_id | head -n 1)
ladder=$(asked show "$id")
check_says "show" "^Call $id.*phone +router +provider.*INVITE sdp.*alg-contact" "$ladder"
check "show: the beginning will do" "$ladder" "$(asked show "${id%@*}")"
check_says "show --last" "^Call $other" "$(asked show --last)"
check "show --json" "call ladder" "$(asked show "$id" --json | jq -r .type | paste -sd ' ')"
fails 3 "no Call-ID is or begins with \"nobody\".*$id" show nobody --socket "$socket"
fails 3 "which one\?.*$id" show --socket "$socket"

# --- one call of which only the history knows: of the vialens before this one
old=$(asked calls --history --json | jq -r .call_id | tail -n 1)
kept=$(asked show "$old")
check_says "show: what was found, out of the history" \
  "Out of the history.*ended.*$old.*warning +alg-contact +proven.*What to do: +Switch off" "$kept"
check "show --history: the same, asked for by name" "$kept" "$(asked show "$old" --history)"
check "show --history FILE: the same, without asking anybody" "$kept" \
  "$(COLUMNS=80 "$VIALENS" show "$old" --history "$history")"
check "show --history --json" "call $(asked findings --history --json --call-id "$old" | jq -r .id | sort -u | paste -sd ' ')" \
  "call $("$VIALENS" show "$old" --history "$history" --json | jq -r 'select(.type == "finding").id' | sort | paste -sd ' ')"
check "calls --history --call-id" "$old" "$(asked calls --history --json --call-id "$old" | jq -r .call_id)"
check_says "show --last --history: the last that is over" "Out of the history.*$old" "$(asked show --last --history)"
fails 3 "only the history still has $old.*show $old --history" evidence "$old" -o "$WORK/none.pcapng" --socket "$socket"
fails 3 "no Call-ID in it is \"nobody\"" show nobody --history "$history"
fails 3 "there is none; .vialens run --history" show nobody --history "$WORK/nowhere.db"
fails 2 "which one\?.*--last" show --history "$history"
fails 2 "not both" show x.pcap --last --history "$history"
fails 2 "not both" show "$id" x.pcap --socket "$socket"
asked evidence "$id" -o "$WORK/call.pcapng"
check "evidence: tshark reads it" "INVITE ACK BYE" \
  "$(tshark -r "$WORK/call.pcapng" -Y 'sip.Method && frame.interface_name == "lan"' -T fields -e sip.Method 2>/dev/null | paste -sd ' ')"
check_says "evidence: with its findings" "alg-contact" "$(tshark -r "$WORK/call.pcapng" -T fields -e frame.comment 2>/dev/null)"
asked evidence "$id" --mask -o "$WORK/masked.pcapng"
check "evidence --mask" 0 "$(grep -ac 203.0.113 "$WORK/masked.pcapng")"

# --- the ALG is switched off
"$LAB" profile nat >"$WORK/lab.log" 2>&1 || abort "the profile is as it was"
call sipp-out -n 2
call baresip
is_green() { [[ $(asked status --json | jq -r .health.level) == green ]]; }
wait_for 10 is_green || true
check_says "status: the advice was followed" '^GREEN +No trouble .*rewrote SIP.* until [0-9:]+ UTC,.*and not since' "$(asked status)"

# --- somebody who would command the terminal
in_node router setpriv --pdeathsig KILL python3 - 9770 >"$WORK/hostile.out" 2>&1 <<'PYTHON' &
import http.server, sys
class Hostile(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ladder = self.path.split("?")[0].endswith("/ladder.txt")
        body = b"\x1b[1mCall\x1b[0m\n\x1b]0;title\x07\xc2\x9b2J\r\n" if ladder else b'{"error": "no\\u001b[2J"}'
        self.send_response(200 if ladder else 500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Hostile).serve_forever()
PYTHON
PID[hostile]=$!
listens() { in_node router curl -s -o /dev/null http://127.0.0.1:9770/; }
wait_for 5 listens || abort "the hostile server did not come"
check "show: its lines and colours, and nothing else" $'\x1b[1mCall\x1b[0m\n\ufffd]0;title\ufffd\ufffd2J\ufffd' \
  "$(in_node router "$VIALENS" show "$id" --url http://127.0.0.1:9770)"
fails 3 $'http://127.0.0.1:9770: no\ufffd\\[2J$' status --url http://127.0.0.1:9770
{ kill "${PID[hostile]}" && wait "${PID[hostile]}"; } 2>/dev/null || true
unset "PID[hostile]"

# --- again and again
watched() { # NAME ARGUMENT...: in a pipe, in the background
  local name=$1; shift
  setpriv --pdeathsig KILL "$VIALENS" "$@" --socket "$socket" --watch=0.2 </dev/null >"$WORK/$name.out" 2>"$WORK/$name.err" &
  PID[$name]=$!
}
rounds() { (($(grep -c "$2" "$WORK/$1.out") >= $3)); }
watched table calls
watched json status --json
watched screen taps --json
wait_for 5 rounds screen lan0 2 || true
kill -TERM "${PID[screen]}"
reap screen
check "SIGTERM ends it well" 0 "${STATUS[screen]}"
script -qfec "stty cols 80 rows 20; echo \$\$ >'$WORK/pid'; exec '$VIALENS' taps --socket '$socket' --watch=0.2" \
  "$WORK/typescript" </dev/null >"$WORK/script.err" 2>&1 &
PID[script]=$!
drawn() { [[ $(grep -ac $'\x1b\\[H' "$WORK/typescript" 2>/dev/null) -ge 2 ]]; }
wait_for 5 drawn || true
kill -INT "$(cat "$WORK/pid")"
reap script
check "on a terminal: Ctrl-C ends it well" 0 "${STATUS[script]}"
check_says "on a terminal: another screen, drawn in place, colours, and left" \
  $'\x1b\\[\\?1049h.*\x1b\\[H.*lan0.*\x1b\\[J.*\x1b\\[H.*\x1b\\[J.*\x1b\\[\\?25h\x1b\\[\\?1049l' "$(tr -d '\0' <"$WORK/typescript")"
wait_for 5 rounds table '^vialens calls, 20' 2 || true
wait_for 5 rounds json '"health"' 2 || true
kill -KILL "${PID[run]}"
reap run
wait_for 5 log_says table 'no vialens answers at' || true
check "who goes away is told of once" 1 "$(grep -c 'no vialens answers at' "$WORK/table.err")"
check_that "two blocks were printed" rounds table '^vialens calls, 20' 2
check "each line is an object" "" "$(jq -r 'select(.health == null)' "$WORK/json.out" 2>&1)"
watch run --lan lan0 --wan wan0 --config "$WORK/vialens.toml" --json
wait_for 5 log_says table 'it answers again' || true
check_that "and asked again" log_says table 'it answers again'
end table
end json
fails 3 "this vialens keeps no history; start it with --history FILE" calls --history --socket "$socket"
check_says "the history is read without anybody there" "alg-contact" "$("$VIALENS" findings --history "$history" --since 5m)"
end run
finish
