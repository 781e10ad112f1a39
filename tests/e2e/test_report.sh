#!/usr/bin/env bash
# A page for a ticket: of a live call through the real ALG, of the box, and of captures; masked unless told otherwise.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

begin alg

watch box --lan lan0 --wan wan0 --socket "$WORK/sock" --listen off
call sipp-out -n 1
call audio -n 1 --seconds 12
report() { in_node router "$VIALENS" report --socket "$WORK/sock" "$@"; }
report --last -o "$WORK/call.html" --router netgear
report --last -o "$WORK/call.md" --router netgear --no-mask
report -o "$WORK/box.html"
end box

# shellcheck disable=SC2317  # called as an argument
says() { grep -qF -- "$2" "$WORK/$1"; }
check_that "the page has the finding" says call.html "alg-contact"
check_that "and the ladder" says call.html "INVITE sdp"
check_that "and how the sound went" says call.html "<polyline"
check_that "and where the switch is" says call.html "Disable SIP ALG"
check_that "and what the doctor saw" says call.html "alg-rules-nft"
check "no script, no request" "" "$(grep -oE '<script|<link|<img|src=|href=|url\(' "$WORK/call.html" || true)"
check "masked: no address or number of the laboratory" "" \
  "$(grep -oE '192\.168\.77\.[0-9]+|203\.0\.113\.[0-9]+|sip:[12]00@' "$WORK/call.html" "$WORK/box.html" | sort -u || true)"
check_that "not masked if told so" says call.md "192.168.77.10"
check_that "Markdown has a table" says call.md "|---|"
check_that "the box says that an ALG is active" says box.html "A SIP ALG is active on this box."
check_that "and what to type" says box.html "nft delete rule ip lab prerouting"

"$VIALENS" report --last --lan "$ROOT/tests/data/alg.lan.pcap" --wan "$ROOT/tests/data/alg.wan.pcap" -o - >"$WORK/files.html"
check_that "of captures" says files.html "alg-sdp-address"
check "and nothing of this box" "" "$(grep -o 'alg-rules-nft' "$WORK/files.html" || true)"
status=0
said=$("$VIALENS" report --socket "$WORK/none" -o "$WORK/x.html" 2>&1) || status=$?
check "nobody to ask" 3 "$status"
check_says "is said" "vialens: .*$WORK/none" "$said"
status=0
said=$("$VIALENS" report --last "$ROOT/tests/data/alg.lan.pcap" --side lan -o "$WORK/no/x.html" 2>&1) || status=$?
check_says "a place that is none" "cannot write $WORK/no/x.html: No such file" "$said"

if type -P chromium >/dev/null; then
  for width in 1000 390; do
    timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$WORK/profile" \
      --window-size=$width,900 --screenshot="$WORK/$width.png" "file://$WORK/call.html" >"$WORK/chromium.err" 2>&1 || true
    check_that "a browser shows it, $width wide" test -s "$WORK/$width.png"
  done
fi
finish
