#!/usr/bin/env bash
# A collector gets every message and every finding in HEP3: by UDP, TCP and TLS, masked unless told otherwise. One that
# goes away and comes back loses what was on its way, and what vialens counts comes out even. A collector that is not
# ours reads it, too: kamailio's sipcapture, which has been Homer's.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need python3 openssl kamailio
begin alg

# collect NAME udp|tcp|tls PORT [CERTIFICATE KEY]: packets to NAME.hep; it dies with the test.
collect() {
  in_node router setpriv --pdeathsig KILL python3 "$ROOT/tests/e2e/hep_collector.py" "$2" "$3" "$WORK/$1.hep" "${@:4}" \
    2>"$WORK/$1-collector.err" &
  PID[$1-collector]=$!
  wait_for 10 test -e "$WORK/$1.hep" || abort "the collector does not start"
}
stop_collector() {
  kill -KILL "${PID[$1-collector]}"
  { wait "${PID[$1-collector]}" || true; } 2>/dev/null
  unset "PID[$1-collector]"
}
got() { jq -s "map(select($2)) | length" "$WORK/$1.hep"; }
# The last line about it: "HEP: SENT of OFFERED were sent", "HEP: DROPPED of OFFERED were dropped".
sent() { sed -nE 's/.*HEP: ([0-9]+) of ([0-9]+) were sent.*/\1/p' "$WORK/$1.err"; }
offered() { sed -nE 's/.*HEP: ([0-9]+) of ([0-9]+) were sent.*/\2/p' "$WORK/$1.err"; }
dropped() { { echo 0; sed -nE 's/.*HEP: ([0-9]+) of [0-9]+ were dropped.*/\1/p' "$WORK/$1.err"; } | tail -n 1; }
findings() { jq -s 'map(select(.type == "finding")) | length' "$WORK/$1.out"; }
# shellcheck disable=SC2317 # asked by wait_for
all_arrived() { [[ $(wc -l <"$WORK/$1.hep") == "$(sent "$1")" ]]; }

collect udp udp 9060
watch udp --lan lan0 --wan wan0 --json --hep udp:127.0.0.1:9060
calls sipp-out
end udp
wait_for 5 all_arrived udp || true
check "UDP: every message" "$(summary udp .sip_messages)" "$(got udp '.protocol == 1')"
check "UDP: every finding" "$(findings udp)" "$(got udp '.protocol == 100')"
check "UDP: nothing dropped" "$(offered udp) 0" "$(sent udp) $(dropped udp)"
check "UDP: both taps" '["vialens:lan","vialens:wan"]' "$(jq -sc 'map(select(.protocol == 1).node) | unique' "$WORK/udp.hep")"
check "UDP: findings bear the Call-ID of their messages" true \
  "$(jq -s '(map(select(.protocol == 1).correlation) | unique) as $calls
    | map(select(.protocol == 100) | .correlation | IN($calls[])) | (length > 0 and all)' "$WORK/udp.hep")"
check "UDP: findings are the JSON that is told on stdout" \
  "$(jq -r 'select(.type == "finding").id' "$WORK/udp.out" | sort)" \
  "$(jq -r 'select(.protocol == 100).payload | fromjson.id' "$WORK/udp.hep" | sort)"
phone=$(jq -r 'select(.type == "call").from' "$WORK/udp.out" | head -n 1)
address=$(jq -r 'select(.type == "finding" and .id == "alg-via").evidence[0].before' "$WORK/udp.out" | grep -oE '[0-9]+(\.[0-9]+){3}' | head -n 1)
check_that "UDP: there is an address to hide" test -n "$address"
check "UDP: who calls is masked" 0 "$(grep -cF -e "${phone#sip:}" -e "$address" "$WORK/udp.hep" || true)"

collect tcp tcp 9061
watch tcp --lan lan0 --wan wan0 --json --hep tcp:127.0.0.1:9061 --hep-no-mask
calls sipp-out
wait_for 5 grep -qF "$address" "$WORK/tcp.hep" || true
check_that "TCP: not masked if so told" grep -qF "$address" "$WORK/tcp.hep"
stop_collector tcp
calls sipp-out
wait_for 5 log_says tcp 'HEP: (the connection to .* is lost|no connection)' || true
check_that "TCP: the log says that the collector is gone" log_says tcp 'HEP: (the connection to .* is lost|no connection)'
before=$(wc -l <"$WORK/tcp.hep")
collect tcp tcp 9061
wait_for 10 log_says tcp 'connected to .*' || true
# shellcheck disable=SC2317
more_arrived() { (($(wc -l <"$WORK/tcp.hep") > before)); }
check_that "TCP: what was told meanwhile comes when it is back" wait_for 15 more_arrived
end tcp
sleep 0.5
check "TCP: sent and dropped are what was offered" "$(offered tcp)" "$(($(sent tcp) + $(dropped tcp)))"
check "TCP: offered is every message and finding" "$(($(summary tcp .sip_messages) + $(findings tcp)))" "$(offered tcp)"
check_that "TCP: no more arrived than were sent" test "$(wc -l <"$WORK/tcp.hep")" -le "$(sent tcp)"
check "TCP: nothing came in pieces" 0 "$(got tcp '.protocol == 0')"

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=collector -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$WORK/key.pem" -out "$WORK/cert.pem" 2>/dev/null
collect tls tls 9062 "$WORK/cert.pem" "$WORK/key.pem"
watch tls --lan lan0 --wan wan0 --json --hep tls:127.0.0.1:9062 --hep-ca "$WORK/cert.pem"
watch distrust --tap lo --json --hep tls:127.0.0.1:9062
say_options router 127.0.0.1:5070 127.0.0.1:5060 500
calls sipp-out
end distrust
end tls
wait_for 5 all_arrived tls || true
check "TLS: every message and finding" "$(($(summary tls .sip_messages) + $(findings tls)))" "$(wc -l <"$WORK/tls.hep")"
check "TLS: none is broken" 0 "$(got tls '.protocol == 0')"
check_that "TLS: a certificate that nobody vouches for is refused" log_says distrust 'certificate is not trusted'
check_that "TLS: there was something for it" test "$(offered distrust)" -gt 0
check "TLS: it gets nothing, and that is counted" "0 $(offered distrust)" "$(sent distrust) $(dropped distrust)"

# What sipcapture makes of a packet goes the way of a SIP message, from whom HEP says that it came. Its processes are
# in a PID namespace, and end with the test.
mkdir "$WORK/tables"
printf 'table_name(string) table_version(int) \nsip_capture:4\n' >"$WORK/tables/version"
cat >"$WORK/sipcapture.cfg" <<CONFIG
#!KAMAILIO
debug=0
log_stderror=yes
fork=no
listen=udp:127.0.0.1:9063
loadmodule "db_text.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "sipcapture.so"
modparam("sipcapture", "db_url", "text://$WORK/tables")
modparam("sipcapture", "capture_on", 1)
modparam("sipcapture", "hep_capture_on", 1)
request_route { xlog("L_ALERT", "got \$rm \$si:\$sp \$ci\n"); drop; }
onreply_route { xlog("L_ALERT", "got \$rs \$si:\$sp \$ci\n"); drop; }
CONFIG
in_node router setpriv --pdeathsig KILL unshare --pid --fork --kill-child kamailio -f "$WORK/sipcapture.cfg" -DD -E -m 16 -M 4 -Y "$WORK" 2>"$WORK/sipcapture.err" >&2 &
PID[sipcapture]=$!
wait_for 10 in_node router ss -Hlun 'sport = 9063' || abort "kamailio does not start"
watch homer --lan lan0 --wan wan0 --json --hep udp:127.0.0.1:9063 --hep-no-mask
calls sipp-out
end homer
captured() { sed -nE 's/.*: got ([A-Z]+|[0-9]{3}) ([^ ]+) ([^ ]+)$/\1 \2 \3/p' "$WORK/sipcapture.err"; }
# shellcheck disable=SC2317
all_captured() { [[ $(captured | wc -l) == "$(summary homer .sip_messages)" ]]; }
wait_for 5 all_captured || true
check "sipcapture: every message" "$(summary homer .sip_messages)" "$(captured | wc -l)"
check "sipcapture: of the call that is told" "$(jq -r 'select(.type == "call").call_id' "$WORK/homer.out")" \
  "$(captured | awk '{ print $3 }' | sort -u)"
check "sipcapture: from the phone, the router and the provider" "$(printf '%s\n' 192.168.77.10 203.0.113.5 203.0.113.7)" \
  "$(captured | awk '{ sub(/:.*/, "", $2); print $2 }' | sort -u)"
finish
