#!/usr/bin/env bash
# A probe in the LAN and a reflector outside: through plain NAT, through the kernel's ALG, through a bad one.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need python3
begin nat

in_node provider setpriv --pdeathsig KILL --reuid 65534 --regid 65534 --clear-groups "$VIALENS" reflector \
  >"$WORK/reflector.out" 2>"$WORK/reflector.err" &
PID[reflector]=$!
wait_for 10 grep -q "waiting for probes" "$WORK/reflector.err" || abort "the reflector does not start"

# probe NAME FLAGS...: without privilege; its result, and its exit status in STATUS[NAME].
probe() {
  local name=$1
  shift
  STATUS[$name]=0
  in_node phone setpriv --reuid 65534 --regid 65534 --clear-groups "$VIALENS" probe 203.0.113.7 --json "$@" \
    >"$WORK/$name.out" 2>"$WORK/$name.err" || STATUS[$name]=$?
}
of() { jq -r "$2" "$WORK/$1.out"; }

in_node router sysctl -qw net.netfilter.nf_conntrack_udp_timeout=7 net.netfilter.nf_conntrack_udp_timeout_stream=7
probe nat --nat-seconds 10
check "plain NAT: exit code" 0 "${STATUS[nat]}"
check "plain NAT: all ways are clean" "clean clean clean clean clean" "$(of nat '[.ways[].state] | join(" ")')"
check "plain NAT: all escape" "udp 5060 tcp 5060 udp 15060 tcp 15060 tls 5061" "$(of nat '.escapes | join(" ")')"
check "plain NAT: one port for all, and no stranger comes in" "true true false" \
  "$(of nat '.nat | "\(.translates) \(.one_port_for_all) \(.lets_other_ports_in)"')"
check "plain NAT: how long it remembers" "5 to 10" "$(of nat '.nat | "\(.udp_lives_s) to \(.udp_dies_s)"')"
check "plain NAT: all RTP comes back" "50 of 50" "$(of nat '.media | "\(.returned) of \(.sent)"')"

lab profile alg
probe alg --quick
check "ALG: exit code" 1 "${STATUS[alg]}"
check "ALG: port 5060 is rewritten, the other one is not" "rewritten rewritten clean clean clean" \
  "$(of alg '[.ways[].state] | join(" ")')"
check "ALG: what escapes it" "udp 15060 tcp 15060 tls 5061" "$(of alg '.escapes | join(" ")')"
check "ALG: which one it is" "linux-nf_nat_sip" "$(of alg '.guess.kind')"
check "ALG: what it does over UDP" "alg-contact alg-content-length alg-request-uri alg-sdp-address alg-via" \
  "$(of alg '[.ways[0].findings[].id] | map(select(. == ("alg-via", "alg-contact", "alg-sdp-address", "alg-request-uri", "alg-content-length"))) | sort | join(" ")')"
check_says "ALG: in words" "There is a SIP ALG .* What escapes it: UDP port 15060, TCP port 15060, TLS port 5061" "$(of alg .verdict)"

if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
  check "--json fits its schema" "2 lines are valid: 2 probe" \
    "$(cat "$WORK/nat.out" "$WORK/alg.out" | /usr/bin/python3 "$ROOT/tests/schema/validate.py" --require probe)"
fi

lab profile badalg
lab misbehave replace-all
probe bad --quick
check "a bad ALG: exit code" 1 "${STATUS[bad]}"
check "a bad ALG: UDP 5060 is rewritten" rewritten "$(of bad '.ways[0].state')"

lab profile nat
STATUS[none]=0
said=$(in_node phone "$VIALENS" probe 203.0.113.8 --control-port 1 2>&1) || STATUS[none]=$?
check "no reflector: exit code" 3 "${STATUS[none]}"
check_says "no reflector: what to do" "does .vialens reflector. run there" "$said"
pkill -TERM -P "${PID[reflector]}"
wait "${PID[reflector]}" || true
unset "PID[reflector]"
check_says "the reflector counts" "3 probes, .* 0 of strangers" "$(tail -n 1 "$WORK/reflector.err")"
finish
