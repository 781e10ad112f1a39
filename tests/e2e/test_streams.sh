#!/usr/bin/env bash
# A hundred RTP streams at once, with losses, doubled and late packets: what is counted of each, at either side of the
# router and with every hook, is to the packet what its sender says; and the packets of each interface are all accounted
# for.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need python3
begin nat
without_ipv6

# sent: what the two senders say, as it must be seen on either side: "lan A > B ssrc S: packets bytes lost ...".
sent() {
  cat "/run/vialens-lab.$VIALENS_LAB/log/call-"{out,in} | grep '^{' | jq -r '. as $sent |
    {lan: "192.168.77.10", wan: "203.0.113.5"} | to_entries[] | .value as $phone |
    def seen: sub("^(192.168.77.10|203.0.113.5):"; $phone + ":");
    "\(.key) \($sent.source | seen) > \($sent.destination | seen) ssrc \($sent.ssrc): \($sent.packets) packets, \($sent.bytes) bytes, \($sent.lost) lost, \($sent.duplicates) duplicates, \($sent.reordered) reordered"' |
    LC_ALL=C sort
}
# counted_of NAME: the last that was logged of each stream, in the same words.
counted_of() {
  sed -nE 's/.*RTP at ([a-z]+): (.* ssrc [0-9a-f]+), (.*)/\1 \2|\3/p' "$WORK/$1.err" | awk -F '|' '
    {last[$1] = $2}
    function of(what) { return match(text, "[0-9]+ " what) ? substr(text, RSTART, RLENGTH) : "? " what }
    END {
      for (flow in last) {
        text = last[flow]
        print flow ": " of("packets") ", " of("bytes") ", " of("lost") ", " of("duplicates") ", " of("reordered")
      }
    }' | LC_ALL=C sort
}
total() { sed -nE "s/.* ([0-9]+) $1.*/\1/p" | paste -sd + | bc; }

for hook in xdp tcx clsact; do
  wait_for 15 quiet || abort "the network does not become quiet"
  before=$(counted)
  LOG=debug watch $hook --lan lan0 --wan wan0 --json --hook $hook
  lab call streams -n 1 --seconds 4
  wait_for 15 quiet || abort "the network does not become quiet"
  seen=$(since "$before")
  end $hook
  truth=$(sent)
  check "$hook: streams, at two sides" 200 "$(wc -l <<<"$truth")"
  check "$hook: every stream as its sender counted it" "$truth" "$(counted_of $hook)"
  for what in packets lost duplicates reordered; do
    check_that "$hook: some hundred $what" test "$(total $what <<<"$truth")" -gt 300
  done
  check "$hook: packets counted as RTP" "$(total packets <<<"$truth")" "$(summary $hook .rtp_packets)"
  check "$hook: streams, and packets without one, in the sum" "200 0 0" \
    "$(summary $hook '"\(.rtp_streams) \([.taps[].flows_failed] | add) \(.lost)"')"
  check "$hook: packets of each interface, each way, all accounted for" "$seen" "$(in_taps $hook)"
  check "$hook: the calls" "50 ended" "$(calls_of $hook | awk '{print $1}' | uniq -c | xargs)"
  check "$hook: no alarm" "" "$(found $hook alarms)"
done
finish
