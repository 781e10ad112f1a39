// Cases that can be read without C++: tests/cases/<id>.case. What was seen where, and what is to be said of it.
//
//   case: the router writes its own address into Contact
//   out 0.0                                     # phone -> server, seen on both sides of the router
//     REGISTER sip:example.com SIP/2.0
//     Via: SIP/2.0/UDP 192.168.1.33:5060;branch=z9hG4bK1;rport
//   - Contact: <sip:alice@192.168.1.33:5060>    (as it entered)
//   + Contact: <sip:alice@203.0.113.5:5060>     (as it left)
//     ...
//     Content-Length: auto
//   expect alg-contact 0.95                     # told, and at least as sure as that; 0.5 if no number is given
//   expect call-ack-lost 0.8 because alg-contact   # a symptom, with the finding that its verdict names as its cause
//   expect media-one-way saying no mapping for it  # with these words in its detail, up to the end of the line
//   never alg-via hint-*                        # not told with 0.5 or more
//   nothing else                                # no other alg-, hint- or nat- with 0.5 or more
//
// A message stands two columns in, whole, in the order of its bytes. A line that begins with '-' is only in what
// entered the router, with '+' only in what left it, with a blank in both. Lines end in CRLF; a backslash at the end of
// a line means that nothing follows it, "\x00" is the byte of that number. The empty line behind the headers may be
// left out where no body follows. `Content-Length: auto` is computed for each side, `auto+5` is five too many.
//
// The cast: phone 192.168.1.33:5060, router 203.0.113.5:5060 (its outside), server 198.51.100.10:5060. Times are
// seconds; several of them repeat the message. Everything behind " #" is a comment, but not within a message.
//
//   phone|router|server ADDRESS:PORT        from here on that one sits there
//   udp | tcp                               from here on
//   side lan|wan|server                     the capture has this side only
//   out|in TIMES [OPTIONS]                  from the phone to the server, from the server to the phone
//   lan|wan TIMES FROM -> TO [OPTIONS]      seen on this side only; FROM and TO: names of the cast ("router",
//                                           "router:5070" for another port) or ADDRESS:PORT
//   ... again                               the message before this one once more, in place of a message
//   ... lf                                  its lines end in LF
//   ... split N                             TCP: in two segments, the first with N bytes
//   ... fragments N [of which K leave]      it leaves in fragments of N bytes; the last ones never do
//   ... snaplen N                           the capture where it leaves has its first N bytes only
//   flow lan|wan FROM -> TO from T to T packets N [silent N] [noise N] [pause SECONDS] [type N] [ssrc N] [fax 1]
//                                           [dtls TYPE] a handshake, with its content type
//                                           [size BYTES] [before N]   of each packet; another type that came, too.
//                                           Both sides of a stream share one end, and so the SSRC if none is given
//   rtcp lan|wan FROM -> TO from T to T [about SSRC] [heard T] [sent T] [encrypted 1]   a report every five seconds: on
//                                           that stream, of which packets arrive until `heard`; and that it has sent
//                                           more itself, until `sent`
//   packet lan|wan TIMES                    some other packet, which shows that the capture goes on
//   capture lost T                          packets may have been missed before T
//   until T                                 time passes
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/sip_text.h"

namespace vialens::test {

struct Expectation {
  std::string id;
  double confidence = kLikely;
  std::string cause{};  // of its verdict; "nothing": it has to stand alone
  std::string words{};  // in its detail
};

struct Case {
  std::string file, title;
  int line = 0;
  std::vector<TapInfo> taps = two_taps();
  Story story;   // as it happens
  Story coarse;  // the same by a clock that shows no difference between entering and leaving
  std::vector<Expectation> expected;
  std::vector<std::string> never;  // ids, or "alg-*"
  bool nothing_else = false;
};

// Says "file:line: what is wrong".
struct CaseError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::vector<Case> read_cases(std::string_view text, const std::string& file);

// "alg-via" and "alg-*" both match "alg-via".
bool matches(std::string_view pattern, std::string_view id);

}  // namespace vialens::test
