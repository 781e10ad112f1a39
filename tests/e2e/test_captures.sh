#!/usr/bin/env bash
# Every capture of a folder ends with exit status 0, as many SIP packets as tshark finds in it, and the RTP streams that
# tshark finds: packets, loss, jitter.
# The folder: $VIALENS_CAPTURES. Its files are not part of the project.
set -euo pipefail

vialens=${VIALENS:-build/dev/vialens}
captures=${VIALENS_CAPTURES:-}
if [ ! -d "$captures" ]; then
  echo "SKIP: no folder of captures (VIALENS_CAPTURES is '$captures')"
  exit 77
fi
command -v tshark >/dev/null || { echo "SKIP: tshark is not installed"; exit 77; }

# tshark's streams: "A > B ssrc S|packets|lost|mean jitter|most jitter|exact". Its loss takes duplicates off; its jitter
# is the running value of RFC 3550 A.8, its mean and maximum those of the packets that are neither marked nor comfort
# noise. What it makes of telephone-events and types without a clock is no measure: it takes the time, but no jitter, and
# measures the next packet from there. T.38 is off, since it would take RTP on a port that T.38 was offered for.
streams() {
  tshark -r "$1" -o rtp.heuristic_rtp:TRUE --enable-heuristic rtp_udp --disable-protocol t38 -q -z rtp,streams 2>/dev/null |
    awk '/ 0x/ {for (i = 7; i < NF && $i !~ /^0x/; i++);
      for (p = i + 2; !($p ~ /^[0-9]+$/ && $(p + 2) ~ /%/); p++);
      exact = 1; for (n = i + 1; n < p; n++) if ($n ~ /RTPType|telephone|CN|,/) exact = 0;
      print $3 ":" $4 " > " $5 ":" $6 " ssrc " tolower(substr($i, 3)) "|" $p "|" $(p + 1) "|" $(p + 7) "|" $(p + 8) "|" exact}' |
    LC_ALL=C sort
}
# The same as vialens says it at the end.
flows() {
  "$vialens" --log debug read "$1" 2>&1 >/dev/null |
    sed -nE 's/.*RTP at [^ ]*: (.* ssrc [0-9a-f]+), .*, ([0-9]+) packets, [0-9]+ bytes, ([0-9]+) lost of [0-9]+, ([0-9]+) duplicates.*(no jitter known|mean ([0-9.]+) ms, most ([0-9.]+) ms)$/\1|\2|\3|\4|\6|\7/p' |
    awk -F '|' '{last[$1] = $0} END {for (flow in last) print last[flow]}' | LC_ALL=C sort
}
# What the two disagree about. Jitter: 0.02 ms or 2 %, and not above tshark's where that is no measure.
compare() {
  awk -F '|' '
    function abs(x) { return x < 0 ? -x : x }
    function far(ours, theirs, exact, slack) {
      slack = theirs * 0.02 > 0.02 ? theirs * 0.02 : 0.02
      return exact ? abs(ours - theirs) > slack : ours > theirs + slack
    }
    NR == FNR {ours[$1] = $0; next}
    {
      if (!($1 in ours)) { print $1 ": not seen"; next }
      split(ours[$1], our, "|")
      if (our[2] != $2 || our[3] - our[4] != $3) print $1 ": " our[2] " packets, " our[3] - our[4] " lost; tshark: " $2 ", " $3
      if ($5 > 0 && (far(our[5], $4, $6) || far(our[6], $5, $6)))
        print $1 ": jitter " our[5] ", at most " our[6] "; tshark: " $4 ", " $5
      delete ours[$1]
    }
    END {for (flow in ours) print flow ": not seen by tshark"}' <(flows "$1") <(streams "$1")
}

failed=0
for file in "$captures"/*; do
  [ -f "$file" ] || continue
  name=$(basename "$file")
  # What tshark labels "sip" only because of its port has neither a request line nor a status line.
  expected=$(tshark -r "$file" -Y 'sip && (sip.Request-Line || sip.Status-Line)' 2>/dev/null | wc -l)
  if ! summary=$("$vialens" --log off read --json "$file" | tail -n 1); then
    echo "FAIL $name: exit status is not 0"
    failed=1
    continue
  fi
  seen=$(jq .sip_messages <<<"$summary")
  wrong=$(jq .kernel_match.wrong <<<"$summary")
  if [ "$seen" = "$expected" ] && [ "$wrong" = 0 ]; then
    echo "PASS $name: $seen SIP messages"
  else
    echo "FAIL $name: $seen SIP messages, tshark finds $expected; header matches that the parser denies: $wrong"
    failed=1
  fi
  differences=$(compare "$file")
  if [ -z "$differences" ]; then
    echo "PASS $name: $(flows "$file" | wc -l) RTP streams"
  else
    echo "FAIL $name: RTP streams"
    echo "$differences"
    failed=1
  fi
done
exit $failed
