#!/usr/bin/env bash
# As a service: no more privilege than the unit grants, and the service manager is told how it goes (sd_notify(3)).
# shellcheck disable=SC2317  # functions that are called as arguments
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

begin nat
need python3
UNIT=$ROOT/dist/vialens.service.in
SOCKET=$WORK/notify
FILE=$WORK/vialens.toml
printf '%s\n' '[output]' 'json = true' '[capture]' 'lan = "lan0"' 'wan = "wan0"' >"$FILE"
# The binary may lie where only root can go.
cp "$VIALENS" "$WORK/vialens"
chmod 755 "$WORK/vialens"

: >"$WORK/heard"
# What a service manager would hear: one message a line, from a path and from an abstract socket.
ip netns exec "$VIALENS_LAB-router" setpriv --pdeathsig KILL python3 -u - "$SOCKET" >"$WORK/heard" 2>"$WORK/collector.err" <<'PYTHON' &
import os, select, socket, sys

sockets = []
for name in (sys.argv[1], '\0' + sys.argv[1]):
    sockets.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    sockets[-1].bind(name)
os.chmod(sys.argv[1], 0o777)
print('listening')
while True:
    for ready in select.select(sockets, [], [])[0]:
        print(ready.recv(4096).decode().replace('\n', ' '))
PYTHON
PID[collector]=$!
heard() { grep -qE -- "$1" "$WORK/heard"; }
wait_for 10 heard listening || abort "the collector does not listen"

caps=$(sed -n 's/^AmbientCapabilities=//p' "$UNIT" | sed 's/CAP_/+/g; s/ /,/g' | tr '[:upper:]' '[:lower:]')
# serve NAME SOCKET [VARIABLE=VALUE...]: as the unit does.
serve() {
  local name=$1 socket=$2; shift 2
  : >"$WORK/$name.err"
  ip netns exec "$VIALENS_LAB-router" env "NOTIFY_SOCKET=$socket" "$@" setpriv --pdeathsig KILL --reuid 65534 --regid 65534 --clear-groups \
    --bounding-set "-all,$caps" --inh-caps "-all,$caps" --ambient-caps "-all,$caps" \
    --no-new-privs "$WORK/vialens" run --config "$FILE" </dev/null >"$WORK/$name.out" 2>"$WORK/$name.err" &
  PID[$name]=$!
  wait_for 20 running_or_gone "$name" || true
  log_says "$name" 'running;' || abort "vialens does not start with the capabilities of the unit: $(cat "$WORK/$name.err")"
}
messages() { sed 1d "$WORK/heard" | sed -E 's/ (STATUS|MONOTONIC_USEC)=.*//' | uniq | paste -sd ' '; }

serve service "$SOCKET" WATCHDOG_USEC=600000
wait_for 5 heard '^READY=1' || true
check_that "READY when everything is attached" heard '^READY=1 STATUS='
calls sipp-out
pings() { (($(grep -c '^WATCHDOG=1' "$WORK/heard") >= $1)); }
check_that "the watchdog is told at half of its time" wait_for 10 pings 4
check_that "and what there is to tell" wait_for 10 heard '^WATCHDOG=1 STATUS=.* 1 call,'
kill -HUP "${PID[service]}"
check_that "RELOADING with its time" wait_for 5 heard '^RELOADING=1 MONOTONIC_USEC=[0-9]{9,} '
wait_for 5 heard '^WATCHDOG=1' || true
kill -TERM "${PID[service]}"
begun=$SECONDS
reap service
check "SIGTERM: exit status" 0 "${STATUS[service]}"
check "within five seconds" yes "$( ((SECONDS - begun <= 5)) && echo yes)"
check "the call is told at the end" 1 "$(summary service .calls)"
check "all of it, in this order" \
  "READY=1 WATCHDOG=1 RELOADING=1 READY=1 WATCHDOG=1 STOPPING=1" "$(messages | sed 's/READY=1 STOPPING/READY=1 WATCHDOG=1 STOPPING/')"

before=$(wc -l <"$WORK/heard")
serve abstract "@$SOCKET" WATCHDOG_USEC=600000 WATCHDOG_PID=1
kill -TERM "${PID[abstract]}"
reap abstract
check "an abstract socket, and a watchdog that is for another process" "READY=1 STOPPING=1" \
  "$(tail -n "+$((before + 1))" "$WORK/heard" | sed -E '/^STATUS=/d; s/ STATUS=.*//' | paste -sd ' ')"

# Nobody listens.
serve deaf "$WORK/nobody" WATCHDOG_USEC=600000
end deaf
check "a service manager that does not listen: exit status" 0 "${STATUS[deaf]:-0}"

if type -P systemd-analyze >/dev/null; then
  sed "s#@VIALENS@#$WORK/vialens#; s#@CONFIG@#$FILE#; /^Documentation=/d" "$UNIT" >"$WORK/vialens.service"
  check "systemd-analyze verify has nothing to say" "" "$(systemd-analyze verify "$WORK/vialens.service" 2>&1 | grep -F vialens.service || true)"
  check_says "systemd-analyze security" 'level for vialens.service: [01]\.' \
    "$(systemd-analyze security --offline=yes --no-pager "$WORK/vialens.service" | tail -n 1)"
fi
finish
