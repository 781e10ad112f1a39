#!/usr/bin/env bash
# What the API answers in a router whose ALG changes calls is as docs/api/openapi.yaml has it; who may ask, and that those
# who ask slowly, much or never to the end cost no packet of a call.
# shellcheck disable=SC2317  # functions that are called as arguments
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need curl openssl python3
/usr/bin/python3 -c 'import jsonschema, yaml' 2>/dev/null || skip "python3-jsonschema or python3-yaml is not installed"
begin alg

url=http://127.0.0.1:9760
in_router() { ip netns exec "$VIALENS_LAB-router" setpriv --pdeathsig KILL "$@"; }
ask() { in_node router curl -sS --max-time 10 "$@"; }
get() { ask "$url$1" "${@:2}"; }
status_of() { ask -o /dev/null -w '%{http_code}' "$@" || true; }
count() { get "$1" | jq '.items | length'; }
described() { in_node router /usr/bin/python3 "$ROOT/tests/http/openapi.py" "$url" "$@"; }
# listen NAME [OPTION...]: to events, into NAME.
listen() {
  in_router curl -sSN "$url/api/v1/events" "${@:2}" >"$WORK/$1" 2>&1 &
  PID[$1]=$!
  wait_for 5 test -s "$WORK/$1" || abort "no events"
}
numbers() { sed -n 's/^id: //p' "$WORK/$1"; }

# --- answers

watch before --lan lan0 --wan wan0 --json --history "$WORK/history.db"
calls register sipp-out
end before
watch http --lan lan0 --wan wan0 --json --history "$WORK/history.db"
listen heard
calls register sipp-out
"$LAB" call audio --seconds 12 >>"$WORK/lab.log" 2>&1 &
calling=$!
live() { [[ $(count '/api/v1/calls?state=live') == 1 && $(get /api/v1/flows | jq '[.items[] | select(.live)] | length') == 4 ]]; }
check_that "a call that goes on, with its streams at both sides" wait_for 15 live
call_id=$(get '/api/v1/calls?state=live' | jq -r '.items[0].call_id')
id=$(jq -rn --arg id "$call_id" '$id | @uri')
check "every path is described" "43 answers are as described" "$(described --all \
  /healthz /readyz /metrics /api/v1/openapi.yaml /api/v1/schema/call.schema.json '404 /api/v1/schema/nothing.json' /api/v1/status /api/v1/taps /api/v1/calls '/api/v1/calls?state=live' '/api/v1/calls?state=over&limit=1' \
  '/api/v1/calls?finding=alg&side=wan&subscriber=100&since=15m&until=2100-01-01T00:00:00Z' "/api/v1/calls/$id" \
  "/api/v1/calls/$id/evidence.pcapng?mask=1" "/api/v1/calls/$id/ladder.txt?width=120&colour=1" \
  "400 /api/v1/calls/$id/ladder.txt?width=wide" '404 /api/v1/calls/nobody/ladder.txt' /api/v1/findings '/api/v1/findings?severity=warning&confidence=0.9' \
  "/api/v1/findings?call_id=$id&side=lan" /api/v1/registrations '/api/v1/registrations?state=registered' /api/v1/flows \
  "/api/v1/flows?call_id=$id" /api/v1/events '400 /api/v1/calls?sise=lan' '400 /api/v1/findings?confidence=2' \
  '400 /api/v1/registrations?limit=0' '400 /api/v1/flows?cursor=x' '400 /api/v1/status?x=1' '404 /api/v1/calls/nobody' \
  '404 /api/v1/calls/nobody/evidence.pcapng' \
  /api/v1/history/calls '/api/v1/history/calls?state=ended&finding=alg&side=wan&subscriber=100&since=15m&until=2100-01-01&limit=1&cursor=1000' \
  '400 /api/v1/history/calls?severity=info' \
  /api/v1/history/findings "/api/v1/history/findings?severity=warning&confidence=0.5&call_id=$id&finding=alg&limit=1" \
  '/api/v1/history/findings?side=lan&subscriber=100&since=1d&until=2100-01-01&cursor=1000' '400 /api/v1/history/findings?limit=501' \
  /api/v1/history/registrations '/api/v1/history/registrations?state=registered&subscriber=100&limit=1' \
  '400 /api/v1/history/registrations?side=lan' '400 /api/v1/history/registrations?cursor=x' || true)"
wait $calling || abort "the call failed"
check "the call's details: findings, rows, streams with samples" "true true 4" "$(get "/api/v1/calls/$id" |
  jq -r '"\([.findings[].id] | contains(["alg-contact"])) \(.ladder.rows | length > 6) \([.media[] | select(.samples | length > 1)] | length)"')"
get "/api/v1/calls/$id/evidence.pcapng" >"$WORK/call.pcapng"
check "its evidence is of that call" "$call_id" \
  "$("$VIALENS" --log off read --json "$WORK/call.pcapng" | jq -r 'select(.type == "call").call_id')"

walked() { # PATH: page by page, each of one
  local cursor='' page
  while :; do
    page=$(get "$1?limit=1$cursor")
    jq -c '.items[]' <<<"$page"
    cursor=$(jq -r '.next // empty' <<<"$page")
    [[ $cursor ]] || return 0
    cursor="&cursor=$cursor"
  done
}
check "findings one by one are the findings" "$(get /api/v1/findings | jq -c '.items[]')" "$(walked /api/v1/findings)"
check "the history has what was before this run, too" "$(jq -c 'select(.type == "call")' "$WORK/before.out")" "$(get /api/v1/history/calls | jq -c '.items[]')"
check "findings of the history one by one" "$(get '/api/v1/history/findings?limit=500' | jq -c '.items[]')" "$(walked /api/v1/history/findings)"
check "calls one by one" "$(get /api/v1/calls | jq -c '.items[]')" "$(walked /api/v1/calls)"
check "of nobody" 0 "$(count '/api/v1/calls?subscriber=nobody')"
check "of one family" '["alg"]' "$(get '/api/v1/findings?finding=alg' | jq -c '[.items[].id | split("-")[0]] | unique')"
check "until yesterday" 0 "$(count '/api/v1/findings?until=1d')"

etag=$(get /api/v1/findings -o /dev/null -D - | tr -d '\r' | sed -n 's/^ETag: //p')
check "what has not changed" 304 "$(status_of "$url/api/v1/findings" -H "If-None-Match: $etag")"
check "what is another" 200 "$(status_of "$url/api/v1/findings" -H 'If-None-Match: "0"')"
check "to write" 405 "$(status_of -X POST "$url/api/v1/calls")"
check "under a name that is not this machine's" 421 "$(status_of "$url/api/v1/status" -H 'Host: evil.example')"

for type in call finding registration status; do
  check_that "an event of $type" grep -q "^event: $type" "$WORK/heard"
done
check "events are numbered without a gap" "" "$(numbers heard | awk 'NR > 1 && $1 != last + 1 { print last, $1 } { last = $1 }')"
middle=$(numbers heard | sed -n 5p)
listen resumed -H "Last-Event-ID: $middle"
check_that "gone on with behind the last one" wait_for 5 grep -q "^id: $((middle + 1))\$" "$WORK/resumed"
check "and with no other before" $((middle + 1)) "$(numbers resumed | head -n 1)"

# --- hostile clients, while a call goes on

in_router /usr/bin/python3 "$ROOT/tests/http/hostile.py" 127.0.0.1 9760 9 >"$WORK/hostile.out" 2>"$WORK/hostile.err" &
PID[hostile]=$!
wait_for 10 grep -q ready "$WORK/hostile.out" || abort "the hostile clients did not come"
"$LAB" call audio --seconds 6 >>"$WORK/lab.log" 2>&1 &
calling=$!
late=0 asked=0
while kill -0 $calling 2>/dev/null; do
  asked=$((asked + 1))
  [[ $(ask --max-time 2 "$url/healthz" 2>/dev/null) == ok ]] || late=$((late + 1))
  sleep 0.3
done
wait $calling || abort "the call failed"
check_that "/healthz was asked" test $asked -ge 5
check "/healthz was not there within two seconds" 0 $late
{ wait "${PID[hostile]}" || abort "the hostile clients failed"; } 2>/dev/null
unset "PID[hostile]"
end http
check "packets that were missed" 0 \
  "$(summary http '[.taps[].outcomes | to_entries[] | select(.key | startswith("lost-")) | .value] | add // 0')"
check "messages that were missed" 0 "$(summary http '.lost // 0')"
check "streams of both calls, at both sides" 8 "$(summary http .rtp_streams)"

# --- who may ask

refused=$(in_node router "$VIALENS" run --lan lan0 --wan wan0 --listen 0.0.0.0:9760 2>&1) && status=0 || status=$?
check "for all to read, without a password: exit status" 2 "$status"
check_says "what to do" "0.0.0.0.*token" "$refused"

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$WORK/tls.key" -out "$WORK/tls.crt" -subj /CN=router.test \
  -addext subjectAltName=DNS:router.test,IP:203.0.113.5 2>/dev/null
cat >"$WORK/tls.toml" <<EOT
[capture]
lan = ["lan0"]
wan = ["wan0"]
[http]
listen = "0.0.0.0:9761"
tls_certificate = "$WORK/tls.crt"
tls_key = "$WORK/tls.key"
token_sha256 = ["$(printf %s secret | sha256sum | cut -d ' ' -f 1)"]
users.desk = "$(openssl passwd -6 -salt saltsalt word)"
EOT
# Of a later vialens, as far as this one knows.
cp "$WORK/history.db" "$WORK/later.db"
python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("PRAGMA user_version = 99")' "$WORK/later.db"
watch tls --config "$WORK/tls.toml" --history "$WORK/later.db"
tls=https://router.test:9761/api/v1/status
trusted=(--cacert "$WORK/tls.crt" --resolve router.test:9761:203.0.113.5)
check "no token" 401 "$(status_of "${trusted[@]}" $tls)"
check "a wrong token" 401 "$(status_of "${trusted[@]}" -H 'Authorization: Bearer x' $tls)"
check "a token" 200 "$(status_of "${trusted[@]}" -H 'Authorization: Bearer secret' $tls)"
check "a history that cannot be read" 503 "$(status_of "${trusted[@]}" -H 'Authorization: Bearer secret' "${tls%status}history/calls")"
check_says "and why" 'later.db was written by a later vialens.*update' \
  "$(ask "${trusted[@]}" -H 'Authorization: Bearer secret' "${tls%status}history/calls" | jq -r .error)"
check "a wrong password" 401 "$(status_of "${trusted[@]}" -u desk:x $tls)"
check "a password" 200 "$(status_of "${trusted[@]}" -u desk:word $tls)"
check "the description of the API, for all" 200 "$(status_of "${trusted[@]}" "${tls%status}openapi.yaml")"
check "the page, for all" 200 "$(status_of "${trusted[@]}" https://router.test:9761/)"
check "a certificate that is not trusted" 60 "$(ask --resolve router.test:9761:203.0.113.5 -o /dev/null $tls 2>/dev/null && echo 0 || echo $?)"
# vialens asks it, too.
status() { VIALENS_TOKEN=secret in_node router "$VIALENS" status "$@" 2>&1 || true; }
check_says "vialens asks" 'SIP +[0-9]+ messages' "$(status --url https://203.0.113.5:9761 --ca-file "$WORK/tls.crt")"
check_says "vialens, and a certificate that is not trusted" 'its certificate is signed by nobody.*--ca-file' "$(status --url https://203.0.113.5:9761)"
check_says "vialens, and a certificate for another name" 'or is for another name' "$(status --url https://127.0.0.1:9761 --ca-file "$WORK/tls.crt")"
check_says "vialens, without TLS" 'Is it https:// there' "$(status --url http://203.0.113.5:9761)"
check "without TLS" 000 "$(status_of http://127.0.0.1:9761/healthz 2>/dev/null)"
end tls
finish
