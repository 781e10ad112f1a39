#!/usr/bin/env bash
# What the kernel's ALG rewrites is found, each thing once per call, with the value before and after; nothing else is.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need kamailio baresip python3
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
# What the provider writes into the answer, that it saw the router, becomes the phone itself.
PARAMS="Via parameters: SIP/2.0/UDP 203.0.113.5:5060;branch=B;rport=5060;received=203.0.113.5 -> SIP/2.0/UDP 192.168.77.10:5060;branch=B;rport=5060;received=192.168.77.10"
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
expect register "4 rewritten, 0 unchanged, 0 unmatched" "" "registered sip:100@203.0.113.8 [alg-contact alg-via alg-via-params]" \
  "$REGISTERED
alg-via-params in 401 REGISTER: $PARAMS"
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
alg-via out REGISTER: Via: SIP/2.0/UDP 192.168.77.10:5060;branch=B;rport -> SIP/2.0/UDP 203.0.113.5:5060;branch=B;rport
alg-via-params in 401 REGISTER: $PARAMS
alg-via-params in 407 INVITE: $PARAMS" \
  "$(changes baresip)"
check "baresip: nothing crossed untouched or unseen" "0 0" "$(summary baresip '"\(.crossings.unchanged) \(.crossings.unmatched)"')"
check "baresip: its call" \
  "ended sip:100@203.0.113.8 sip:101@203.0.113.8 [alg-contact alg-sdp-address alg-sdp-origin alg-via alg-via-params]" "$(calls_of baresip)"

# A message that is swallowed, though the path works: here an INVITE with a media port below 1024.
invite() {
  say_sip phone 192.168.77.10:5060 203.0.113.7:5060 "INVITE sip:200@203.0.113.7 SIP/2.0
Via: SIP/2.0/UDP 192.168.77.10:5060;branch=z9hG4bK$1
From: <sip:100@lab.test>;tag=1
To: <sip:200@lab.test>
Call-ID: $1
CSeq: 1 INVITE
Content-Type: application/sdp
Content-Length: 92

v=0
o=- 1 1 IN IP4 192.168.77.10
s=-
c=IN IP4 192.168.77.10
t=0 0
m=audio 9 RTP/AVP 0
"
}
swallow() {
  watch "$1" --lan lan0 --wan wan0 --json
  calls options
  sleep 0.2
  for _ in 1 2 3 4 5; do invite "in-silence"; done
  invite "between-others"
  say_options phone 192.168.77.10:5070 203.0.113.7:5060 400
  invite "between-others"
  sleep 1.2
  end "$1"
}
dropped() {
  jq -r 'select(.id == "alg-dropped") | "\(.call_id) \(.direction) \(.confidence >= 0.85) \(.evidence[0].before)"' "$WORK/$1.out" | sort
}

swallow dropped
check "swallowed: found, and strong where another message got through meanwhile" \
"between-others out true INVITE sip:200@203.0.113.7 SIP/2.0
in-silence out false INVITE sip:200@203.0.113.7 SIP/2.0" "$(dropped dropped)"
check "swallowed: the calls" \
"unanswered sip:100@lab.test sip:200@lab.test [alg-dropped note-retransmission]
unanswered sip:100@lab.test sip:200@lab.test [alg-dropped note-retransmission]" "$(calls_of dropped)"
check "swallowed: each copy was seen on one side only, and none was broken" "7 0" \
  "$(summary dropped '"\(.crossings.unmatched) \(.sip_broken)"')"

lab profile nat
swallow passed
check "without the ALG: nothing but that they are copies" "note-retransmission (2)" "$(found passed)"
check "without the ALG: each copy was seen on both sides" 0 "$(summary passed .crossings.unmatched)"
watch passed --lan lan0 --wan wan0 --json
calls sipp-drop
end passed
check "without the ALG: such a call is made" "ended sip:100@192.168.77.10 sip:200@203.0.113.7 []" "$(calls_of passed)"
finish
