#!/usr/bin/env bash
# Behind a NAT without an ALG, nothing is claimed, and every message is seen on both sides.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need kamailio baresip
begin nat

watch sipp --lan lan0 --wan wan0 --json
call sipp-out -n 2
call sipp-in -n 2
calls sipp-tcp sipp-large sipp-port sipp6 register options
end sipp

check "no finding" "" "$(found sipp)"
check "nothing lost" 0 "$(summary sipp .lost)"
# 6 messages a call, 2 for the first REGISTER of sipp-in, 4 for the one that is challenged, 2 for OPTIONS
check "messages that crossed, all unchanged" '{"unchanged":56,"rewritten":0,"unmatched":0}' \
  "$(summary sipp '.crossings | {unchanged, rewritten, unmatched} | tojson')"
check "messages seen, on either side" 112 "$(summary sipp .sip_messages)"
check "none of them odd, broken, unparsed or matched wrongly by the kernel" "0 0 0 0" \
  "$(summary sipp '"\(.sip_odd) \(.sip_broken) \(.unparsed) \(.kernel_match.wrong)"')"
check "fragments of the large INVITE, on either side" "6 0" "$(summary sipp '"\(.fragments) \(.fragments_lost)"')"
check "calls" 8 "$(summary sipp .calls)"
check "each with its state and its two ends" \
"ended sip:100@192.168.77.10 sip:200@203.0.113.7 []
ended sip:100@192.168.77.10 sip:200@203.0.113.7 []
ended sip:100@192.168.77.10 sip:200@203.0.113.7 []
ended sip:100@192.168.77.10 sip:200@203.0.113.7 []
ended sip:100@192.168.77.10 sip:200@203.0.113.7 []
ended sip:100@[fd77::10] sip:200@[2001:db8:113::7] []
ended sip:200@203.0.113.7 sip:100@203.0.113.5 []
ended sip:200@203.0.113.7 sip:100@203.0.113.5 []" "$(calls_of sipp)"
check "registrations" \
"registered sip:100@203.0.113.7 []
registered sip:100@203.0.113.8 []" "$(registrations_of sipp)"

watch phones --lan lan0 --wan wan0 --json
calls baresip
end phones

check "no finding with real phones" "" "$(found phones)"
check "nothing lost with real phones" 0 "$(summary phones .lost)"
check "all of their messages crossed unchanged" "0 0 true" \
  "$(summary phones '"\(.crossings.rewritten) \(.crossings.unmatched) \(.sip_messages == 2 * .crossings.unchanged)"')"
check "their call" "ended sip:100@203.0.113.8 sip:101@203.0.113.8 []" "$(calls_of phones)"
check "their registration, taken back at the end" "removed sip:100@203.0.113.8 []" "$(registrations_of phones)"
finish
