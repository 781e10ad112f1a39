#!/usr/bin/env bash
# Interfaces that go down, change their name, vanish and come back are followed; and one without Ethernet headers is read.
# shellcheck disable=SC2317  # functions that are called as arguments
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need python3 bpftool tc
begin nat

router() { ip -n "$VIALENS_LAB-router" "$@"; }
phone() { ip -n "$VIALENS_LAB-phone" "$@"; }

# dial_in NAME [OPTION...]: an interface of the router that leads to the phone, and a fixed neighbour on either side.
dial_in() {
  router link add "$1" "${@:2}" type veth peer name y0 netns "$VIALENS_LAB-phone"
  lift "$1"
}
lift() {
  router addr replace 10.9.0.1/24 dev "$1"
  router link set "$1" up
  phone addr replace 10.9.0.2/24 dev y0
  phone link set y0 up
  wait_for 5 ready "$1" || abort "$1 does not come up"
}
ready() { [[ $(router -br link show dev "$1") == *' UP '* && $(phone -br link show dev y0) == *' UP '* ]]; }
# speak N: N datagrams each way.
speak() {
  say_options phone 10.9.0.2:5061 10.9.0.1:5060 400 "$1"
  say_options router 10.9.0.1:5061 10.9.0.2:5060 400 "$1"
}
# logs WHAT REGEX: it is said within five seconds.
logs() {
  wait_for 5 log_says live "$2" || true
  check_says "$1" "$2" "$(cat "$WORK/live.err")"
}
# Since the log is only ever appended to, the n-th time is what counts.
said_times() { (($(grep -c "$1" "$WORK/live.err") >= $2)); }

for hook in auto tcx clsact; do
  dial_in x0
  watch live --tap x0 --side server --json --hook $hook
  speak 1

  router link set x0 down
  logs "$hook: down is told" 'interface x0 is down'
  lift x0
  logs "$hook: up is told" 'interface x0 is up again'
  speak 2

  if ! router link set x0 name x1 2>/dev/null; then
    router link set x0 down
    router link set x0 name x1
    lift x1
  fi
  logs "$hook: the new name is told" 'interface x0 is now called x1; still watching it'
  speak 4

  router link del x1
  logs "$hook: the end is told" 'interface x1 is gone; waiting for x0'
  dial_in x0
  wait_for 5 said_times 'watching x0' 2 || true
  logs "$hook: the return is told" 'interface x0 is back'
  check "$hook: it is watched again" 2 "$(grep -c 'watching x0' "$WORK/live.err")"
  speak 8

  # Away and back under the same number, while vialens does not look.
  index=$(router -j link show x0 | jq '.[0].ifindex')
  kill -STOP "${PID[live]}"
  printf '%s\n' "link del x0" "link add x0 index $index type veth peer name y0 netns $VIALENS_LAB-phone" | router -batch -
  kill -CONT "${PID[live]}"
  lift x0
  wait_for 5 said_times 'watching x0' 3 || true
  check "$hook: it is watched again after a quick change" 3 "$(grep -c 'watching x0' "$WORK/live.err")"
  speak 16

  # Somebody else clears the interface.
  if [[ $hook == clsact ]]; then
    in_node router tc qdisc del dev x0 clsact
  else
    link=$(cat "/proc/${PID[live]}/fdinfo/"* | sed -n 's/^link_id:\s*//p' | head -n 1)
    bpftool link detach id "$link"
  fi
  wait_for 5 said_times 'watching x0' 4 || true
  check "$hook: it is watched again after its programs were taken off" 4 "$(grep -c 'watching x0' "$WORK/live.err")"
  speak 32

  end live
  check "$hook: what was seen, of all of them together" "63 in, 63 out" \
    "$(outcome live x0 in sip) in, $(outcome live x0 out sip) out"
  check "$hook: SIP messages" 126 "$(summary live .sip_messages)"
  router link del x0
done

# --- what enters while the other side is known to be down was not swallowed by an ALG

watch down --lan lan0 --wan wan0 --json
calls sipp-out
router link set wan0 down
wait_for 5 log_says down 'interface wan0 is down' || true
for _ in 1 2 3 4 5 6; do
  say_options phone 192.168.77.10:5060 203.0.113.7:5060 400
  sleep 0.3
done
sleep 1.2
end down
check "wan0 down: what went nowhere was seen" 6 "$(summary down .crossings.unmatched)"
check "wan0 down: and is no finding" "" "$(found down alarms)"
router link set wan0 up

# --- PPP, tun and WireGuard: frames begin with the IP header

in_node router test -c /dev/net/tun || skip "no /dev/net/tun"
tunnel() {
  in_node router python3 - "$1" <<'PYTHON'
import fcntl, os, socket, struct, subprocess, sys, time

count = int(sys.argv[1])
tun = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(tun, 0x400454ca, struct.pack('16sH22x', b'tun9', 0x0001 | 0x1000))  # TUNSETIFF, IFF_TUN | IFF_NO_PI

def checksum(data):
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff

def packet(text):
    udp = struct.pack('!HHHH', 5060, 5060, 8 + len(text), 0) + text
    head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 7, 0, 64, 17, 0,
                       socket.inet_aton('10.8.0.2'), socket.inet_aton('10.8.0.1'))
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + udp

text = (b'OPTIONS sip:a@10.8.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.8.0.2;branch=z9hG4bK1\r\nFrom: <sip:b@10.8.0.2>;tag=1\r\n'
        b'To: <sip:a@10.8.0.1>\r\nCall-ID: tun\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n')
time.sleep(0.5)
for _ in range(count):
    os.write(tun, packet(text))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
received = 0
for _ in range(count):
    sender.sendto(text, ('10.8.0.2', 5060))
    while text not in os.read(tun, 2048):
        pass
    received += 1
print(received)
PYTHON
}
for hook in auto tcx clsact; do
  router tuntap add mode tun name tun9
  router addr add 10.8.0.1/24 dev tun9
  router link set tun9 up
  watch live --tap tun9 --json --hook $hook
  seen=$(tunnel 5)
  end live
  check "tun, $hook: the packets passed" 5 "$seen"
  check "tun, $hook: and were seen" "5 in, 5 out" "$(outcome live tun9 in sip) in, $(outcome live tun9 out sip) out"
  check "tun, $hook: by" "${hook/auto/tcx} ${hook/auto/tcx}" "$(summary live '.taps | map(.hook) | join(" ")')"
  router link del tun9
done

# A link type that nobody could read is refused, not misread.
if router link add ip6gre0x type ip6gre local fd77::1 remote fd77::2 2>/dev/null; then
  start refused --tap ip6gre0x
  reap refused
  check "an unknown link type is refused" 3 "${STATUS[refused]}"
  check_says "with its number" 'interface ip6gre0x: its link type \([0-9]+\)' "$(cat "$WORK/refused.err")"
fi
finish
