#!/usr/bin/env bash
# A real Prometheus scrapes vialens in its router: what it has read is what happened, the rules are in force, and nothing of
# a call's names has become a label.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need python3 prometheus setpriv
begin alg

in_router() { ip netns exec "$VIALENS_LAB-router" setpriv --pdeathsig KILL "$@"; }

start_prometheus() {
  cat >"$WORK/prometheus.yml" <<EOT
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [$(readlink -f "$ROOT/docs/prometheus")/*.rules.yml]
scrape_configs:
  - job_name: vialens
    static_configs: [{targets: ['127.0.0.1:9760']}]
EOT
  in_router prometheus --config.file="$WORK/prometheus.yml" --storage.tsdb.path="$WORK/tsdb" \
    --web.listen-address=127.0.0.1:9090 --log.level=warn >"$WORK/prometheus.err" 2>&1 &
  PID[prometheus]=$!
}

# ask PATH FILTER: what its API says.
ask() {
  in_node router python3 -c '
import sys, urllib.request
print(urllib.request.urlopen("http://127.0.0.1:9090/api/v1/" + sys.argv[1], timeout=5).read().decode())' "$1" 2>/dev/null | jq -r "$2"
}
# query EXPRESSION: the values, with a blank between.
query() { ask "query?query=$(jq -rn --arg x "$1" '$x | @uri')" '[.data.result[].value[1]] | join(" ")'; }
# shellcheck disable=SC2317 # wait_for calls it
says() { [[ $(query "$1") == "$2" ]]; }
# NAME{LABELS} in the file.
in_file() { awk -v name="$1" 'index($0, name " ") == 1 { print $NF }' "$WORK/vialens.prom"; }

watch metrics --lan lan0 --wan wan0 --json --metrics-file "$WORK/vialens.prom"
start_prometheus
check_that "prometheus scrapes vialens" wait_for 30 says 'up{job="vialens"}' 1
# Of either kind, so that there is a label that one of them could be.
calls sipp-out register
check_that "a session that was established and ended in order" wait_for 30 says vialens_sessions_completed_total 1
check_that "a registration" wait_for 30 says 'vialens_registrations_total{outcome="registered"}' 1
check "session requests, and what became of them" "1 1" \
  "$(query vialens_session_requests_total) $(query 'vialens_session_results_total{result="established"}')"
check "messages that the router rewrote" 10 "$(query 'vialens_sip_crossings_total{result="rewritten"}')"
check "INVITEs at each side" "1 1" "$(query 'sort(vialens_sip_requests_total{method="INVITE"})')"
check "answers to them at the WAN side, by code" "1 1" \
  "$(query 'vialens_sip_responses_total{tap="wan",method="INVITE",code="180"}') $(query 'vialens_sip_responses_total{tap="wan",method="INVITE",code="200"}')"
check "registrations that were challenged and made" "1 1 1" \
  "$(query 'vialens_registrations_total{outcome=~"challenged|registered"}') $(query vialens_registrations_active)"
check "messages with a Contact that the router changed" yes \
  "$(query 'vialens_sip_rewrites_total{segment="lan-wan",field="contact"} > bool 1' | sed 's/1/yes/')"
check_that "the alert that the ALG changes calls waits for its minute" \
  wait_for 20 says 'count(ALERTS{alertname="VialensSipAlgChangesCalls",id="alg-contact",alertstate="pending"})' 1
check "nothing else alarms" "" "$(query 'ALERTS{id!~"alg-.*"}')"
check "rules that could not be evaluated" 0 "$(ask rules '[.data.groups[].rules[] | select(.health == "err")] | length')"
check "labels that a packet could have set" "" \
  "$(ask 'series?match[]={job="vialens"}' '.data[] | to_entries[] | select(.key != "instance") | .value' | grep -E '[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|@|sip:' || true)"
check "families without help" 0 \
  "$(ask metadata '[.data | to_entries[] | select((.key | startswith("vialens_")) and (.value[0].help == ""))] | length')"

kill "${PID[prometheus]}"
wait_for 15 quiet || abort "the network does not become quiet"
end metrics
check "the file at the end: calls" 1 "$(in_file 'vialens_calls_total{outcome="ended"}')"
check "findings, as in the summary" "$(summary metrics '.findings["alg-contact"]')" \
  "$(in_file 'vialens_findings_total{id="alg-contact",severity="warning",confidence="proven"}')"
check "packets of the LAN side, as in the summary" \
  "$(summary metrics '[.taps[] | select(.interface == "lan0") | .outcomes[]] | add')" \
  "$(awk '/^vialens_packets_total\{tap="lan"/ { sum += $NF } END { print sum }' "$WORK/vialens.prom")"
check "what is left beside the file" "vialens.prom" "$(cd "$WORK" && echo vialens.prom*)"
finish
