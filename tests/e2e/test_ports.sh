#!/usr/bin/env bash
# SIP on other ports: over UDP it is found by its start line, over TCP on the ports that are named.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

begin nat

crossed() { summary "$1" '"\(.crossings.unchanged) crossed, \(.calls) calls"'; }

watch default --lan lan0 --wan wan0 --json
calls sipp-port
end default
check "UDP on 15062, which nobody named" "6 crossed, 1 calls" "$(crossed default)"

# The lab's kinds know no TCP on another port: its ports change on the way in and out of the router instead.
in_node phone nft add table ip ports
in_node phone nft 'add chain ip ports out { type nat hook output priority -100; }'
in_node phone nft 'add rule ip ports out tcp dport 5060 dnat to 203.0.113.7:15062'
in_node provider nft add table ip ports
in_node provider nft 'add chain ip ports in { type nat hook prerouting priority -100; }'
in_node provider nft 'add rule ip ports in tcp dport 15062 redirect to :5060'

watch unnamed --lan lan0 --wan wan0 --json --sip-port 5080
calls sipp-tcp
end unnamed
check "TCP on a port that nobody named is not read" "0 crossed, 0 calls" "$(crossed unnamed)"
check "but counted, as other" "true 0" \
  "$(summary unnamed '.taps | map(.outcomes.other // 0) | "\(all(. > 0))"') $(outcome unnamed lan0 in tcp-segment)"

for ports in 15062,5080 5080,15062; do
  for hook in auto clsact; do
    watch named --lan lan0 --wan wan0 --json --sip-port $ports --hook $hook
    calls sipp-tcp sipp-out
    end named
    check "TCP with --sip-port $ports --hook $hook, and UDP on 5060 by its start line" "12 crossed, 2 calls" "$(crossed named)"
  done
done
watch repeated --lan lan0 --wan wan0 --json --sip-port 5080 --sip-port 15062
calls sipp-tcp
end repeated
check "TCP with --sip-port given twice" "6 crossed, 1 calls" "$(crossed repeated)"
finish
