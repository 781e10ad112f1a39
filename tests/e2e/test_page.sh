#!/usr/bin/env bash
# The web page in a real browser, against a stand-in for the server: its views, its behaviour when connections break and
# strangers write markup, and whether everybody can use it. VIALENS_SCREENSHOTS is a folder for pictures.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/../../web"

for program in node npm chromium; do
  command -v $program >/dev/null || { echo "SKIP: no $program (tools/setup web test)"; exit 77; }
done

if [ ! -e node_modules/.package-lock.json ]; then # the build puts them there, unless it was told not to
  npm ci --silent || { echo "SKIP: npm ci failed, and the packages are not here"; exit 77; }
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npx tsc --noEmit
npx vitest run --reporter=dot
npx vite build --logLevel warn --outDir "$folder" --emptyOutDir
VIALENS_PAGE_FOLDER=$folder node --test tests/page/*.test.mjs
