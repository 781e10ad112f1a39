#!/usr/bin/env bash
# --calls sizes the kernel's tables of media: small without it, and with room for 100,000 calls with it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

begin nat

# tables_of NAME: the LRU maps (type 9) that vialens has open, as "key value entries" (bytes, bytes, number). A flow's key
# takes 44 bytes and its value 192, a sender of RTCP 44 and 216, an end point 20 and 164; 40 and 16 are fragments.
tables_of() {
  awk '
    function told() { if (type == 9) print key, value, entries; type = 0 }
    FNR == 1 { told() }
    $1 == "map_type:" { type = $2 }
    $1 == "key_size:" { key = $2 }
    $1 == "value_size:" { value = $2 }
    $1 == "max_entries:" { entries = $2 }
    END { told() }' "/proc/${PID[$1]}/fdinfo/"* | LC_ALL=C sort -u
}
watch default --lan lan0 --wan wan0 --json
check "without --calls" "20 164 4096
40 16 4096
44 192 16384
44 216 4096" "$(tables_of default)"
end default

watch many --lan lan0 --wan wan0 --json --calls 100000
check "--calls 100000" "20 164 600000
40 16 4096
44 192 500000
44 216 500000" "$(tables_of many)"
calls sipp-out
end many
check "a call is seen all the same" 1 "$(summary many .calls)"
finish
