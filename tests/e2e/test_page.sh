#!/usr/bin/env bash
# The web page in a real browser, against a stand-in for the server: its views, its behaviour when connections break and
# strangers write markup, and whether everybody can use it. VIALENS_SCREENSHOTS is a folder for pictures.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/../../web"

for program in node npm chromium; do
  command -v $program >/dev/null || { echo "SKIP: no $program (tools/setup web test)"; exit 77; }
done

# The build uses the same folder of packages.
exec 9>cmake.lock
flock 9
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --silent || { echo "SKIP: npm ci failed, and the packages are not here"; exit 77; }
fi
flock -u 9
exec 9>&-

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npx tsc --noEmit
npx vitest run --reporter=dot
npx vite build --logLevel warn --outDir "$folder" --emptyOutDir
VIALENS_PAGE_FOLDER=$folder node --test tests/page/*.test.mjs
