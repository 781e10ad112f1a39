#!/usr/bin/env bash
# What Linux's ALG does not do to SIP, but others do: each misbehaviour of the lab is there in the packets, and is found
# for what it is, live and in a recording.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need kamailio python3 tcpdump
begin badalg

# What the router does | how that is shown | what must be found (a/b: either) | what must not be.
EXPECTED='
none                 | sipp-full options sipp-in register |                                      | others
replace-all          | sipp-full  | alg-replace-all alg-via alg-contact alg-sdp-address          | alg-corrupted alg-partial alg-asymmetric alg-content-length
wrong-content-length | sipp-full  | alg-content-length alg-contact alg-sdp-address               | alg-truncated alg-replace-all alg-via
strip-headers        | sipp-full  | alg-header-removed                                           | others
truncate             | sipp-out sipp-full | alg-truncated                                        | alg-via alg-contact alg-sdp-address alg-header-removed
fortigate            | sipp-full  | alg-call-id alg-from-to alg-via alg-contact alg-sdp-address alg-sdp-origin alg-sdp-attribute | alg-replace-all alg-content-length alg-corrupted alg-asymmetric
substring-slip       | sipp-full  | alg-corrupted                                                | alg-replace-all alg-content-length
requests-only        | sipp-in    | alg-partial/alg-asymmetric                                   | alg-replace-all alg-corrupted alg-content-length
drop-method          | update later | alg-dropped                                                  | others
duplicate            | sipp-out later | alg-duplicated                                               | others
answer               | sipp-out ping later | alg-injected                                                 | alg-duplicated alg-asymmetric alg-via
response-via         | sipp-full  | alg-asymmetric alg-via                                       | alg-contact alg-replace-all alg-corrupted
contact-port         | sipp-full  | alg-contact-port                                             | alg-via alg-replace-all alg-corrupted
media-port           | sipp-full  | alg-sdp-port                                                 | others
digest-uri           | register   | alg-authorization                                            | others
expires              | register   | alg-expires                                                  | others
'

# What the packets must show, so that it is not the lab which is wrong: side, number of lines, their pattern.
PACKETS='
replace-all          | lan | 1 | ^X-Phone: .* 192\.168\.77\.10$
replace-all          | wan | 1 | ^X-Phone: .* 203\.0\.113\.5$
replace-all          | wan | 0 | 192\.168\.77
wrong-content-length | lan | 1 | ^Content-Length: +163$
wrong-content-length | wan | 1 | ^Content-Length: +163$
wrong-content-length | wan | 1 | ^c=IN IP4 203\.0\.113\.5$
strip-headers        | lan | 4 | ^(Supported|Allow|Session-Expires):
strip-headers        | wan | 0 | ^(Supported|Allow|Session-Expires):
truncate             | lan | 2 | ^a=rtpmap:8
truncate             | wan | 0 | ^a=rtpmap:8
fortigate            | wan | 1 | ^i=\(o=IN IP4 192\.168\.77\.10\)$
fortigate            | lan | 0 | ^i=
fortigate            | wan | 0 | ^(Call-ID|Via|From|Contact|Record-Route):.*192\.168\.77
fortigate            | lan | 0 | 203\.0\.113\.5([^0-9]|$)
substring-slip       | wan | 1 | ^c=IN IP4 203\.0\.113\.50$
substring-slip       | lan | 0 | 203\.0\.113\.50
requests-only        | wan | 2 | ^Via:.* 203\.0\.113\.5:
requests-only        | wan | 1 | ^c=IN IP4 192\.168\.77\.10$
drop-method          | lan | 4 | UPDATE sip:
drop-method          | wan | 0 | UPDATE sip:
duplicate            | lan | 2 | INVITE sip:
duplicate            | wan | 4 | INVITE sip:
answer               | lan | 1 | ;tag=badalg$
answer               | wan | 0 | OPTIONS
response-via         | lan | 4 | ^Via:.* 192\.168\.77\.10:
response-via         | lan | 4 | ^Via:.* 203\.0\.113\.5:
contact-port         | wan | 2 | ^Contact: <sip:100@203\.0\.113\.5:6062;
contact-port         | lan | 0 | 6062
media-port           | lan | 1 | ^m=audio 40000 RTP
media-port           | wan | 1 | ^m=audio 40002 RTP
digest-uri           | lan | 1 | ^Authorization:.*uri="sip:203\.0\.113\.8
digest-uri           | wan | 1 | ^Authorization:.*uri="sip:203\.0\.113\.5
expires              | wan | 1 | ^Contact:.*;expires=300$
expires              | lan | 1 | ^Contact:.*;expires=60$
'

# A call may fail by what the router does to it.
try_call() { "$LAB" call "$1" -n 1 >>"$WORK/lab.log" 2>&1 || true; }

update() {
  say_sip phone 192.168.77.10:5060 203.0.113.7:5060 "UPDATE sip:200@203.0.113.7 SIP/2.0
Via: SIP/2.0/UDP 192.168.77.10:5060;branch=z9hG4bKu
From: <sip:100@lab.test>;tag=1
To: <sip:200@lab.test>;tag=2
Call-ID: refresh
CSeq: 2 UPDATE
Session-Expires: 1800;refresher=uac

" "$1"
}

# show CALLS: of two of them a part will do. An UPDATE must be repeated, while another message gets through. `later` is
# when it is sure that nothing else will come.
show() {
  local what
  for what in $1; do
    case $what in
      update)
        try_call options
        update 3
        say_options phone 192.168.77.10:5070 203.0.113.7:5060 400
        sleep 0.2
        update 1
        ;;
      later)
        sleep 1.2
        try_call sipp-out
        ;;
      ping) say_options phone 192.168.77.10:5060 203.0.113.7:5060 400 ;;
      *) try_call "$what" ;;
    esac
  done
  sleep 0.3
}

# rows TABLE: without the blanks around its four columns.
rows() { sed -E '/^$/d; s/ *\| */|/3; s/ *\| */|/2; s/ *\| */|/1' <<<"$1"; }

while IFS='|' read -r name calls ids not; do
  lab misbehave "$name"
  observe "$name"
  show "$calls"
  observed "$name"
  while IFS='|' read -r of side count pattern; do
    [[ $of != "$name" ]] || expect_payload "$name" "$side" "$count" "$pattern"
  done < <(rows "$PACKETS")
  expect_ids "$name" "$ids" "$not"
done < <(rows "$EXPECTED")
finish
