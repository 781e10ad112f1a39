#!/usr/bin/env bash
# One call out of capture files: as a ladder, and as a file that Wireshark opens with the explanation beside the packet.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname -- "$(readlink -f -- "$0")")/lib.sh"
begin none
need tshark text2pcap capinfos

DATA=$ROOT/tests/data
both=(--lan "$DATA/alg.lan.pcap" --wan "$DATA/alg.wan.pcap")
call=1-1094@192.168.77.10

# vialens' own words and its exit status
vialens() { "$VIALENS" --log off "$@" 2>&1; }
status_of() { "$VIALENS" "$@" >/dev/null 2>&1 && echo 0 || echo $?; }

# wireshark FILE FIELD...: what Wireshark reads, checksums looked at.
wireshark() {
  local file=$1 field fields=(); shift
  for field in "$@"; do fields+=(-e "$field"); done
  tshark -r "$file" -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
    -T fields -E separator=' ' "${fields[@]}" 2>/dev/null
}
faults() {
  tshark -r "$1" -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
    -Y '_ws.malformed || ip.checksum.status == "Bad" || udp.checksum.status == "Bad" || tcp.checksum.status == "Bad"
        || _ws.expert.severity == "Error" || tcp.analysis.flags' 2>/dev/null
}

# --- the ladder

ladder=$(vialens show "$call" "${both[@]}")
check_says "show: the call" "^Call $call" "$ladder"
check_says "show: three columns" "phone +router +provider" "$ladder"
check_says "show: a message on both sides" "INVITE sdp -+>\|-+ [0-9.]+ ms -+>\| harmless" "$ladder"
check_says "show: what was changed" $'Contact:\n *<sip:100@192.168.77.10:5060;transport=UDP>\n *-> <sip:100@203.0.113.5:5060;transport=UDP>' "$ladder"
check_says "show: which finding a message proves" "! .*alg-contact" "$ladder"
check_says "show: what to do" "What to do: Switch off the SIP ALG" "$ladder"
check "show: no colour in a pipe" 0 "$(grep -c $'\x1b' <<<"$ladder")"
check "show: as wide as it is told" 80 "$(COLUMNS=80 vialens show "$call" "${both[@]}" | wc -L)"
check "show: a beginning that is the only one will do" "$ladder" "$(vialens show 1-109 "${both[@]}")"
check_says "show --last" "^Call 1-1121@203.0.113.7" "$(vialens show --last "${both[@]}")"
check_says "show: a registration" "^Registration 1-1110@192.168.77.10" "$(vialens show 1-1110 "${both[@]}")"
check_says "show: one side only" "near end +far end" "$(vialens show "$call" "$DATA/alg.wan.pcap" --side wan)"
check "show --json" "ladder $call 6 200 out" \
  "$(vialens show "$call" --json "${both[@]}" | jq -r 'select(.type == "ladder")
     | "\(.type) \(.call_id) \(.rows | length) \(.rows[2].status) \(.rows[0].direction)"')"
if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
  check "show --json fits its schema" "2 lines are valid: 1 call, 1 ladder" \
    "$(vialens show "$call" --json "${both[@]}" | /usr/bin/python3 "$ROOT/tests/schema/validate.py" --require call,ladder)"
fi

# --- the file

vialens evidence "$call" "${both[@]}" -o "$WORK/call.pcapng"
check "evidence: both sides, in the order of time" \
"lan INVITE
wan INVITE
wan
lan
wan
lan
lan ACK
wan ACK
lan BYE
wan BYE
wan
lan" "$(wireshark "$WORK/call.pcapng" frame.interface_name sip.Method | sed 's/ *$//')"
check "evidence: nothing malformed, all checksums right" "" "$(faults "$WORK/call.pcapng")"
check "evidence: checksums were looked at" 12 "$(wireshark "$WORK/call.pcapng" ip.checksum.status udp.checksum.status | grep -cx '1 1')"
comments=$(wireshark "$WORK/call.pcapng" frame.number frame.comment)
check_says "evidence: the finding is beside its packet" $'(^|\n)2 [^\n]*alg-contact \\(warning, proven\\)' "$comments"
check_says "evidence: with both versions" 'before: <sip:100@192.168.77.10:5060;transport=UDP>.*after:  <sip:100@203.0.113.5:5060;transport=UDP>' "$comments"
check_says "evidence: with what to do" 'What to do: Switch off the SIP ALG' "$comments"
about=$(capinfos "$WORK/call.pcapng" 2>/dev/null)
check_says "evidence: the file says what it is" "Capture comment: +Call $call" "$about"
check_says "evidence: interfaces have their names" 'Name = lan.*Name = wan' "$about"
check "evidence: vialens reads it" "$call" \
  "$(vialens read --json "$WORK/call.pcapng" | jq -r 'select(.type == "call").call_id')"
check "evidence: to a pipe" "$(cksum <"$WORK/call.pcapng")" "$(vialens evidence "$call" "${both[@]}" -o - | cksum)"

# --- long messages, over TCP and in IPv6

# long_invite BYTES TRANSPORT: an INVITE with a header that is so long, as dump for text2pcap
long_invite() {
  local filler; filler=$(printf '%*s' "$1" '' | tr ' ' x)
  printf '%s\r\n' "INVITE sip:200@example.com SIP/2.0" "Via: SIP/2.0/$2 phone.example.com;branch=z9hG4bKlong" \
    "From: <sip:100@example.com>;tag=1" "To: <sip:200@example.com>" "Call-ID: long" "CSeq: 1 INVITE" \
    "Max-Forwards: 70" "Contact: <sip:100@phone.example.com>" "X-Filler: $filler" "Content-Length: 0" "" | od -Ax -tx1 -v
}
long_invite 61000 TCP | text2pcap -q -T 40000,5060 -4 192.168.77.10,203.0.113.7 - "$WORK/tcp.pcap" 2>/dev/null
vialens evidence long "$WORK/tcp.pcap" --side lan -o "$WORK/tcp.pcapng"
check "TCP: in two segments, put together" "1  
2 INVITE long" "$(wireshark "$WORK/tcp.pcapng" frame.number sip.Method sip.Call-ID)"
check "TCP: nothing malformed, sequence numbers and checksums right" "" "$(faults "$WORK/tcp.pcapng")"
long_invite 30000 UDP | text2pcap -q -u 5060,5060 -6 2001:db8::33,2001:db8:1::10 - "$WORK/v6.pcap" 2>/dev/null
vialens evidence long "$WORK/v6.pcap" --side lan -o "$WORK/v6.pcapng"
check "IPv6: one large packet" "2001:db8::33 1 INVITE" "$(wireshark "$WORK/v6.pcapng" ipv6.src udp.checksum.status sip.Method)"
check "IPv6: nothing malformed" "" "$(faults "$WORK/v6.pcapng")"

# --- what is asked wrong

unknown=$(vialens show nobody "${both[@]}")
check_says "an unknown Call-ID: the calls there are" "no Call-ID is or begins with \"nobody\".*$call .*1-1121@203.0.113.7" "$unknown"
check "an unknown Call-ID: exit status" 3 "$(status_of show nobody "${both[@]}")"
check_says "a beginning of several" "more than one Call-ID begins with \"1-1\"" "$(vialens show 1-1 "${both[@]}")"
check_says "no Call-ID" "which one\?.*$call" "$(vialens show "${both[@]}")"
nobody=(--socket "$WORK/nobody.sock")
check_says "no file, and nobody to ask" "no vialens answers.*capture files are read where they are named" "$(vialens show "$call" "${nobody[@]}")"
check "no file, and nobody to ask: exit status" 3 "$(status_of show "$call" "${nobody[@]}")"
check_says "a place that cannot be written" "cannot write /nowhere/x: No such file" "$(vialens evidence "$call" "${both[@]}" -o /nowhere/x)"
check "evidence without -o" 2 "$(status_of evidence "$call" "${both[@]}")"
finish
