#!/usr/bin/env bash
# The web page in a real browser, served by vialens in its router while phones call through the kernel's ALG.
# VIALENS_SCREENSHOTS is a folder for pictures.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need node chromium curl
[[ -e $ROOT/web/node_modules/playwright-core ]] || skip "the packages of web/ are not here (tools/setup web, then a build)"
begin alg

page=http://127.0.0.1:9760/
# look TEST: one file of web/tests/page, at this vialens.
# shellcheck disable=SC2317 # check_that calls it
look() {
  in_node router env VIALENS_PAGE="$page" VIALENS_DIAL="$LAB call audio --seconds 15" \
    node --test --test-reporter=spec "$ROOT/web/tests/page/$1.test.mjs" >"$WORK/$1.err" 2>&1
}

watch vialens --lan lan0 --wan wan0
in_node router curl -fsS --compressed -o "$WORK/page.html" "$page"
grep -q '<script' "$WORK/page.html" || skip "vialens was built without the page"
check_that "a call that begins, goes on and ends is followed" look live
calls register
check_that "every view, wide and narrow, light and dark, by keyboard" look views
end vialens
finish
