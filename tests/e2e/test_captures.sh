#!/usr/bin/env bash
# Every capture of a folder ends with exit status 0 and as many SIP packets as tshark finds in it.
# The folder: $VIALENS_CAPTURES. Its files are not part of the project.
set -euo pipefail

vialens=${VIALENS:-build/dev/vialens}
captures=${VIALENS_CAPTURES:-}
if [ ! -d "$captures" ]; then
  echo "SKIP: no folder of captures (VIALENS_CAPTURES is '$captures')"
  exit 77
fi
command -v tshark >/dev/null || { echo "SKIP: tshark is not installed"; exit 77; }

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
done
exit $failed
