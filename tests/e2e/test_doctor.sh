#!/usr/bin/env bash
# The doctor finds the kernel's SIP ALG however it was switched on, and the commands that it prints switch it off.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need python3 conntrack iptables
begin nat

# doctor NAME: what it says, as JSON lines; its exit status to STATUS[NAME].
doctor() {
  STATUS[$1]=0
  in_node router "$VIALENS" doctor --json >"$WORK/$1.out" 2>"$WORK/$1.err" || STATUS[$1]=$?
}
bad() { jq -r 'select(.state == "bad" and (.id | startswith("alg-"))) | .id' "$WORK/$1.out" | paste -sd ' '; }
# repair NAME: types what is to be done, all of it.
repair() {
  local command
  while read -r command; do
    in_node router bash -c "$command" >/dev/null 2>&1 || true  # conntrack -D fails where there is nothing to forget
  done < <(jq -r 'select(.id | startswith("alg-")) | .fix[]' "$WORK/$1.out" | awk '!seen[$0]++')
}
# switched_on NAME IDS: an ALG is found by these checks, and what is to be done against it helps.
switched_on() {
  doctor "$1"
  check "$1: found" "$2" "$(bad "$1")"
  check "$1: exit code" 1 "${STATUS[$1]}"
  repair "$1"
  doctor "$1-repaired"
  check "$1: repaired" "" "$(bad "$1-repaired")"
  check "$1: exit code when repaired" 0 "${STATUS[$1-repaired]}"
}

# What it could change: rules, settings, modules.
state_of_router() {
  in_node router nft list ruleset
  in_node router sysctl net.netfilter | grep -v conntrack_count
  ls /sys/module
}
before=$(state_of_router | sha256sum)
doctor plain
check "plain NAT: no ALG" "" "$(bad plain)"
check "plain NAT: exit code" 0 "${STATUS[plain]}"
check "plain NAT: no check of an ALG is unknown" "" \
  "$(jq -r 'select(.state == "unknown" and (.id | startswith("alg-"))) | .id' "$WORK/plain.out")"
check "it changes no rule, setting or module" "$before" "$(state_of_router | sha256sum)"

lab profile alg
switched_on nft "alg-rules-nft"
lab profile alg
call sipp-out -n 1
switched_on traffic "alg-flows alg-lifetime alg-rules-nft"
lab profile nat
call register -n 1
doctor registered
check "a phone registers through plain NAT" "" "$(bad registered)"

lab profile alg
call register -n 1
doctor registered-alg
check_says "a phone registers through the ALG" "alg-flows alg-expectations" "$(bad registered-alg)"
lab profile nat

for tool in iptables ip6tables; do
  if in_node router $tool -t raw -A PREROUTING -p udp --dport 5060 -j CT --helper sip 2>"$WORK/$tool.err"; then
    switched_on $tool "alg-rules-iptables"
  else
    say "no $tool with the target CT here: $(head -n 1 "$WORK/$tool.err")"
  fi
done

in_node router nft 'add table ip lead; add chain ip lead in { type nat hook prerouting priority -100; };
  add rule ip lead in udp dport { 5060, 5062 } redirect to :15060'
switched_on redirect "alg-redirect-nft"

in_node router nft 'add table ip unused; add ct helper ip unused sip { type "sip" protocol udp; }'
doctor unused
check "a helper that no rule sets" "" "$(bad unused)"
check_says "and that is said" "no rule puts it to a connection" \
  "$(jq -r 'select(.id == "alg-rules-nft").reason' "$WORK/unused.out")"

in_node router sysctl -qw net.netfilter.nf_conntrack_udp_timeout_stream=60
doctor short
check "a NAT that forgets early" bad "$(jq -r 'select(.id == "nat-udp-timeout").state' "$WORK/short.out")"
in_node router bash -c "$(jq -r 'select(.id == "nat-udp-timeout").fix[0]' "$WORK/short.out")" >/dev/null
check "is told how to remember" 300 "$(in_node router sysctl -n net.netfilter.nf_conntrack_udp_timeout_stream)"

in_node router setpriv --pdeathsig KILL python3 -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("0.0.0.0", 5060)); time.sleep(60)' &
PID[listener]=$!
# shellcheck disable=SC2317  # called as an argument
listens() { in_node router ss -Hlun | grep -q ":5060 "; }
wait_for 5 listens || abort "the listener does not come up"
doctor listener
check_says "who listens is named" "python3.* \(pid [0-9]+\)" \
  "$(jq -r 'select(.id == "sip-listeners").evidence[0]' "$WORK/listener.out")"

in_node router setpriv --reuid 65534 --regid 65534 --clear-groups "$VIALENS" doctor --json >"$WORK/nobody.out"
check "without privilege the rules are unknown" unknown "$(jq -r 'select(.id == "alg-rules-nft").state' "$WORK/nobody.out")"
check "every check says something" "" "$(jq -r 'select(.reason == "") | .id' "$WORK/nobody.out" "$WORK/listener.out")"
finish
