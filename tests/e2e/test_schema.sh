#!/usr/bin/env bash
# What --json prints is what docs/schema says.
set -euo pipefail
cd "$(dirname "$0")/../.."

vialens=${VIALENS:-build/dev/vialens}
if ! /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
  echo "SKIP: python3-jsonschema is not installed"
  exit 77
fi
"$vialens" --log off read --json --lan tests/data/alg.lan.pcap --wan tests/data/alg.wan.pcap |
  /usr/bin/python3 tests/schema/validate.py --require finding,call,registration,summary
{
  "$vialens" explain alg-contact --router netgear --json
  "$vialens" explain note-hold --json
  "$vialens" explain --list-routers --json
  "$vialens" doctor --json || true
} | /usr/bin/python3 tests/schema/validate.py --require explanation,router,check
echo "PASS every line of --json fits its schema"
