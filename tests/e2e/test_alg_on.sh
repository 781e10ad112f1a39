#!/usr/bin/env bash
# What the kernel's ALG rewrites is found, each thing once per call, with the value before and after; nothing else is.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need kamailio baresip
begin alg

# "id direction message: field: before -> after", with what differs from run to run masked.
changes() {
  jq -r 'select(.type == "finding") | .id + " " + .direction + " " +
    (.evidence | map("\(.message): \(.field): \(.before) -> \(.after)") | join("; "))' "$WORK/$1.out" |
    sed -E 's/branch=[^; ]*/branch=B/g; s/tag=[^; ]*/tag=T/g; s/-0x[0-9a-f]+@/-X@/g; s/(100|-) [0-9]+ [0-9]+ IN/\1 N N IN/g' |
    LC_ALL=C sort
}

# expect KIND CROSSINGS CALLS REGISTRATIONS EXPECTED
expect() {
  local kind=$1
  watch "$kind" --lan lan0 --wan wan0 --json
  calls "$kind"
  end "$kind"
  check "$kind: what was changed" "$5" "$(changes "$kind")"
  check "$kind: crossings" "$2" "$(summary "$kind" '.crossings | "\(.rewritten) rewritten, \(.unchanged) unchanged, \(.unmatched) unmatched"')"
  check "$kind: calls" "$3" "$(calls_of "$kind")"
  check "$kind: registrations" "$4" "$(registrations_of "$kind")"
}

# sent TRANSPORT: what a call from the phone shows. From has no port, so the default one is the flow's, and is written out.
sent() {
  cat <<EOT
alg-contact out INVITE: Contact: <sip:100@192.168.77.10:5060;transport=$1> -> <sip:100@203.0.113.5:5060;transport=$1>
alg-from-to out INVITE: From: <sip:100@192.168.77.10>;tag=T -> <sip:100@203.0.113.5:5060>;tag=T
alg-sdp-address out INVITE: SDP c=: IN IP4 192.168.77.10 -> IN IP4 203.0.113.5
alg-sdp-origin out INVITE: SDP o=: 100 N N IN IP4 192.168.77.10 -> 100 N N IN IP4 203.0.113.5
alg-via out INVITE: Via: SIP/2.0/$1 192.168.77.10:5060;branch=B;rport -> SIP/2.0/$1 203.0.113.5:5060;branch=B;rport
EOT
}
OUT_IDS="alg-contact alg-from-to alg-sdp-address alg-sdp-origin alg-via"
OUT_CALL="ended sip:100@192.168.77.10 sip:200@203.0.113.7"
REGISTERED=\
"alg-contact out REGISTER: Contact: <sip:100@192.168.77.10:5060;transport=UDP> -> <sip:100@203.0.113.5:5060;transport=UDP>
alg-via out REGISTER: Via: SIP/2.0/UDP 192.168.77.10:5060;branch=B;rport -> SIP/2.0/UDP 203.0.113.5:5060;branch=B;rport"
REWRITTEN="6 rewritten, 0 unchanged, 0 unmatched"
UNTOUCHED="0 rewritten, 6 unchanged, 0 unmatched"

expect sipp-out "$REWRITTEN" "$OUT_CALL [$OUT_IDS]" "" "$(sent UDP)"
expect sipp-tcp "$REWRITTEN" "$OUT_CALL [$OUT_IDS]" "" "$(sent TCP)"
expect sipp-large "$REWRITTEN" "$OUT_CALL [$OUT_IDS]" "" "$(sent UDP)"
# The top Via is the provider's own both ways; the phone speaks of itself in its answers only.
expect sipp-in "8 rewritten, 0 unchanged, 0 unmatched" \
  "ended sip:200@203.0.113.7 sip:100@203.0.113.5 [alg-contact alg-from-to alg-request-uri alg-sdp-address alg-sdp-origin]" \
  "registered sip:100@203.0.113.7 [alg-contact alg-via]" \
"alg-contact out 180 INVITE: Contact: <sip:100@192.168.77.10:5060;transport=UDP> -> <sip:100@203.0.113.5:5060;transport=UDP>
${REGISTERED%%$'\n'*}
alg-from-to in INVITE: To: <sip:100@203.0.113.5> -> <sip:100@192.168.77.10:5060>
alg-request-uri in INVITE: Request-URI: sip:100@203.0.113.5:5060 -> sip:100@192.168.77.10:5060
alg-sdp-address out 200 INVITE: SDP c=: IN IP4 192.168.77.10 -> IN IP4 203.0.113.5
alg-sdp-origin out 200 INVITE: SDP o=: 100 N N IN IP4 192.168.77.10 -> 100 N N IN IP4 203.0.113.5
${REGISTERED#*$'\n'}"
expect register "4 rewritten, 0 unchanged, 0 unmatched" "" "registered sip:100@203.0.113.8 [alg-contact alg-via]" "$REGISTERED"
expect options "2 rewritten, 0 unchanged, 0 unmatched" "" "" \
"alg-contact out OPTIONS: Contact: <sip:100@192.168.77.10:5060;transport=UDP> -> <sip:100@203.0.113.5:5060;transport=UDP>
alg-from-to out OPTIONS: From: <sip:100@192.168.77.10>;tag=T -> <sip:100@203.0.113.5:5060>;tag=T
alg-via out OPTIONS: Via: SIP/2.0/UDP 192.168.77.10:5060;branch=B;rport -> SIP/2.0/UDP 203.0.113.5:5060;branch=B;rport"
expect sipp-port "$UNTOUCHED" "$OUT_CALL []" "" ""
expect sipp6 "$UNTOUCHED" "ended sip:100@[fd77::10] sip:200@[2001:db8:113::7] []" "" ""

watch baresip --lan lan0 --wan wan0 --json
calls baresip
end baresip
# The phone is registered: From and To are the provider's, and stay.
check "baresip: what was changed" \
"alg-contact out INVITE: Contact: <sip:100-X@192.168.77.10:5060> -> <sip:100-X@203.0.113.5:5060>
alg-contact out REGISTER: Contact: <sip:100-X@192.168.77.10:5060>;expires=300 -> <sip:100-X@203.0.113.5:5060>;expires=300
alg-sdp-address out INVITE: SDP c=: IN IP4 192.168.77.10 -> IN IP4 203.0.113.5
alg-sdp-origin out INVITE: SDP o=: - N N IN IP4 192.168.77.10 -> - N N IN IP4 203.0.113.5
alg-via out INVITE: Via: SIP/2.0/UDP 192.168.77.10:5060;branch=B;rport -> SIP/2.0/UDP 203.0.113.5:5060;branch=B;rport
alg-via out REGISTER: Via: SIP/2.0/UDP 192.168.77.10:5060;branch=B;rport -> SIP/2.0/UDP 203.0.113.5:5060;branch=B;rport" \
  "$(changes baresip)"
check "baresip: nothing crossed untouched or unseen" "0 0" "$(summary baresip '"\(.crossings.unchanged) \(.crossings.unmatched)"')"
check "baresip: its call" \
  "ended sip:100@203.0.113.8 sip:101@203.0.113.8 [alg-contact alg-sdp-address alg-sdp-origin alg-via]" "$(calls_of baresip)"

# A message that is swallowed, after one that showed that the path works.
watch dropped --lan lan0 --wan wan0 --json
calls sipp-out sipp-drop
end dropped
check "sipp-drop: the swallowed INVITE" "alg-dropped out INVITE sip:200@203.0.113.7:5060 SIP/2.0" \
  "$(jq -r 'select(.id == "alg-dropped") | .id + " " + .direction + " " + .evidence[0].before' "$WORK/dropped.out")"
check "sipp-drop: its call" "unanswered sip:100@192.168.77.10 sip:200@203.0.113.7 [alg-dropped]" \
  "$(calls_of dropped | grep -v ^ended)"
check "sipp-drop: seen four times, gone four times" 4 "$(summary dropped .crossings.unmatched)"

lab profile nat
watch passed --lan lan0 --wan wan0 --json
calls sipp-out sipp-drop
end passed
check "sipp-drop without the ALG: no finding" "" "$(found passed)"
finish
