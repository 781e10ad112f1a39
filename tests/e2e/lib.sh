# shellcheck shell=bash
# What the tests share: a laboratory of their own, vialens in its router, and checks that say what they saw.
#
# A test sources this file, says `begin PROFILE` (a profile of tools/lab) or `begin none`, checks, and says `finish`.
# Whatever ends it, nothing is left behind. VIALENS is the binary. Exit status: 0 ok, 1 a check failed, 77 cannot be
# tested here.

ROOT=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../..
LAB=$ROOT/tools/lab
WORK=$(mktemp -d)
chmod 755 "$WORK"
export VIALENS_LAB=e2e-$$
declare -A PID=() STATUS=()
failures=0 checks=0

say() { printf '%s\n' "$*"; }
skip() { say "SKIP: $*"; exit 77; }
# A test that cannot go on.
abort() { say "FAIL: $*"; exit 1; }

clean_up() {
  local status=$? name
  trap '' INT TERM HUP
  for name in "${!PID[@]}"; do
    kill -KILL "${PID[$name]}" 2>/dev/null || true
    wait "${PID[$name]}" 2>/dev/null || true
  done
  if ((status != 0 && status != 77)); then
    tail -n 20 -v "$WORK"/*.err "$WORK/lab.log" 2>/dev/null || true
  fi
  ((EUID != 0)) || "$LAB" down >/dev/null
  rm -rf -- "$WORK"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# --- checks

# check WHAT EXPECTED SEEN
check() {
  checks=$((checks + 1))
  if [[ $2 == "$3" ]]; then
    if [[ $3 == *$'\n'* ]]; then say "PASS $1: $(wc -l <<<"$3") lines as expected"; else say "PASS $1: ${3:-nothing}"; fi
    return
  fi
  failures=$((failures + 1))
  say "FAIL $1"
  if [[ $2$3 == *$'\n'* ]]; then
    diff -U 99 --label expected --label seen <(echo "$2") <(echo "$3") || true
  else
    say "  expected: $2"
    say "  seen:     $3"
  fi
}

# check_that WHAT COMMAND...: the command succeeds.
check_that() {
  local what=$1; shift
  if "$@"; then check "$what" yes yes; else check "$what" yes "no ($*)"; fi
}

# check_says WHAT REGEX TEXT: every message must name what, where and what to do; the regex says how.
check_says() {
  if [[ $3 =~ $2 ]]; then check "$1" "$2" "$2"; else check "$1" "something like '$2'" "$3"; fi
}

finish() {
  say "$((checks - failures)) of $checks checks passed"
  ((failures == 0)) || exit 1
  exit 0
}

# wait_for SECONDS COMMAND...
wait_for() {
  local deadline=$((SECONDS + $1)); shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
}

# --- what there must be

need() {
  local tool
  for tool in "$@"; do
    type -P "$tool" >/dev/null || skip "$tool is not installed"
  done
}

find_vialens() {
  local candidate
  for candidate in "${VIALENS:-}" "$ROOT/build/dev/vialens" "$ROOT/build/release/vialens"; do
    [[ -z $candidate || ! -x $candidate ]] || { VIALENS=$(readlink -f -- "$candidate"); return; }
  done
  skip "vialens is not built; run 'cmake --preset dev && cmake --build --preset dev', or set VIALENS"
}

# Laboratories of tests that were killed.
sweep() {
  local state pid
  for state in /run/vialens-lab.e2e-*; do
    pid=${state##*-}
    [[ ! -e $state || -e /proc/$pid ]] || VIALENS_LAB=e2e-$pid "$LAB" down >/dev/null
  done
}

begin() {
  find_vialens
  need jq
  [[ $1 != none ]] || return 0
  ((EUID == 0)) || skip "network namespaces need root"
  need ip nft sipp unshare setpriv
  unshare --net true 2>/dev/null || skip "this machine grants no network namespaces"
  sweep
  if ! "$LAB" up "$1" >"$WORK/lab.log" 2>&1; then
    grep -q 'no SIP ALG' "$WORK/lab.log" && skip "this machine's kernel has no SIP ALG (nf_nat_sip)"
    grep -q 'no TUN devices' "$WORK/lab.log" && skip "this machine's kernel has no TUN devices"
    abort "the laboratory did not come up"
  fi
  probe_bpf
}

# Asks vialens itself, so that what is skipped is what it cannot do.
probe_bpf() {
  local said
  said=$(in_node router "$VIALENS" run --tap lo --duration 0.01 2>&1 >/dev/null) && return
  [[ $said != *'no privilege to load BPF'* && $said != *'this kernel '* ]] || skip "no BPF here: ${said#vialens: }"
  abort "vialens does not start: $said"
}

# --- the laboratory

in_node() { local node=$1; shift; ip netns exec "$VIALENS_LAB-$node" "$@"; }
lab() { "$LAB" "$@" >>"$WORK/lab.log" 2>&1 || abort "tools/lab $* failed"; }
call() { lab call "$1" "${@:2}"; }

# calls KIND...: one of each.
calls() {
  local kind
  for kind in "$@"; do call "$kind" -n 1; done
}

# say_sip NODE FROM TO MESSAGE [TIMES]: one datagram, or more of the same, from one address:port to another. Line ends
# are made CRLF.
say_sip() {
  in_node "$1" setpriv --pdeathsig KILL python3 - "${@:2}" <<'PYTHON'
import socket, sys

source, target = ((host, int(port)) for host, port in (end.split(':') for end in sys.argv[1:3]))
message = sys.argv[3].replace('\n', '\r\n').encode()
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.bind(source)
for _ in range(int((sys.argv[4:] or ['1'])[0])):
    sender.sendto(message, target)
PYTHON
}

# say_options NODE FROM TO BYTES [TIMES [NAME]]: an OPTIONS of so many bytes, to which nobody answers. Those of one name
# are one message, sent again.
say_options() {
  local name=${6:-x} message
  message="OPTIONS sip:lab.test SIP/2.0
Via: SIP/2.0/UDP $2;branch=z9hG4bK$name
From: <sip:a@lab.test>;tag=1
To: <sip:lab.test>
Call-ID: $name@lab.test
CSeq: 1 OPTIONS
X: "
  local bytes=$(($4 - ${#message} - 10)) # 6 line ends of two bytes, and two behind
  say_sip "$1" "$2" "$3" "$message$(printf "%${bytes}s" '' | tr ' ' x)"$'\n\n' "${5:-1}"
}

# --- vialens

# start NAME ARGUMENT...: `vialens run` in the router; results in NAME.out, the log in NAME.err, as of
# level $LOG. It dies with the test.
start() {
  local name=$1; shift
  : >"$WORK/$name.err" # what an earlier one of that name has said
  ip netns exec "$VIALENS_LAB-router" setpriv --pdeathsig KILL "$VIALENS" --log "${LOG:-info}" run "$@" \
    </dev/null >"$WORK/$name.out" 2>"$WORK/$name.err" &
  PID[$name]=$!
}

log_says() { grep -qE -- "$2" "$WORK/$1.err" 2>/dev/null; }
gone() { [[ ! -e /proc/${PID[$1]} || $(cut -d ' ' -f 3 "/proc/${PID[$1]}/stat" 2>/dev/null) == [ZX] ]]; }
running_or_gone() { log_says "$1" 'running;' || gone "$1"; }

# watch NAME ARGUMENT...: the same, and everything is attached when this returns.
watch() {
  start "$@"
  wait_for 20 running_or_gone "$1" || true
  log_says "$1" 'running;' || abort "vialens run ${*:2} did not start"
}

# reap NAME: waits for its end; STATUS[NAME] is its exit status.
reap() {
  STATUS[$1]=0
  # Without the shell's own words on processes that were killed.
  { wait_for 20 gone "$1" && { wait "${PID[$1]}" || STATUS[$1]=$?; }; } 2>/dev/null || abort "vialens ($1) does not end"
  unset "PID[$1]"
  ! log_says "$1" 'Sanitizer|runtime error:' || abort "a sanitizer complains"
}

# end NAME: as with Ctrl-C.
end() {
  kill -INT "${PID[$1]}"
  reap "$1"
  [[ ${STATUS[$1]} == 0 ]] || abort "vialens ($1) ended with ${STATUS[$1]}"
}

# summary NAME FILTER: from the JSON line that sums up.
summary() { jq -r "select(.type == \"summary\") | $2" "$WORK/$1.out"; }
# outcome NAME INTERFACE in|out OUTCOME: packets of that outcome.
outcome() {
  summary "$1" "[.taps[] | select(.interface == \"$2\" and .direction == \"$3\") | .outcomes[\"$4\"] // 0] | add"
}
# The ids of all findings, as "id (count)".
# found NAME [alarms]: ids and counts; `alarms`: without the innocent explanations.
found() {
  local keep='true'
  [ "${2:-}" != alarms ] || keep='.key | startswith("note-") | not'
  summary "$1" ".findings | to_entries | map(select($keep) | \"\(.key) (\(.value))\") | join(\", \")"
}
# Every call's "state from to findings", sorted.
calls_of() {
  jq -r 'select(.type == "call") | "\(.state) \(.from) \(.to) [\(.findings | sort | join(" "))]"' "$WORK/$1.out" | sort
}
registrations_of() {
  jq -r 'select(.type == "registration") | "\(.state) \(.aor) [\(.findings | sort | join(" "))]"' "$WORK/$1.out" | sort
}

# --- is every packet of an interface accounted for?

# What the kernel has counted: "lan0 in N, lan0 out N, ...".
counted() {
  # shellcheck disable=SC2016
  in_node router sh -c 'for dev in lan0 wan0; do for way in rx tx; do
    echo $dev $way $(cat /sys/class/net/$dev/statistics/${way}_packets)
  done; done'
}
# Without IPv6 no node asks for routers and neighbours by itself.
without_ipv6() {
  local node
  for node in phone router provider; do in_node $node sysctl -qw net.ipv6.conf.all.disable_ipv6=1; done
}
# Neighbours that are asked again, router solicitations: until a second has passed without.
quiet() {
  local before
  before=$(counted)
  sleep 1
  [[ $(counted) == "$before" ]]
}
since() {
  paste -d ' ' <(echo "$1") <(counted) | awk '{print $1, $2 == "rx" ? "in" : "out", $6 - $3}'
}
in_taps() { summary "$1" '.taps[] | "\(.interface) \(.direction) \(.outcomes | add // 0)"'; }

# --- what is to be found

# observe NAME: both sides of the router are recorded, and watched live, until observed NAME; then there are NAME.out
# (live), NAME-read.out (what `vialens read` makes of the recording) and NAME/ (the recording).
observe() {
  watch "$1" --lan lan0 --wan wan0 --json
  lab record "$WORK/$1"
}
observed() {
  lab record --stop
  end "$1"
  "$VIALENS" --log off read --lan "$WORK/$1/lan.pcap" --wan "$WORK/$1/wan.pcap" --json >"$WORK/$1-read.out" ||
    abort "vialens cannot read the recording of $1"
}

# expect_ids NAME MUST MUST_NOT: of what is found of the ALG itself (alg-...), live and read. MUST is ids with a blank
# between; `a/b` is met by either. MUST_NOT is ids, or `others` for all that MUST has not.
expect_ids() {
  local how run found id missing wrong
  for how in live read; do
    run=$1; [[ $how == live ]] || run=$1-read
    found=" $(summary "$run" '.findings | keys | map(select(startswith("alg-"))) | join(" ")') " missing='' wrong=''
    for id in $2; do
      [[ $found == *" ${id%/*} "* || $found == *" ${id#*/} "* ]] || missing+=" $id"
    done
    if [[ $3 == others ]]; then
      for id in $found; do [[ " ${2//\// } " == *" $id "* ]] || wrong+=" $id"; done
    else
      for id in $3; do [[ $found != *" $id "* ]] || wrong+=" $id"; done
    fi
    if [[ $missing ]]; then missing="not$missing, but$found"; else missing=$2; fi
    check "$1, $how: what must be found" "$2" "$missing"
    check "$1, $how: what must not" "" "${wrong# }"
  done
}

# expect_payload NAME SIDE COUNT REGEX: so many lines of the packets that were recorded on that side (lan, wan) match.
# The first line of a packet has its binary headers before it.
expect_payload() {
  check "$1: lines with '$4' on the $2 side" "$3" "$(tr -d '\r' <"$WORK/$1/$2.pcap" | LC_ALL=C grep -acE -- "$4")"
}
