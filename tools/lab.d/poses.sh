# shellcheck shell=bash
# Calls that show more of what the kernel's ALG does than ordinary ones. Each checks what arrived at the provider: in a
# profile without an ALG what the phone has sent, with it what the ALG makes of that.

# A name where the ALG expects an address: the INVITE is sent at 0, 0.5, 1.5 and 3.5 s.
call_sipp-fqdn() {
  body=$(sdp "$PHONE" 40000 | sed "s/^o=.*/o=100 $SESSION 1 IN IP4 phone.lab.test\r/") dropped "$1" 4000
}

call_sipp-odd() {
  rtp_port=40001 phone_calls "$1"
  arrived "m=audio 40001 RTP/AVP 0 8"
  arrived "c=IN IP4 $(shown)"
}

# The second INVITE's o= has the phone's address; the ALG writes there what c= says.
call_sipp-hold() {
  within=hold phone_calls "$1"
  arrived 'c=IN IP4 0.0.0.0'
  if alg_is_on; then arrived "o=100 $SESSION 2 IN IP4 0.0.0.0"; else arrived "o=100 $SESSION 2 IN IP4 $PHONE"; fi
}

# With most of the headers that something may be lost from or read into.
call_sipp-full() {
  local line more=''
  for line in 'Supported: timer,100rel,replaces,path' 'Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,UPDATE,REFER,NOTIFY' \
    'Session-Expires: 1800;refresher=uac' "Route: <sip:$PROVIDER;lr>" "Record-Route: <sip:$PHONE;lr>" \
    "P-Preferred-Identity: <sip:100@$PHONE>" "X-Phone: serial 4711, address $PHONE"; do
    more+=$'\r\n'$line
  done
  within=update headers=$more phone_calls "$1"
  arrived "X-Phone: serial 4711, address $PHONE"
}

# SDP, and behind it something else. The ALG counts the body from v= on.
call_sipp-multipart() {
  local body length
  printf -v body -- '--lab\r\nContent-Type: application/sdp\r\n\r\n%s\r\n\r\n--lab\r\n%s\r\n\r\n%s\r\n--lab--' \
    "$(sdp "$PHONE" 40000)" 'Content-Type: application/isup;version=itu-t92+' '01 00 49 00 00 03 02 00 07 04 10 00 33'
  type='multipart/mixed;boundary=lab' phone_calls "$1"
  length=$(sed -n -e '/^INVITE/,/^v=0/s/^Content-Length: *\([0-9]*\)\r*$/\1/' -e T -e p -e q "$STATE/log/call-uas.msg")
  if [[ $(cat "$STATE/profile") == badalg ]]; then
    return
  elif alg_is_on; then
    ((length < ${#body})) || fail "the ALG should have spoilt Content-Length, it is $length" call-uas.msg
  else
    ((length == ${#body} + 2)) || fail "Content-Length is $length, not $((${#body} + 2))" call-uas.msg
  fi
}

# Two phones with the same RTP port call the same server. From Linux 5.3 on the ALG drops the second one's INVITE as
# long as the first one's call lasts; before, it moved the port.
call_sipp-two() {
  local status=0 caller seconds=1
  ! alg_is_on || seconds=5
  answer 100 provider "$PROVIDER" 5060
  caller "$PHONE"
  PAUSE_MS=${seconds}000 sipp call-first phone uac 1 "$PHONE" 5060 u1 -key me 100 -s 200 "${caller[@]}" "$PROVIDER:5060"
  wait_for 5 grep -qs '^ACK' "$STATE/log/call-uas.msg" || fail "the first phone's call did not succeed" call-uas.msg
  if alg_is_on; then
    ! me=101 dial "$1" phone "$PHONE2" "$PROVIDER:5060" uac u1 -l "$1" -recv_timeout 4000 \
      -default_behaviors all,-bye || fail "the ALG should have dropped the second phone's INVITE" "${LOGS[@]}"
  else
    me=101 dial "$1" phone "$PHONE2" "$PROVIDER:5060" || status=$?
  fi
  reap call-first || status=$?
  ((status == 0)) || fail "the calls did not succeed" call-first.err "${LOGS[@]}"
}

# ua NAME NODE ARGUMENT...
ua() {
  need python3
  spawn "$1" "$2" python3 -u "$HERE/ua" "${@:3}"
}

# The ALG reads segment by segment, and leaves alone what it cannot read whole.
call_split() {
  local i
  for ((i = 0; i < $1; i++)); do
    answer 1 provider "$PROVIDER" 5060 uas t1
    ua call-uac phone --split "$PHONE" "$PROVIDER"
    ended_well reap call-uac
    arrived "c=IN IP4 $PHONE"
  done
}

answering() { grep -q '^ready' "$STATE/log/call-uas" || not_alive call-uas; }

# The ALG rewrites such headers, and does not find the SDP.
call_lf() {
  local i
  for ((i = 0; i < $1; i++)); do
    ua call-uas provider --lf "$PROVIDER"
    wait_for 5 answering
    ua call-uac phone --lf "$PHONE" "$PROVIDER"
    ended_well reap call-uac
    arrived "c=IN IP4 $PHONE" call-uas
    arrived "Contact: <sip:100@$(shown):5060;transport=UDP>" call-uas
  done
}

# The ALG brings responses to the port of Via, and not to the one the request came from, which rport asks for.
call_via-port() {
  local i port=5070
  ! alg_is_on || port=5060
  for ((i = 0; i < $1; i++)); do
    answer 1 provider "$PROVIDER" 5060
    ua call-uac phone --source 5070 "$PHONE" "$PROVIDER"
    ended_well reap call-uac
    [[ $(sort -u "$STATE/log/call-uac") == "to port $port:" ]] ||
      fail "the responses should have come to port $port" call-uac
  done
}
