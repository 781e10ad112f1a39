#!/usr/bin/env bash
# The configuration file: what is wrong is told with its place; SIGHUP reads it again, and calls and counters go on.
# shellcheck disable=SC2317  # functions that are called as arguments
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

begin nat
need python3 curl
FILE=$WORK/vialens.toml

# checks STATUS REGEX FILE
checks() {
  local status=0
  "$VIALENS" check-config "$3" >"$WORK/said" 2>&1 || status=$?
  check "check-config ${3##*/}: exit status" "$1" "$status"
  check_says "check-config ${3##*/}: message" "$2" "$(cat "$WORK/said")"
}
# config [LINE...]: the file, with these lines more in its section [capture].
config() {
  printf '%s\n' '[output]' 'json = true' "json_file = \"$WORK/lines.jsonl\"" '[capture]' 'lan = "lan0"' 'wan = ["wan0"]' "$@" >"$FILE.new"
  mv "$FILE.new" "$FILE"
}
# reload REGEX: SIGHUP, and the log says this.
reload() {
  kill -HUP "${PID[live]}"
  wait_for 5 log_says live "$1" || true
  check_says "reload" "$1" "$(cat "$WORK/live.err")"
}

asks() { in_node router curl -s -o /dev/null -w '%{http_code}' "$@" http://127.0.0.1:9760/api/v1/status; }

# --- what is wrong

config
checks 0 ': ok, 4 settings' "$FILE"
config 'ring_mb = 8' 'hook = "ebpf"'
checks 2 'toml:7:1: capture.ring_mb: no such setting; did you mean capture.ring_mib.*toml:8:8: capture.hook: "ebpf"' "$FILE"
check "each problem on a line that says who speaks" "2 2" "$(wc -l <"$WORK/said") $(grep -c '^vialens: /' "$WORK/said")"
checks 3 'cannot be read: No such file' "$WORK/none.toml"
checks 2 'no interface: name both sides' "$ROOT/dist/vialens.toml"
sed 's/^#\(lan\|wan\) =/\1 =/' "$ROOT/dist/vialens.toml" >"$WORK/example.toml"
checks 0 ': ok, 2 settings' "$WORK/example.toml"
start bad --config "$FILE"
reap bad
check "run does not start with it: exit status" 2 "${STATUS[bad]}"
check_says "and says why" 'toml:7:1: capture.ring_mb' "$(cat "$WORK/bad.err")"

# --- a reload during a call

in_node phone nft add table ip ports
in_node phone nft 'add chain ip ports out { type nat hook output priority -100; }'
in_node phone nft 'add rule ip ports out tcp dport 5060 dnat to 203.0.113.7:15062'
in_node provider nft add table ip ports
in_node provider nft 'add chain ip ports in { type nat hook prerouting priority -100; }'
in_node provider nft 'add rule ip ports in tcp dport 15062 redirect to :5060'

config 'sip_ports = [5080]'
watch live --config "$FILE"
calls sipp-tcp # on a port that nobody named
lab call audio -n 1 --seconds 7 &
talking=$!
sleep 2
check "nobody is asked who he is" 200 "$(asks)"
mv "$WORK/lines.jsonl" "$WORK/lines.jsonl.before"
config 'sip_ports = [5080, 15062]' 'ring_mib = 8' '[http]' "token_sha256 = '$(printf %s swordfish | sha256sum | cut -d ' ' -f 1)'"
reload 'capture.ring_mib has changed, and needs a restart.*toml read again: 2 changed'
check "a token is asked for" "401 200" "$(asks) $(asks -H 'Authorization: Bearer swordfish')"
config 'sip_ports = [5061]' 'ring_mib = eight'
reload 'toml:8:12: this is no TOML.*stay in force'
check "and still is" 401 "$(asks)"
config 'sip_ports = [5080, 15062]' 'ring_mib = 4'
reload 'toml read again: 1 changed'
check "until it is not any more" 200 "$(asks)"
wait $talking
calls sipp-tcp
end live
check "the call that lasted, and the one on the new port" "audio tcp" \
  "$(jq -r 'select(.type == "call") | if .media | length > 0 then "audio" else "tcp" end' "$WORK/live.out" | sort | paste -sd ' ')"
check "the call has all of its seconds of media" true \
  "$(jq 'select(.type == "call" and (.media | length > 0)) | [.media[].packets] | min > 300' "$WORK/live.out")"
check "no message was missed" 0 "$(summary live .crossings.unmatched)"
check "what was counted before goes on, too" "true true" \
  "$(summary live '"\(.sip_messages > 30) \(.taps | map(.outcomes.rtp) | min > 300)"')"

check "the file of JSON lines was moved away during the call: what came later is in the new one" "0 2" \
  "$(jq -s 'map(select(.type == "call")) | length' "$WORK/lines.jsonl.before") $(jq -s 'map(select(.type == "call")) | length' "$WORK/lines.jsonl")"

# --- flags override the file; SIGHUP without a file changes nothing

config 'side = "lan"'
start over --config "$FILE" --duration 0.1
reap over
check_says "the file's fault has the file's place" 'toml:7:1: capture.side: ' "$(cat "$WORK/over.err")"
start over --config "$FILE" --tap lo --duration 0.1
reap over
check "flags make up for it: exit status" 0 "${STATUS[over]}"
check "and come on top of it" "lan0 lo wan0" "$(summary over '[.taps[].interface] | unique | join(" ")')"

watch plain --lan lan0 --wan wan0 --json
kill -HUP "${PID[plain]}"
calls sipp-out
end plain
check "SIGHUP without a file: it goes on" 1 "$(summary plain .calls)"

# --- but a terminal that goes away ends it

in_node router python3 - "$VIALENS" >"$WORK/terminal.out" <<'PYTHON'
import os, pty, sys, time

pid, master = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], 'run', '--tap', 'lo'])
said = b''
while b'running' not in said:
    said += os.read(master, 4096)
os.close(master)
for _ in range(100):
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        print('ended with', os.waitstatus_to_exitcode(status))
        break
    time.sleep(0.05)
else:
    os.kill(pid, 9)
    print('runs on')
PYTHON
check "the terminal has hung up" "ended with 0" "$(cat "$WORK/terminal.out")"
finish
