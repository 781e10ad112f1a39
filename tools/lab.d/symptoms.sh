# shellcheck shell=bash
# Calls in which the caller would feel what the router does. In a profile or with a misbehaviour that breaks them they are
# reported as failed. The phones are real ones; the provider helps them through their NAT, so that without an ALG all is well.
# $seconds is how long a call lasts, if it is not broken off; $later is what the router does wrong from its middle on.

# later: the middle of the call.
later() {
  [[ $later ]] || return 0
  [[ $(cat "$STATE/profile") == badalg ]] || die 3 "the router misbehaves in profile badalg only"
  # shellcheck disable=SC2086  # a name and perhaps an argument
  misbehave $later
}

# phones [ACCOUNT PARAMETERS]: 100 behind the router, with these, and 101, who answers at once.
phones() {
  registrar -A WITH_NAT
  baresip 101 provider "$CALLEE" ';answermode=auto'
  baresip 100 phone "$PHONE" "${1:-}"
  registered 101
  registered 100
}

# over USER: its call has ended.
over() { grep -qE 'terminated \(duration|session closed' "$STATE/log/call-$1" || not_alive "call-$1"; }

hang_up() {
  tell "$1" hangup
  wait_for 5 over 100 || fail "the call does not end" call-100 call-101
  tell 100 quit
  tell 101 quit
}

heard() { grep -q "incoming rtp for 'audio' established" "$STATE/log/call-$1"; }

# lasted: both hear each other, and nobody ends the call before it is time.
lasted() {
  ! wait_for "${seconds:-12}" over 100 || fail "the call ended by itself" call-100 call-101
  heard 100 || fail "100 hears nothing" call-100 call-101
  heard 101 || fail "101 hears nothing" call-100 call-101
}

call_audio() {
  phones
  tell 100 dial 101
  expect 100 'Call established'
  lasted
  hang_up 100
}

# The provider reaches the phone through the mapping that REGISTER has made.
call_audio-in() {
  phones ';answermode=auto'
  tell 101 dial 100
  expect 101 'Call established'
  lasted
  hang_up 100
}

# After the half of the call the router lets no more audio in.
call_audio-stops() {
  local half=$((${seconds:-12} / 2))
  phones
  tell 100 dial 101
  expect 100 'Call established'
  seconds=$half lasted
  in_node router nft insert rule ip lab forward iifname wan0 udp sport 40000-40200 drop
  say "closed at $EPOCHREALTIME"
  sleep "$half"
  set_profile "$(cat "$STATE/profile")"
  hang_up 100
}

call_hold() {
  phones
  tell 100 dial 101
  expect 100 'Call established'
  sleep 3
  tell 100 hold
  sleep 2
  later
  tell 100 resume
  lasted
  hang_up 100
}

# The phone passes its call on to 102.
call_transfer() {
  phones
  baresip 102 provider "$PROVIDER" ';answermode=auto'
  registered 102
  tell 100 dial 101
  expect 100 'Call established'
  sleep 3
  tell 100 transfer "sip:102@$REGISTRAR"
  expect 102 'Call established'
  wait_for 5 over 100 || fail "100 is still in the call" call-100 call-101
  sleep 2
  tell 102 hangup
  tell 100 quit
}

# The phone rings, and the caller gives up.
call_cancel() {
  phones
  tell 101 dial 100
  expect 100 'Incoming call'
  sleep 2
  tell 101 hangup
  wait_for "${seconds:-12}" over 100 || fail "100 keeps ringing" call-100 call-101
  tell 100 quit
  tell 101 quit
}

# A phone that registers, with all the patience that it has.
call_phone-register() {
  registrar -A WITH_NAT
  baresip 100 phone "$PHONE"
  wait_for "${seconds:-35}" logged 100 '200 OK .*binding' || fail "100 could not register" call-100
  tell 100 quit
}

# A phone that answers every challenge, up to six of them; with $password.
call_register-loop() {
  registrar
  PAUSE_MS=6000 sipp call-uac phone register-loop 1 "$PHONE" 5060 u1 -key me 100 -key times 6 \
    -au 100 -ap "${password:-secret100}" -trace_logs -log_file "$STATE/log/call-uac.log" "$REGISTRAR:5060"
  reap call-uac || fail "the phone could not even try" "${LOGS[@]}"
  ! grep -q 'gave up' "$STATE/log/call-uac.log" || fail "the phone was challenged again and again" call-uac.msg
}
call_register-wrong() { password=wrong call_register-loop; }
