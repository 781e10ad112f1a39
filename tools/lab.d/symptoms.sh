# shellcheck shell=bash
# Calls in which the caller would feel what the router does. In a profile or with a misbehaviour that breaks them they are
# reported as failed. The phones are real ones; the provider helps them through their NAT, so that without an ALG all is well.
# $seconds is how long a call lasts, if it is not broken off; $later is what the router does wrong from its middle on.

helps=(-A WITH_NAT)

# later: the middle of the call.
later() {
  [[ $later ]] || return 0
  [[ $(cat "$STATE/profile") == badalg ]] || die 3 "the router misbehaves in profile badalg only"
  # shellcheck disable=SC2086  # a name and perhaps an argument
  misbehave $later
}

# phones [ACCOUNT PARAMETERS]: 100 behind the router, with these, and 101, who answers at once.
phones() {
  registrar "${helps[@]}"
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

# The provider does not help, and sends to the phone's private address.
call_audio-private() {
  helps=()
  phones
  tell 100 dial 101
  expect 100 'Call established'
  ! wait_for "${seconds:-12}" over 100 || fail "the call ended by itself" call-100 call-101
  heard 101 || fail "101 hears nothing" call-100 call-101
  ! heard 100 || fail "100 should hear nothing" call-100 call-101
  hang_up 100
}

# The provider reaches the phone through the mapping that REGISTER has made.
call_audio-in() {
  phones ';answermode=auto'
  later
  tell 101 dial 100
  expect 101 'Call established'
  lasted
  hang_up 100
}

# block INTERFACE: from now on no audio passes that comes in there; `unblock` reads the profile's rules anew.
block() {
  in_node router nft insert rule ip lab forward iifname "$1" udp sport 30000-50000 drop
  say "audio from $1 is blocked since $EPOCHREALTIME"
}
unblock() { load_profile "$(cat "$STATE/profile")"; }

# blocked INTERFACE: audio from there stops after half of the call.
blocked() {
  local half=$((${seconds:-14} / 2))
  phones
  tell 100 dial 101
  expect 100 'Call established'
  seconds=$half lasted
  block "$1"
  sleep "$half"
  unblock
  hang_up 100
}
call_audio-stops() { blocked wan0; }
call_audio-out-stops() { blocked lan0; }

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

transferred() { heard 102 || over 100; }

# The phone passes its call on to 102.
call_transfer() {
  phones
  baresip 102 provider "$PROVIDER" ';answermode=auto'
  registered 102
  tell 100 dial 101
  expect 100 'Call established'
  sleep 3
  tell 100 transfer "sip:102@$REGISTRAR"
  wait_for "${seconds:-12}" transferred || true
  heard 102 || fail "102 is not in the call" call-100 call-101 call-102
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

# --- with many calls between the phone and a peer, and RTP from sources whose counts are known

# rtp NAME NODE ARGUMENT...
rtp() {
  need python3
  spawn "$1" "$2" python3 -u "$HERE/rtp" "${@:3}"
}

# ports FIRST N: the media ports of N calls, for option -inf.
ports() {
  local i
  echo SEQUENTIAL
  for ((i = 0; i < $2; i++)); do echo "$(($1 + 4 * i));"; done
}

# many N PAUSE_MS SECONDS: N calls from the phone, one every PAUSE_MS, of so many seconds each. Media ports are 40000,
# 40004, ... and 30000, 30004, ...
many() {
  ports 30000 "$1" >"$STATE/work/callee.csv"
  ports 40000 "$1" >"$STATE/work/caller.csv"
  local options=(-l "$1" -r 1 -rp "$2" -timeout "$(($3 + 15 + $1 * $2 / 1000))s")
  sipp call-uas provider many-uas "$1" "$PROVIDER" 5060 u1 -key me 200 -inf "$STATE/work/callee.csv" "${options[@]}"
  wait_for 5 bound provider 5060 call-uas
  sipp call-uac phone many "$1" "$PHONE" 5060 u1 -key me 100 -s 200 -inf "$STATE/work/caller.csv" "${options[@]}" \
    -d "${3}000" "$PROVIDER:5060"
}

# crossed WAIT SOURCE: two calls on one flow, the second 3 s after the first. The peer's sound of the first call begins after
# WAIT seconds, and comes from the port SOURCE. For each INVITE the ALG takes away the pinholes of the calls before.
crossed() {
  many 2 3000 16
  wait_for 5 grep -qs '^ACK' "$STATE/log/call-uas.msg" || fail "the first call did not succeed" "${LOGS[@]}"
  rtp call-in provider "$PROVIDER" "$WAN" --source "$2" --target 40000 --wait "$1" --seconds $((15 - ${1%.*}))
  [[ ${silent:-} ]] || rtp call-out phone "$PHONE" "$PROVIDER" --source 40000 --target 30000 --seconds 15
  sleep 3.3
  rtp call-in2 provider "$PROVIDER" "$WAN" --source 30004 --target 40004 --wait 0.3 --seconds 15
  rtp call-out2 phone "$PHONE" "$PROVIDER" --source 40004 --target 30004 --seconds 15
  ended_well reap call-uac
}
# Here there is no way in for it: it comes late, and not from where the phone sends to, or the phone says nothing.
call_crossed() { crossed 4 30002; }
call_crossed-silent() { silent=yes crossed 4 30000; }
# Here there is one: it was there before the second call.
call_two-calls() { crossed 0.3 30000; }

# From the beginning on the phone is not heard. Only an ALG opens the way in, where else the phone's first packet does.
call_audio-out-blocked() {
  block lan0
  many 1 1000 "${seconds:-14}"
  wait_for 5 grep -qs '^ACK' "$STATE/log/call-uas.msg" || fail "the call did not succeed" "${LOGS[@]}"
  rtp call-in provider "$PROVIDER" "$WAN" --source 30000 --target 40000 --seconds "$((${seconds:-14} - 1))"
  rtp call-out phone "$PHONE" "$PROVIDER" --source 40000 --target 30000 --seconds "$((${seconds:-14} - 1))"
  ended_well reap call-uac
  unblock
}

# 50 calls of two streams each, with known faults; who sent what is in log/call-in and log/call-out.
call_streams() {
  local options=(--streams 50 --step 4 --faults --seconds "${seconds:-12}")
  many 50 10 "$((${seconds:-12} + 2))"
  wait_for 10 in_call 50 || fail "not all calls were answered" "${LOGS[@]}"
  rtp call-out phone "$PHONE" "$PROVIDER" --source 40000 --target 30000 --seed 1 "${options[@]}"
  # The phone's first packets open the way in.
  wait_for 5 grep -qs '^ready' "$STATE/log/call-out" || fail "the phone's streams did not start" call-out
  rtp call-in provider "$PROVIDER" "$WAN" --source 30000 --target 40000 --seed 2 --wait 0.3 "${options[@]}"
  reap call-out || fail "the phone's streams failed" call-out
  reap call-in || fail "the peer's streams failed" call-in
  ended_well reap call-uac
}
in_call() { (($(grep -c '^ACK' "$STATE/log/call-uas.msg") == $1)); }
