// What the caller feels of the signalling: calls (call-) and registrations (reg-).
#include "userspace/finding/catalogue.h"

namespace vialens {

std::span<const FindingKind> kinds_of_symptoms() {
  static const FindingKind kinds[] = {
      {"call-dropped-32s", Severity::critical, "call dropped about 32 seconds after it was answered",
       "Whoever answered never got the confirmation (ACK) that the call is up, waited for half a minute, and hung up.",
       "The 200 OK was repeated until the side that sent it hung up, 20 to 40 s after the first; proven without any "
       "ACK "
       "in sight, strong where one was seen that leads nowhere.",
       "Find out where the ACK goes: it is sent to the Contact of the 200 OK. If the router changed that Contact, or "
       "swallows the ACK, switch off its SIP ALG. Without such a finding, look for a Contact with a private or wrong "
       "address (let the provider handle NAT: force_rport, rewrite_contact), a missing Record-Route of a proxy, or a "
       "firewall.",
       "3261 13.2.2.4, 13.3.1.4"},
      {"call-ack-lost", Severity::critical, "200 OK is being repeated, no ACK answers it",
       "The call is up and may even have sound, but its confirmation (ACK) has not arrived: unless it does, the call "
       "will "
       "drop about 32 seconds after it was answered.",
       "The same 200 OK was repeated three times, 3.5 s after the first; if an ACK was seen, three times since then. "
       "Likely only, where the INVITE made no offer, so that its answer has to be waited for.",
       "Find out where the ACK goes: it is sent to the Contact of the 200 OK. If the router changed that Contact, or "
       "swallows the ACK, switch off its SIP ALG. Without such a finding, look for a Contact with a private or wrong "
       "address, a missing Record-Route of a proxy, or a firewall.",
       "3261 13.2.2.4, 13.3.1.4"},
      {"call-ack-misrouted", Severity::critical, "ACK sent to another address than the 200 OK's Contact",
       "The confirmation of an answered call (ACK) is addressed to somebody else than the one who waits for it: the "
       "call "
       "drops about 32 seconds after it was answered.",
       "Request-URI of the ACK and Contact of the 200 OK name different places on one link, no strict router explains "
       "it, "
       "and the 200 OK goes on being repeated.",
       "Something between here and the caller changed the Contact of the 200 OK: if it is the router, switch off its "
       "SIP "
       "ALG; if not, look at the caller's proxy or SBC, which has to change both or none.",
       "3261 12.2.1.1, 13.2.2.4"},
      {"call-dropped-fixed", Severity::warning, "several calls ended at the same unusual age",
       "Calls end after the same time, whoever is called: something counts, and nobody hangs up.",
       "Three of the last twenty calls between two ends lasted equally long within a second and none longer, with "
       "different numbers, one after the other, all hung up by the same end; strong with four, a hint where the "
       "phone's "
       "end hangs up.",
       "Look for a limit of that length: a maximum call duration or a media or UDP time-out in the router (raise it to "
       "300 "
       "s or more), a limit of the account at the provider, or a session timer that one side does not refresh.",
       "4028 10, 4787 4.3"},
      {"call-session-expired", Severity::critical, "session timer ended the call",
       "Both ends had agreed to confirm now and then that the call is still up. That confirmation got lost, and one of "
       "them hung up, as it has to.",
       "A BYE at the moment when an unrefreshed session is given up, or when the refresh timed out; strong where the "
       "refresh was seen to fail, likely to strong by the moment alone where none was seen.",
       "If the router swallows UPDATE or re-INVITE, switch off its SIP ALG. Else raise its UDP time-out to 300 s and "
       "let "
       "the phone send keep-alives every 25 to 30 s, or let the other end refresh; a phone that never refreshes needs "
       "an "
       "update, or session timers switched off.",
       "4028 7.2, 9, 10"},
      {"call-inbound-lost", Severity::critical, "inbound INVITE never reached the phone",
       "Somebody called, and the phone did not ring: the call went to the mailbox or to nowhere.",
       "An INVITE for a registered phone was sent four times and got no answer, not even 100 Trying; strong with both "
       "sides, where it was not seen to come out inside; likely with one, and where no registration is in sight but a "
       "call was answered there within the hour.",
       "If the router rewrites or swallows SIP, switch off its SIP ALG. Else its mapping for the phone has ended: let "
       "the "
       "phone send keep-alives every 25 to 30 s or register more often, and raise the UDP time-out to 300 s. A phone "
       "without power looks the same from outside.",
       "3261 10, 17.2.1, 4787 4.3"},
      {"call-binding-lost", Severity::critical, "registered phone cannot be reached any more",
       "The provider believes that the phone is there, and the router has forgotten the way to it: calls are lost "
       "until "
       "the phone speaks again.",
       "What the provider sends to where the phone registered from goes nowhere, after a pause; proven when the phone "
       "comes "
       "back by another port before its registration has ended.",
       "Let the phone send keep-alives every 25 to 30 seconds (or register more often), and raise the UDP time-out of "
       "the "
       "router to 300 seconds. If a rewritten Via or Contact keeps the provider from sending keep-alives, switch off "
       "the "
       "SIP ALG.",
       "4787 4.3, 5626 3.5, 3261 10.2"},
      {"call-outbound-timeout", Severity::critical, "outbound INVITE got no answer at all",
       "Somebody dials, and hears nothing: neither ringing nor an error, until the phone gives up.",
       "The phone repeated its INVITE five times, over 15 s, or gave up after 32 s, and got no answer of any kind.",
       "If smaller messages (REGISTER, OPTIONS) get through, the INVITE is too large or the router swallows it: switch "
       "off "
       "the SIP ALG, use TCP, offer fewer codecs. If nothing gets through, the line or the provider is down.",
       "3261 17.1.1.2"},
      {"call-outbound-rejected", Severity::warning, "outbound INVITE was rejected for its form",
       "The call is refused although the number is right: what the provider received is not what the phone sent, or "
       "cannot be read.",
       "A negative answer to an INVITE that is broken by itself, or that the router changed in what the answer is "
       "about, "
       "unless the same changes do no harm elsewhere.",
       "If the router changed the message, switch off its SIP ALG. If it changed nothing, the phone's own message is "
       "wrong: look at its settings and its version.",
       "3261 8.2, 21.4"},
      {"call-merged", Severity::warning, "two variants of one request reached the server (482)",
       "The server got the same call twice, in two versions, and refused one of them. Which one wins is chance: calls "
       "fail now and then.",
       "482 to an INVITE of which two versions were seen, by a sender that is no proxy.",
       "Something sends each INVITE twice, once changed: if it is the router, switch off its SIP ALG; look for a "
       "second path (two "
       "uplinks, "
       "a fast path beside the helper).",
       "3261 8.2.2.2"},
      {"call-cancel-lost", Severity::critical, "a phone keeps ringing",
       "The caller has hung up, or another phone has taken the call, and this one rings on.",
       "A ringing phone answers the CANCEL with 481, is sent it again and again without an answer, never gets what "
       "entered the router, or says yes to it and rings on.",
       "If the router changed Via or branch of INVITE or CANCEL, or swallows the CANCEL, switch off its SIP ALG. If it "
       "changed nothing, a proxy on the way did, or the phone's software has the fault.",
       "3261 9.1, 9.2"},
      {"call-busy-while-idle", Severity::warning, "call answered busy though no phone is",
       "Callers hear the busy signal while the phone lies idle: it never got to know of the call.",
       "Both sides: 486 or 600 left the router, the INVITE never came out inside, and the phone has no call.",
       "The router answers in the phone's place: switch off its SIP ALG, call limits and call admission control, "
       "restart "
       "it, and let the phones register again.",
       "3261 21.4.24, 16"},
      {"call-wrong-phone", Severity::critical, "the wrong phone rings",
       "Two phones were announced to the provider under one and the same address: calls for one reach the other.",
       "A phone was sent an INVITE for a Contact that only another one registered; strong when it rings.",
       "Give each phone a SIP port of its own, restart the router and let the phones register again. If the router "
       "changes "
       "the Contact of their registrations, switch off its SIP ALG.",
       "3261 10.2.1, 16.5"},
      {"call-slow-setup", Severity::warning, "the router delays signalling",
       "It takes long until it rings, and until hanging up is noticed: the router keeps each message for a while.",
       "Both sides: a message outwards and one inwards together stay for 0.2 s or more, in the middle of the last "
       "ones.",
       "Something in the router looks into each message: switch off inspection of UDP, and its SIP ALG if it has one; "
       "if "
       "the router is overloaded, it has to be relieved.",
       "3261 17.1.1.1"},
      {"reg-timeout", Severity::critical, "REGISTER gets no answer",
       "The phone cannot log in: it shows 'no service', and can neither call nor be called.",
       "The phone repeated its REGISTER five times, over 10 s, and more, without an answer, or in spite of answers "
       "that "
       "are none to it.",
       "If the router changes Via or swallows REGISTER, switch off its SIP ALG. Else look whether the line, the name "
       "server and the provider work, whether port 5060 is blocked, and clear the router's old connections.",
       "3261 17.1.2.2, 18.1.2"},
      {"reg-auth-loop", Severity::critical, "REGISTER is challenged again and again",
       "The phone answers each demand for its password, and is asked again: it never gets in.",
       "Three times within a minute a REGISTER with credentials for the last challenge was challenged anew, without "
       "stale=true.",
       "Check user name and password first, letter by letter. If the router changes the digest's uri, Request-URI or "
       "realm (alg-authorization), switch off its SIP ALG.",
       "3261 22.1, 7616 3.3"},
      {"reg-rejected", Severity::critical, "REGISTER is rejected", "The provider refuses to let the phone in.",
       "400, 403, 404 and the like; strong at once if the REGISTER is broken, names the router instead of the domain, "
       "or "
       "was changed in what the answer is about; without that likely, when it happens again.",
       "If the router changed To, From or Contact, switch off its SIP ALG. Else check the user name and domain, and "
       "ask the "
       "provider whether the account is blocked or limited to other networks.",
       "3261 10.3, 21.4"},
  };
  return kinds;
}

}  // namespace vialens
