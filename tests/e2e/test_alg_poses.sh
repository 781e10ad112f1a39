#!/usr/bin/env bash
# The kernel's ALG in poses that are not those of an ordinary call: what it does to each is there in the packets, and is
# found for what it is, live and in a recording. Without an ALG nothing is found in any of them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need python3 tcpdump
begin alg

# Profile | pose | what must be found | what must not be, besides NEVER.
EXPECTED='
alg  | sipp-odd       | alg-via alg-contact alg-from-to alg-sdp-address alg-sdp-origin  | others
alg  | sipp-hold      | alg-via alg-contact alg-from-to alg-sdp-address alg-sdp-origin  | alg-sdp-port alg-dropped alg-content-length
alg  | sipp-full      | alg-via alg-contact alg-from-to alg-sdp-address alg-sdp-origin  | alg-sdp-port alg-dropped alg-content-length
alg  | sipp-multipart | alg-content-length alg-sdp-address                              | alg-sdp-port alg-dropped
alg  | lf             | alg-partial alg-via alg-contact                                 | alg-sdp-address alg-sdp-origin alg-dropped
alg  | split          | alg-asymmetric alg-via                                          | alg-sdp-address alg-sdp-origin alg-dropped
alg  | via-port       | alg-response-port alg-sdp-address                               | alg-via alg-contact alg-dropped
alg  | sipp-fqdn      | alg-dropped                                                     | alg-sdp-address alg-sdp-origin
alg  | sipp-two       | alg-dropped alg-sdp-address                                     | alg-sdp-port
alg6 | sipp6          | alg-via alg-contact alg-from-to alg-sdp-address alg-sdp-origin  | others
'
NEVER="alg-replace-all alg-corrupted alg-truncated alg-injected alg-duplicated alg-call-id alg-authorization alg-expires
  alg-header-removed alg-contact-port"

# What the packets must show: side, number of lines, their pattern.
PACKETS='
sipp-odd       | wan | 1 | ^m=audio 40001 RTP
sipp-odd       | wan | 1 | ^c=IN IP4 203\.0\.113\.5$
sipp-hold      | lan | 1 | ^o=100 [0-9]+ 2 IN IP4 192\.168\.77\.10$
sipp-hold      | wan | 1 | ^o=100 [0-9]+ 2 IN IP4 0\.0\.0\.0$
sipp-hold      | wan | 1 | ^c=IN IP4 0\.0\.0\.0$
sipp-full      | wan | 3 | ^(X-Phone|P-Preferred-Identity|Record-Route):.*192\.168\.77\.10
sipp-multipart | lan | 1 | ^Content-Length: +312$
sipp-multipart | wan | 1 | ^Content-Length: +268$
sipp-multipart | wan | 1 | ^--lab--$
lf             | wan | 1 | ^c=IN IP4 192\.168\.77\.10$
lf             | wan | 3 | ^Contact: <sip:100@203\.0\.113\.5:5060;
split          | wan | 1 | ^Contact: <sip:100@192\.168\.77\.10:5060;
split          | wan | 2 | ^Contact: <sip:100@203\.0\.113\.5:5060;
via-port       | wan | 6 | ^Via:.* 192\.168\.77\.10:5060;
via-port       | wan | 1 | ^c=IN IP4 203\.0\.113\.5$
sipp-fqdn      | lan | 4 | ^o=.* IN IP4 phone\.lab\.test$
sipp-fqdn      | wan | 0 | INVITE
sipp-two       | lan | 5 | INVITE sip:
sipp-two       | wan | 1 | INVITE sip:
sipp6          | lan | 1 | ^c=IN IP6 fd77::10$
sipp6          | wan | 1 | ^c=IN IP6 2001:db8:113::5$
'

# rows TABLE: without the blanks around its four columns.
rows() { sed -E '/^$/d; s/ *\| */|/3; s/ *\| */|/2; s/ *\| */|/1' <<<"$1"; }

# between PHONE POSE: another message of that phone gets through before and behind it, and while its INVITE is repeated.
between() {
  local options=(say_options phone "$1:5070" 203.0.113.7:5060 400 1) pose
  "${options[@]}" before
  "$LAB" call "$2" -n 1 >>"$WORK/lab.log" 2>&1 &
  pose=$!
  sleep 1.2
  "${options[@]}" meanwhile
  wait "$pose" || abort "tools/lab call $2 failed"
  sleep 1
  "${options[@]}" behind
}

show() {
  case $1 in
    sipp-fqdn) between 192.168.77.10 "$1" ;;
    sipp-two) between 192.168.77.11 "$1" ;;
    *) calls "$1" ;;
  esac
  sleep 0.3
}

profile=alg
while IFS='|' read -r of pose ids not; do
  [[ $of == "$profile" ]] || lab profile "$of"
  profile=$of
  observe "$pose"
  show "$pose"
  observed "$pose"
  while IFS='|' read -r of side count pattern; do
    [[ $of != "$pose" ]] || expect_payload "$pose" "$side" "$count" "$pattern"
  done < <(rows "$PACKETS")
  [[ $not == others ]] || not+=" $NEVER"
  expect_ids "$pose" "$ids" "$not"
done < <(rows "$EXPECTED")

lab profile nat
observe nat
calls sipp-odd sipp-hold sipp-full sipp-multipart lf split via-port sipp-fqdn sipp-two sipp6
sleep 1
observed nat
expect_ids nat "" others
check "nat: messages that were changed" 0 "$(summary nat .crossings.rewritten)"
finish
