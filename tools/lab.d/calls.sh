# shellcheck shell=bash
# The kinds of call: call_KIND N makes N calls and ends in fail unless every one did what it should.

PAUSE_MS=500
SESSION=$((10000000 + $$)) # in o=, always of the same length
LOGS=(call-kamailio call-uac.msg call-uac.err call-uas.err)

fail() {
  local what=$1 log; shift
  for log in "$@"; do
    [[ -s $STATE/log/$log ]] || continue
    printf -- '--- %s\n%s\n' "$STATE/log/$log" "$(tail -n 20 "$STATE/log/$log")" >&2
  done
  die 1 "$what; all logs are in $STATE/log"
}

# sipp NAME NODE SCENARIO N IP PORT TRANSPORT [OPTION...]: one call after the other unless told otherwise.
sipp() {
  local name=$1 node=$2 scenario=$3 n=$4 ip=$5 port=$6 transport=$7; shift 7
  local log=$STATE/log/$name limit=$((10 + n * (PAUSE_MS + 500) / 1000))
  need sipp sip-tester
  spawn "$name" "$node" env TERM=dumb sipp -sf "$HERE/sipp/$scenario.xml" -m "$n" -l 1 -r 50 \
    -i "$ip" -mi "${ip//[][]/}" -p "$port" -bind_local -t "$transport" -d "$PAUSE_MS" \
    -nostdin -timeout "${limit}s" -timeout_error -deadcall_wait 0 \
    -trace_err -error_file "$log.err" -trace_msg -message_file "$log.msg" "$@"
}

# alg_is_on [ip6]: the ALG reads IPv4, or IPv6.
alg_is_on() { grep -qE "^ *l3proto ${1:-ip}\$" "$HERE/profiles/$(cat "$STATE/profile").nft"; }

bound() {
  in_node "$1" ss -Hlnut "sport = :$2" | grep -q . || not_alive "$3"
}

# answer N NODE IP PORT [SCENARIO [TRANSPORT]]
answer() {
  sipp call-uas "$2" "${5:-uas}" "$1" "$3" "$4" "${6:-u1}" -key me "${peer:-200}" -key rtp_port 30000
  wait_for 5 bound "$2" "$4" call-uas
}

# sdp ADDRESS PORT [VERSION [CONNECTION [DIRECTION]]]
sdp() {
  local family=4
  [[ $1 != *:* ]] || family=6
  printf '%s\r\n' v=0 "o=100 $SESSION ${3:-1} IN IP$family $1" s=- "c=IN IP$family ${4:-$1}" 't=0 0' \
    "m=audio $2 RTP/AVP 0 8" 'a=rtpmap:0 PCMU/8000' 'a=rtpmap:8 PCMA/8000'
  printf 'a=%s' "${5:-sendrecv}"
}

# caller IP: in `caller`, the options that uac.xml needs. What is in the call: $body of $type, $headers, and $within it
# an `update` or a `hold`.
caller() {
  local ip=${1//[][]/} port=${rtp_port:-40000}
  caller=(-key subject "${subject:-lab call}" -key headers "${headers:-}" -key type "${type:-application/sdp}"
    -key body "${body:-$(sdp "$ip" "$port")}" -key held "$(sdp "$ip" "$port" 2 0.0.0.0 inactive)")
  case ${within:-} in
    '') caller+=(-set plain yes) ;;
    update) caller+=(-set update yes) ;;
  esac
}

# dial N NODE IP TARGET [SCENARIO [TRANSPORT [OPTION...]]]
dial() {
  local me=${me:-100} caller=()
  [[ ${5:-uac} != uac ]] || caller "$3"
  sipp call-uac "$2" "${5:-uac}" "$1" "$3" 5060 "${6:-u1}" -key me "$me" -s "${peer:-200}" -au "$me" \
    -ap "secret$me" "${caller[@]}" "${@:7}" "$4"
  reap call-uac
}

ended_well() {
  if "$@"; then
    [[ -e $STATE/pid/call-uas ]] || return 0
    wait_for 3 not_alive call-uas || fail "the calls ended for the one side only" "${LOGS[@]}"
    if reap call-uas; then return; fi
  fi
  fail "the calls did not succeed" "${LOGS[@]}"
}

# arrived LINE [LOG]: the provider has received it, from its begin to its end. What a misbehaviour made of it is not
# for a call to say.
arrived() {
  local log=${2:-call-uas.msg}
  [[ $(cat "$STATE/profile") != badalg ]] || return 0
  grep -qxF -- "$1" <(tr -d '\r' <"$STATE/log/$log") || fail "there should have arrived '$1' at the provider" "$log"
}

# shown [ip6]: the address that the provider reads where the ALG rewrites.
shown() {
  local seen=$PHONE
  ! alg_is_on || seen=$WAN
  if [[ ${1:-} == ip6 ]]; then
    seen=$PHONE6
    ! alg_is_on ip6 || seen=$WAN6
  fi
  echo "$seen"
}

# phone_calls N [PORT [TRANSPORT]]
phone_calls() {
  answer "$1" provider "$PROVIDER" "${2:-5060}" uas "${3:-u1}"
  ended_well dial "$1" phone "$PHONE" "$PROVIDER:${2:-5060}" uac "${3:-u1}"
}

call_sipp-out() { phone_calls "$1"; }
call_sipp-tcp() { phone_calls "$1" 5060 t1; }
call_sipp-port() { phone_calls "$1" 15062; }

# An INVITE of more than two MTUs.
call_sipp-large() {
  local subject
  printf -v subject '%3000s' ''
  subject=${subject// /x} phone_calls "$1"
}

call_sipp6() {
  answer "$1" provider "[$PROVIDER6]" 5060
  ended_well dial "$1" phone "[$PHONE6]" "[$PROVIDER6]:5060"
  arrived "c=IN IP6 $(shown ip6)"
}

# The provider reaches the phone through the mapping which the phone's REGISTER has made.
call_sipp-in() {
  answer 1 provider "$PROVIDER" 5060 reply
  ended_well dial 1 phone "$PHONE" "$PROVIDER:5060" register
  peer=100 answer "$1" phone "$PHONE" 5060
  me=200 peer=100 ended_well dial "$1" provider "$PROVIDER" "$WAN:5060"
}

call_options() {
  answer "$1" provider "$PROVIDER" 5060 reply
  ended_well dial "$1" phone "$PHONE" "$PROVIDER:5060" options
}

# dropped N SECONDS: N calls from the phone, at once; the ALG lets no INVITE pass, and the phone gives up after that time.
dropped() {
  answer "$1" provider "$PROVIDER" 5060
  if ! alg_is_on; then
    ended_well dial "$1" phone "$PHONE" "$PROVIDER:5060"
    return
  fi
  ! dial "$1" phone "$PHONE" "$PROVIDER:5060" uac u1 -l "$1" -recv_timeout "$2" -default_behaviors all,-bye ||
    fail "the ALG should have dropped every INVITE" "${LOGS[@]}"
  ! grep -qs '^INVITE' "$STATE/log/call-uas.msg" || fail "the ALG let an INVITE pass" call-uas.msg
}

# A media port below 1024: the INVITE is sent at 0, 0.5, 1.5, 3.5 and 7.5 s.
call_sipp-drop() { rtp_port=9 dropped "$1" 8500; }

# --- with kamailio as the provider's registrar and proxy

# registrar [OPTION...]: -A WITH_NAT for one that helps phones through their NAT.
registrar() {
  need kamailio
  spawn call-kamailio provider kamailio -f "$HERE/kamailio.cfg" "$@" -DD -E -m 16 -M 4 \
    -Y "$STATE/work" -P "$STATE/work/kamailio.pid"
  wait_for 10 bound provider 5060 call-kamailio
  alive call-kamailio || fail "kamailio did not start" call-kamailio
}

call_register() {
  registrar
  ended_well dial "$1" phone "$PHONE" "$REGISTRAR:5060" register
}

logged() { grep -qE "$2" "$STATE/log/call-$1" || not_alive "call-$1"; }

expect() {
  wait_for 10 logged "$1" "$2" || true
  grep -qE "$2" "$STATE/log/call-$1" ||
    fail "phone $1 did not get as far as '$2'" call-100 call-101 call-kamailio
}

# baresip USER NODE IP [ACCOUNT PARAMETERS]: a phone that begins to register.
baresip() {
  local dir=$STATE/work/$1
  need baresip baresip-core
  mkdir -p "$dir"
  sed "s/@IP@/$3/; s/@USER@/$1/" "$HERE/baresip.conf" >"$dir/config"
  echo "<sip:$1@$REGISTRAR>;auth_pass=secret$1;regint=300;audio_codecs=PCMU/8000/1${4:-}" >"$dir/accounts"
  touch "$dir/contacts"
  spawn "call-$1" "$2" baresip -4 -t 90 -f "$dir"
}

registered() { expect "$1" '200 OK .*binding'; }

# tell USER COMMAND [PARAMETER]: one netstring to baresip's ctrl_tcp.
tell() {
  local node=provider json="{\"command\":\"$2\",\"params\":\"${3:-}\"}"
  [[ $1 != 100 ]] || node=phone
  # shellcheck disable=SC2016
  in_node $node bash -c 'exec 3<>/dev/tcp/127.0.0.1/4$1; printf "%s" "$0" >&3; sleep 0.2' "${#json}:$json," "$1"
}

received() { sed -n 's/.*;PR=\([0-9]*\);.*/\1/p' "$STATE/log/call-$1"; }

# Real phones, real audio. Without an ALG only one direction arrives: 100 gives 101 its private address.
baresip_call() {
  baresip 101 provider "$CALLEE" ';answermode=auto'
  baresip 100 phone "$PHONE"
  registered 101
  registered 100
  tell 100 dial 101
  expect 100 'Call established'
  sleep 5
  tell 100 hangup
  expect 100 'terminated \(duration'
  expect 101 'terminated \(duration'
  tell 100 quit
  tell 101 quit
  reap call-100 || fail "phone 100 did not end well" call-100
  reap call-101 || fail "phone 101 did not end well" call-101
  local at_100 at_101
  at_100=$(received 100) at_101=$(received 101)
  say "RTP packets received: 101 ${at_101:-0}, 100 ${at_100:-0}"
  ((at_101)) || fail "101 received no audio" call-100 call-101
  ((at_100)) || ! alg_is_on || fail "100 received no audio in spite of the ALG" call-100 call-101
}

call_baresip() {
  local i
  registrar
  for ((i = 0; i < $1; i++)); do baresip_call; done
}
