// What a box did to messages, proven from both sides (alg-) or hinted at from one (hint-).
#include "userspace/finding/catalogue.h"

namespace vialens {

std::span<const FindingKind> kinds_of_rewrites() {
  static const FindingKind kinds[] = {
      {"alg-via", Severity::warning, "Via address rewritten",
       "The router put its own address where the phone says where answers go. The provider then sees no NAT between, "
       "and may stop keeping the mapping open: calls to the phone vanish after a while.",
       "Both sides: the sent-by of a Via differs, or the number of them, and no proxy did it.", kSwitchOff,
       "3261 18.2.1, 3581 4"},
      {"alg-via-params", Severity::warning, "Via parameters altered",
       "The marks by which answers find their way (rport, received, branch) are not those that the sender wrote. "
       "Answers go to a wrong port, or a CANCEL matches no call.",
       "Both sides: a parameter of a Via was added, removed or altered.", kSwitchOff, "3261 17.1.3, 17.2.3, 3581 4"},
      {"alg-contact", Severity::warning, "Contact address rewritten",
       "The router changed where the phone wants to be reached. If the provider already copes with NAT, two of them do "
       "the same work and one of them gets it wrong: calls do not arrive, or drop.",
       "Both sides: URI or parameters of a Contact differ.", kSwitchOff, "3261 8.1.1.8"},
      {"alg-contact-port", Severity::critical, "Contact rewritten to a port that leads nowhere",
       "The provider is told a port that the router does not map back to the phone. The confirmation of an answered "
       "call (ACK) arrives there and dies: the call drops after about 32 seconds.",
       "Both sides: the Contact named the port that the phone sends from, and names another than the router sends from "
       "afterwards; strong, and proven when a message to it comes in and goes nowhere.",
       kSwitchOff, "3261 8.1.1.8, 12.2.1.1, 13.3.1.4"},
      {"alg-request-uri", Severity::warning, "Request-URI rewritten",
       "The router changed who is being called. A server for several customers does not know the new name.",
       "Both sides: the Request-URI differs, and no proxy did it.", kSwitchOff, "3261 8.1.1.1, 16.5"},
      {"alg-from-to", Severity::warning, "From or To rewritten",
       "The names of caller and called were changed: accounts are not recognised, caller IDs are wrong, strict phones "
       "refuse the answer.",
       "Both sides: the URI or a parameter of From or To differs.", kSwitchOff, "3261 8.1.1.2, 8.1.1.3, 8.2.6.2"},
      {"alg-call-id", Severity::warning, "Call-ID rewritten",
       "The call has two names. As long as every message is translated nothing is noticed; a transfer that mentions "
       "the call (Replaces) finds none.",
       "Both sides: the Call-ID differs, and everything else says that it is one message.", kSwitchOff,
       "3261 8.1.1.4, 12, 3891 3"},
      {"alg-authorization", Severity::critical, "credentials altered",
       "The proof of the password covers the address that it was made for. With another one in it, the server asks "
       "again and again.",
       "Both sides: Authorization, or the challenge, differs.", kSwitchOff, "3261 22.4, 7616 3.4.3, 7616 3.4.6"},
      {"alg-route", Severity::critical, "route of later messages rewritten",
       "Route, Record-Route, Path or Service-Route names another hop: what follows (ACK, BYE, hold, transfer) misses "
       "the provider's proxies.",
       "Both sides: a value of one of these headers differs, and no proxy did it.", kSwitchOff,
       "3261 12.2.1.1, 16.12, 3327 5, 3608 6"},
      {"alg-refer", Severity::critical, "transfer target rewritten",
       "The target of a transfer, or the call that it is to replace, was changed: transfers fail.",
       "Both sides: Refer-To, Referred-By or Replaces differs.", kSwitchOff, "3515 2, 3891 3, 3892"},
      {"alg-identity", Severity::warning, "caller identity rewritten",
       "The trunk's proof of who calls was changed: the provider rejects the call or shows another number.",
       "Both sides: P-Asserted-Identity, Remote-Party-ID, Diversion, History-Info or Identity differs.", kSwitchOff,
       "3325 9.1, 8224 4"},
      {"alg-expires", Severity::warning, "registration lifetime changed",
       "Phone and provider disagree on how long the registration lasts: it is renewed far too often, or runs out.",
       "Both sides: Expires, or the expires of a Contact, differs.", kSwitchOff, "3261 10.2.1.1, 10.3"},
      {"alg-session-timer", Severity::warning, "session timer changed",
       "Both ends have to agree on when a long call is refreshed: with other numbers one of them ends it.",
       "Both sides: Session-Expires or Min-SE differs.", kSwitchOff, "4028 7, 8, 9"},
      {"alg-header-removed", Severity::critical, "header taken out",
       "What the phone offered or asked for does not arrive: transfers, session timers or routes are lost.",
       "Both sides: a header, or a value of a list, is missing, and no proxy took it.", kSwitchOff,
       "3261 16.6, 3261 20"},
      {"alg-header-added", Severity::warning, "header put in",
       "The router added something of its own to the message, or left its own Via in the answer, which the phone then "
       "has to discard.",
       "Both sides: a header, or a value of a list, is new, and no proxy may have put it in.", kSwitchOff,
       "3261 8.1.3.3, 3261 20"},
      {"alg-user-agent", Severity::info, "User-Agent or Server changed",
       "The provider no longer sees which phone it serves; settings that depend on it fail.",
       "Both sides: User-Agent or Server differs.", kSwitchOff, "3261 20.35, 20.41"},
      {"alg-sdp-origin", Severity::warning, "SDP origin (o=) rewritten",
       "The session was given another origin. Where it changes between two messages of a call, the other end may take "
       "it for another session.",
       "Both sides: the o= line differs.", kSwitchOff, "8866 5.2, 3264 8"},
      {"alg-sdp-address", Severity::warning, "SDP media address (c=) rewritten",
       "The router changed where the sound is to be sent, and has to open that way itself. Where it fails, nobody "
       "hears anything.",
       "Both sides: a c= address differs.", kSwitchOff, "8866 5.7, 3264 5.1"},
      {"alg-sdp-port", Severity::warning, "SDP media port (m=) rewritten",
       "The router changed the port of the sound, and has to open it itself. Where it does not, one side hears "
       "nothing.",
       "Both sides: the port of an m= line differs.", kSwitchOff, "8866 5.14, 3264 5.1"},
      {"alg-sdp-attribute", Severity::warning, "SDP line added, removed or altered",
       "What was agreed on is not what was said: hold, codecs or encryption may fail.",
       "Both sides: a line other than o=, c=, s= or the port of m= differs.", kSwitchOff, "8866 6, 3264 8"},
      {"alg-content-length", Severity::critical, "Content-Length no longer fits the body",
       "The message says another length than it has: its end is lost, or it is refused as malformed.",
       "Both sides: it fitted on the way in, and does not on the way out.", kSwitchOff, "3261 18.3, 20.14"},
      {"alg-corrupted", Severity::critical, "left unreadable by the rewrite",
       "What left the router is no valid SIP or SDP any more, or names an address that belongs to nobody here.",
       "Both sides: valid on the way in and not on the way out; or an address into which the router's was pasted, with "
       "digits left over.",
       kSwitchOff, "3261 7.3, 25.1, 5118 4.5"},
      {"alg-partial", Severity::critical, "rewritten in one place and left in another",
       "Half of the addresses in a message are the router's, half the phone's own, which nobody outside can reach: "
       "calls fail in ways that depend on which one is used.",
       "Both sides, on the way out: the phone's address was replaced in one place, and left in another where somebody "
       "will send to it.",
       kSwitchOff, "3261 8.1.1.8, 3264 5.1, 3515 2"},
      {"alg-replace-all", Severity::critical, "address replaced where it is none",
       "The router replaces text without reading it: names, subjects, device identifiers. Whatever looks like the "
       "address is changed.",
       "Both sides: the address was replaced in a User-Agent, a display name, a session name or another text; likely "
       "only if a text was changed in another way.",
       kSwitchOff, "3261 7.3, 20"},
      {"alg-asymmetric", Severity::critical, "rewritten in some messages and not in others",
       "One direction, or one kind of message, is translated and the other is not: answers do not match what the phone "
       "asked.",
       "Both sides: one place, between the same two ends, was rewritten in one kind of message and went through in "
       "another. Likely where the same kind is treated one way and the other and the first again within a minute: "
       "somebody may be trying out a switch. One change is one, and nothing is said of it.",
       kSwitchOff, "3261 17.1.3, 18.1.2, 12.2"},
      {"alg-dropped", Severity::critical, "message swallowed by the router",
       "A message entered the router, and neither it nor its retransmissions left. The phone, or the provider, waits "
       "for an answer that cannot come.",
       "Both sides, nothing lost by the capture: at least two copies came in and none went out, while other messages "
       "of the same phone got through; likely only if nothing else was sent meanwhile. Never if the NAT's mapping may "
       "have run out.",
       kSwitchOff, "3261 17.1.1.2, 17.1.2.2"},
      {"alg-duplicated", Severity::warning, "one message became two",
       "The provider sees the request twice, and answers the second copy as a loop or a merged request.",
       "Both sides: a second copy left within 250 ms of the first, and only one came in.", kSwitchOff,
       "3261 8.2.2.2, 17.1.1.2"},
      {"alg-injected", Severity::warning, "answered by the router in another's name",
       "The router answers for somebody else: the phone believes that the provider spoke, or the provider that the "
       "phone is busy.",
       "Both sides: an answer left that never came in, to a request that was not passed on, and later messages show "
       "that both sides were still in sight; strong only if the request was passed on.",
       kSwitchOff, "3261 8.2.6, 16"},
      {"alg-truncated", Severity::critical, "message cut at its end",
       "The router has room for so many bytes and no more: the end of large messages is missing.",
       "Both sides: it left shorter than it came in, up to a point the same, and then it is over.", kSwitchOff,
       "3261 18.1.1, 18.3"},
      {"alg-response-port", Severity::critical, "answer delivered to another port",
       "The phone listens where it sent from, and the answer goes to another port: the phone never gets it.",
       "Both sides: it came in by the port that belongs to the phone's, and left for another; strong with the phone's "
       "side only, where the answer shows that the provider honoured rport.",
       kSwitchOff, "3581 4, 3261 18.2.2"},
      {"hint-received-private", Severity::warning, "a public server claims to see a private address",
       "The answer says that the provider received the request from the phone's private address. It cannot have: a "
       "router on the way wrote that.",
       "Phone's side: received= is private in an answer from a public address; strong, because a tunnel could do so, "
       "too.",
       kSwitchOff, "3581 4, 3261 18.2.1"},
      {"hint-mixed-addresses", Severity::warning, "public and private address mixed in one message",
       "The message names the NAT's address in one place and the phone's own in another. A router that does half of "
       "the work leaves this; so does a phone that has learned its address for one purpose only.",
       "Provider's side: from a phone's public address, no ICE, no proxy. Strong where a Via or a second media "
       "contradicts, likely where it is the media as a whole, a hint where it is a name.",
       kSwitchOff, "3261 8.1.1.8, 3264 5.1"},
      {"hint-explicit-port", Severity::info, "From names the NAT's port",
       "A phone writes its account into From. The NAT's own address with the port of its mapping is what an ALG leaves "
       "that rewrites literal addresses.",
       "Provider's side: From is the packet's own source, port included; likely, as a trunk "
       "that is known by its address may do so, and surer of a phone that registers.",
       kSwitchOff, "3261 8.1.1.3, 19.1.1"},
      {"hint-ice-mismatch", Severity::warning, "default media address is no ICE candidate",
       "Somebody changed the media address and not the candidates, so both ends give up ICE (which would have found a "
       "way).",
       "Any side: the address of c= and m= is none of the candidates, or the answer says ice-mismatch. Not where "
       "candidates are still to come.",
       kSwitchOff, "8839 5.3, 8445 5.3"},
      {"hint-content-length", Severity::critical, "Content-Length does not fit the datagram",
       "The message is shorter or longer than it says. Something on the way changed the body and not the number, or "
       "the sender is at fault.",
       "Any side, UDP: the number and the bytes differ; white space and zero bytes at the end do not count.",
       kCheckSender, "3261 18.3, 20.14"},
      {"hint-nat-trace", Severity::warning, "SDP has a firewall's NAT trace",
       "A FortiGate's SIP ALG leaves the original address in an i= line when it rewrites the session.",
       "Provider's side: i=(o=IN IP4 <private address>).",
       "On the FortiGate: config system settings, set sip-nat-trace disable, set sip-expectation disable, set "
       "default-voip-alg-mode kernel-helper-based; then remove the sip session helper, and clear the sessions.",
       "8866 5.4"},
      {"hint-sdp-version", Severity::warning, "session changed and its version did not",
       "The other end may take the new media address for the old one, and send the sound there.",
       "Any side, within one dialog: same o= session and version, another c= or m=.", kCheckSender, "3264 8, 4028 7.4"},
  };
  return kinds;
}

}  // namespace vialens
