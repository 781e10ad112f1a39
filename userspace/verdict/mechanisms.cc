#include "userspace/verdict/mechanisms.h"

#include <algorithm>

namespace vialens {
namespace {

constexpr std::string_view kInvite = "INVITE", kAnswer = "* INVITE", kBoth = "INVITE|* INVITE";
constexpr std::string_view kRegister = "REGISTER", kRegistering = "REGISTER|* REGISTER";
constexpr Claim kSure{.sure = true}, kProbably{};
// Where the router lost what it had itself opened a way for, it need not have written anything wrong.
constexpr Claim kProbablyIfLostHere{.even_if_right = true, .in_box = true};
constexpr Claim kProbablyIfAstray{.astray = true}, kSureIfAstray{.sure = true, .astray = true};
constexpr Claim kProbablyInBox{.in_box = true};
constexpr Claim kProbablyEvenIfRight{.even_if_right = true};
// Whoever refuses a request has got it, can read it, and knows the call.
constexpr Claim kSureOfRefusals{.sure = true, .refused = true}, kProbablyOfRefusals{.refused = true};

// What a message is matched by with the one before it; and where the next one goes.
constexpr std::string_view kNames = "Via|From|To|Call-ID";
constexpr std::string_view kTargets = "Contact|Record-Route|Route|Request-URI";
constexpr std::string_view kTargetsAndNames = "Contact|Record-Route|Route|Request-URI|Via|From|To|Call-ID";
// Lines of a description without which the other end cannot do what it is asked for.
constexpr std::string_view kDirections = "a=sendonly|a=recvonly|a=inactive";
constexpr std::string_view kKeys = "a=crypto|a=fingerprint|a=key-mgmt";

// The ACK goes where Contact and Record-Route of the 200 OK say (RFC 3261 12.2.1.1, 13.2.2.4).
constexpr Mechanism kConfirmation[] = {
    {"alg-dropped", "ACK", "", kSure, "the router swallowed the confirmation (ACK) that the other end was waiting for"},
    {"alg-dropped", kAnswer, "", kSure, "the router swallowed the answer (200 OK)"},
    {"alg-contact-port", "", "", kSure,
     "the router wrote a port into the phone's address (Contact) that leads nowhere, and the confirmation (ACK) was "
     "sent there"},
    {"alg-corrupted", "* INVITE|ACK", "", kSure, "the router made the answer or its confirmation unreadable"},
    {"alg-truncated", "* INVITE|ACK", "", kSure, "the router cut off the end of the answer or of its confirmation"},
    {"alg-contact", kAnswer, "", kProbably,
     "the router changed the address (Contact) in the answer to which the confirmation (ACK) is sent"},
    {"alg-route", "INVITE|* INVITE|ACK", "", kProbably,
     "the router changed the route of the call, and the confirmation (ACK) misses the provider's servers"},
    {"alg-request-uri", "ACK", "", kProbably, "the router changed whom the confirmation (ACK) is for"},
    {"alg-partial", kBoth, kTargets, kProbably,
     "the router changed an address in one place and left it in another, so that the confirmation (ACK) cannot find "
     "its way"},
    {"alg-asymmetric", "", kTargetsAndNames, kProbably,
     "the router changes some messages of the call and not others, so that the two ends do not agree where the "
     "confirmation (ACK) has to go"},
    {"alg-via-params", kAnswer, "", kProbably, "the router altered the marks by which the answer finds its way"},
    {"alg-response-port", "", "", kProbably, "the router delivered the answer to another port than the phone's"},
    {"alg-call-id", "", "", kProbably, "the router renamed the call, and not in every message"},
    {"hint-mixed-addresses", kBoth, kTargets, kProbably,
     "something on the way changed the phone's address in one place and left it in another, and the confirmation (ACK) "
     "was sent to the one that leads nowhere"},
    {"hint-content-length", "* INVITE|ACK", "", kProbably,
     "something on the way damaged the answer or its confirmation (ACK)"},
};

// What the other end has read it answers, if only to refuse it.
constexpr Mechanism kOutboundLost[] = {
    {"alg-dropped", "INVITE|* INVITE|ACK", "", kSure, "the router swallowed the call request (INVITE) or its answer"},
    {"alg-truncated", kInvite, "", kSure, "the router cut off the end of the call request (INVITE)"},
    {"alg-content-length", kInvite, "", kSure,
     "the router changed the call request (INVITE) without correcting its length"},
    {"alg-corrupted", kInvite, "", kSure, "the router made the call request (INVITE) unreadable"},
    {"alg-response-port", "", "", kProbably, "the router delivered the answers to another port than the phone's"},
    {"alg-asymmetric", "", kNames, kProbably,
     "the router did not put back in the answers what it had changed in the request"},
    {"alg-via|alg-via-params", kBoth, "", kProbably, "the router altered the marks by which answers find their way"},
    {"alg-request-uri", kInvite, "", kProbably, "the router changed who is being called"},
    {"alg-route", kInvite, "", kProbably, "the router changed the route of the call request (INVITE)"},
    {"nat-fragments", "", "", kProbably, "the router loses fragments of large messages"},
    {"hint-content-length", kInvite, "", kProbably,
     "something on the way changed the call request (INVITE) without correcting its length"},
};

constexpr Mechanism kOutboundRejected[] = {
    {"alg-truncated", kInvite, "", kSure, "the router cut off the end of the call request (INVITE)"},
    {"alg-content-length", kInvite, "", kSure,
     "the router changed the call request (INVITE) without correcting its length"},
    {"alg-corrupted", kInvite, "", kSure, "the router made the call request (INVITE) unreadable"},
    {"alg-authorization", kInvite, "", kProbably, "the router altered what proves the password"},
    {"alg-request-uri", kInvite, "", kProbably, "the router changed who is being called"},
    {"alg-from-to", kInvite, "", kProbably, "the router changed the names of caller and called"},
    {"alg-identity", kInvite, "", kProbably, "the router changed the proof of who is calling"},
    {"alg-header-removed", kInvite, "", kProbably, "the router took a header out of the call request (INVITE)"},
    {"alg-header-added", kInvite, "", kProbably, "the router put a header into the call request (INVITE)"},
    {"alg-route", kInvite, "", kProbably, "the router changed the route of the call request (INVITE)"},
    {"alg-contact", kInvite, "", kProbably, "the router changed the phone's address (Contact) in the call request"},
    {"alg-via|alg-via-params", kInvite, "", kProbably, "the router altered the marks by which answers find their way"},
    {"alg-sdp-address|alg-sdp-port|alg-sdp-attribute|alg-sdp-origin", kInvite, "", kProbably,
     "the router changed the description of the media in the call request (INVITE)"},
    {"hint-content-length", kInvite, "", kProbably,
     "something on the way changed the call request (INVITE) without correcting its length"},
    {"hint-mixed-addresses", kInvite, "", kProbably,
     "something on the way changed addresses in the call request (INVITE)"},
};

constexpr Mechanism kMerged[] = {
    {"alg-duplicated", kInvite, "", kSure,
     "the router let the call request (INVITE) leave twice, once changed and once not"},
    {"alg-asymmetric|alg-via|alg-via-params", "INVITE|* INVITE", "Via", kProbablyEvenIfRight,
     "the router changed the sender's mark (Via) in one copy of the call request and not in the other"},
};

constexpr Mechanism kCancel[] = {
    {"alg-dropped", "CANCEL", "", kSure, "the router swallowed the message that stops the ringing (CANCEL)"},
    {"alg-via|alg-via-params", "INVITE|CANCEL", "", kProbably,
     "the router changed the sender's mark (Via), by which the phone has to match the end of the ringing (CANCEL) to "
     "the "
     "call"},
    {"alg-request-uri|alg-call-id|alg-from-to", "INVITE|CANCEL", "", kProbably,
     "the router changed the names by which the phone has to match the end of the ringing (CANCEL) to the call"},
    {"alg-asymmetric", "", "Via|From|To|Call-ID|Request-URI", kProbably,
     "the router changed the call and its CANCEL in different ways"},
};

constexpr Mechanism kInbound[] = {
    {"alg-dropped", kInvite, "", kSure, "the router swallowed the call request (INVITE)"},
    {"alg-contact-port", "", "", kSure,
     "the router registered the phone under a port that leads nowhere, and the call was sent there"},
    {"nat-timeout", "", "", kSure, "the router forgot the phone's connection (NAT mapping) while nothing was sent"},
    {"nat-stale-mapping", "", "", kSure, "the router still uses its old outside address for the phone"},
    {"alg-injected", "", "", kProbably, "the router answered in the phone's name"},
    {"alg-contact", kRegistering, "", kProbably, "the router changed the address under which the phone is registered"},
    {"alg-route", kRegistering, "", kProbably, "the router changed the route by which the phone is reached"},
    {"alg-header-removed", kRegistering, "", kProbably,
     "the router took something out of the registration by which the phone is reached"},
    {"alg-expires", kRegistering, "", kProbably, "the router changed how long the registration lasts"},
    {"hint-received-private", "", "", kProbably,
     "something on the way hid from the phone under which address the provider sees it"},
    {"nat-fragments", "", "", kProbably, "the router loses fragments of large messages"},
};

// A provider that sees a NAT keeps the connection open from its side; one that sees none does not.
constexpr Mechanism kBinding[] = {
    {"alg-contact-port", "", "", kSure,
     "the router registered the phone under a port that leads nowhere, and the call was sent there"},
    {"nat-timeout", "", "", kSure, "the router forgot the phone's connection (NAT mapping) while nothing was sent"},
    {"nat-stale-mapping", "", "", kSure, "the router still uses its old outside address for the phone"},
    {"alg-contact", kRegistering, "", kProbably, "the router changed the address under which the phone is registered"},
    {"alg-expires", kRegistering, "", kProbably, "the router changed how long the registration lasts"},
    {"alg-via|alg-via-params", "REGISTER", "", kProbablyEvenIfRight,
     "the router hid from the provider that there is a NAT, so that nobody keeps the connection open"},
    {"hint-received-private", "", "", kProbably,
     "something on the way hid from the phone under which address the provider sees it"},
};

constexpr Mechanism kBusy[] = {
    {"alg-injected", "", "", kSure, "the router answered \"busy\" in the phone's name"},
};

constexpr Mechanism kWrongPhone[] = {
    {"alg-contact-port", "", "", kSure, "the router registered two phones under one address and port"},
    {"alg-contact", kRegistering, "", kProbably, "the router registered two phones under one address and port"},
};

constexpr Mechanism kRefresh[] = {
    {"alg-dropped", "UPDATE|INVITE|* UPDATE|* INVITE", "", kSure, "the router swallowed the refresh of the call"},
    {"alg-session-timer", "", "", kSure, "the router changed after how long the call has to be refreshed"},
    {"alg-header-removed", "", "Session-Expires|Supported|Require|Min-SE", kSure,
     "the router took out of the call how it is to be refreshed"},
    {"alg-route|alg-contact|alg-contact-port", kBoth, "", kProbably,
     "the router changed where the refresh of the call is sent"},
    {"nat-timeout", "", "", kProbably, "the router forgot the phone's connection (NAT mapping) while nothing was sent"},
};

constexpr Mechanism kFixedAge[] = {
    {"alg-session-timer", "", "", kSure, "the router changed after how long a call has to be refreshed"},
    {"alg-header-removed", "", "Session-Expires|Supported|Require|Min-SE", kProbably,
     "the router took out of the call how it is to be refreshed"},
    {"alg-dropped", "UPDATE|INVITE", "", kProbably, "the router swallowed the refresh of the call"},
    {"nat-timeout", "", "", kProbably, "the router forgets connections (NAT mappings) after that time"},
};

constexpr std::string_view kOffers = "INVITE|* INVITE|UPDATE|* UPDATE",
                           kOffersAndAck = "INVITE|* INVITE|UPDATE|* UPDATE|ACK";
constexpr Mechanism kRenegotiation[] = {
    {"alg-dropped", kOffersAndAck, "", kSure, "the router swallowed the request or its answer"},
    {"alg-content-length|alg-truncated|alg-corrupted", kOffers, "", kSureOfRefusals,
     "the router damaged the request or its answer"},
    {"alg-sdp-attribute", kOffersAndAck, "SDP line", kSureOfRefusals, "the router changed which way the audio is to go",
     kDirections},
    {"alg-sdp-attribute", kOffersAndAck, "SDP m=", kProbablyOfRefusals,
     "the router changed the codecs in the description of the audio"},
    {"alg-partial", kOffersAndAck, "SDP", kSureIfAstray,
     "the router changed the address of the audio in one place of its description and left it in another"},
    {"alg-sdp-port", kOffersAndAck, "", kProbablyIfLostHere,
     "the router announced another port for the audio than the one that it lets through"},
    {"alg-sdp-address", kOffersAndAck, "", kProbablyIfLostHere,
     "the router changed the address to which the audio is sent, and does not pass on what comes there"},
    {"alg-sdp-address|alg-sdp-port", kOffersAndAck, "", kProbably,
     "the router changed the description of the audio in the request"},
    {"alg-contact|alg-contact-port|alg-route|alg-request-uri|alg-call-id", kBoth, "", kProbably,
     "the router changed where requests of the call are sent"},
    {"alg-partial", kBoth, kTargets, kProbably,
     "the router changed an address in one place and left it in another, so that requests of the call cannot find "
     "their way"},
    {"alg-asymmetric", "", "", kProbably, "the router changed some messages of the call and not others"},
    {"hint-sdp-version", "", "", kProbably,
     "the description of the audio changed on the way without saying so (o= version), and the other end ignored it"},
    {"nat-timeout", "", "", kProbably, "the router forgot the connection (NAT mapping) while the call was on hold"},
};

constexpr std::string_view kTransferring = "REFER|* REFER|NOTIFY|* NOTIFY";
constexpr std::string_view kTransferTarget = "Refer-To|Referred-By|Replaces";
constexpr Mechanism kTransfer[] = {
    {"alg-refer", "", "", kSureOfRefusals, "the router changed the target of the transfer"},
    {"alg-dropped", kTransferring, "", kSure, "the router swallowed a message of the transfer"},
    {"alg-call-id", "", "", kProbablyOfRefusals,
     "the router renamed the call, so that the transfer names a call that the other end does not know"},
    {"alg-partial", "", kTransferTarget, kProbablyOfRefusals,
     "the router changed addresses of the transfer in one place and left the target as it was, which leads nowhere "
     "from outside"},
    {"alg-header-removed", "", "Supported|Allow|Require", kProbablyOfRefusals,
     "the router took out of the call that it can be transferred"},
    {"alg-request-uri|alg-route|alg-contact|alg-contact-port", "", "", kProbably,
     "the router changed where requests of the call are sent"},
    {"alg-asymmetric", "", "", kProbably, "the router changed some messages of the call and not others"},
    {"hint-mixed-addresses", "", kTransferTarget, kProbablyOfRefusals,
     "something on the way changed addresses of the transfer in one place and left the target as it was"},
};

constexpr Mechanism kCrossed[] = {
    {"media-port-collision", "", "", kSure, "the router gave both calls the same address and port for their audio"},
    {"alg-sdp-address|alg-sdp-port|alg-sdp-origin", "", "", kProbablyEvenIfRight,
     "the router keeps the ports of the audio per connection and not per call, and gave those of the first call up "
     "when "
     "the second one came"},
    {"alg-contact|alg-contact-port|alg-call-id", "", "", kProbably, "the router confuses the two calls"},
};

constexpr Mechanism kFax[] = {
    {"alg-dropped", kOffersAndAck, "", kSure, "the router swallowed the switch to fax (T.38)"},
    {"alg-content-length|alg-truncated|alg-corrupted", kOffers, "", kSureOfRefusals,
     "the router damaged the switch to fax (T.38)"},
    {"alg-sdp-attribute", kOffers, "", kProbablyOfRefusals, "the router changed the description of the fax",
     "image|a=T38|a=t38"},
    {"alg-sdp-address|alg-sdp-port", kOffers, "", kProbablyIfLostHere,
     "the router changed the address of the fax in its description, and does not pass on what comes there"},
    {"alg-sdp-address|alg-sdp-port", kOffers, "", kProbably, "the router changed the description of the fax"},
    {"alg-partial|alg-asymmetric", "", "", kProbably, "the router changed some addresses of the call and not others"},
};

// What was put into the description of the one who hears nothing.
constexpr Mechanism kMedia[] = {
    {"media-port-collision", "", "", kProbably, "two calls were given the same address and port for their audio"},
    {"nat-hairpin", "", "", kSure, "both phones are behind this router, and it does not turn their audio around"},
    {"nat-symmetric", "", "", kSure,
     "the router's NAT uses another port towards each destination than the one that was announced"},
    {"alg-partial", "", "SDP", kSure,
     "the router changed the address of the audio in one place of its description and left it in another"},
    {"alg-sdp-port", "", "", kProbablyIfLostHere,
     "the router announced another port for the audio than the one that it lets through"},
    {"alg-sdp-address", "", "", kProbablyIfLostHere,
     "the router changed the address to which the audio is sent, and does not pass on what comes there"},
    {"alg-sdp-port", "", "", kProbablyIfAstray, "the router announced another port for the audio"},
    {"alg-sdp-address", "", "", kProbably, "the router changed the address to which the audio is sent"},
    {"alg-sdp-attribute", "", "SDP line", kProbably,
     "the router took the keys of the encryption out of the description of the audio, or changed them", kKeys},
    {"alg-sdp-attribute", "", "SDP line", kProbably, "the router changed which way the audio is to go", kDirections},
    {"alg-sdp-attribute", "", "SDP m=", kProbably, "the router changed the codecs in the description of the audio"},
    {"alg-sdp-attribute", "", "", kProbablyInBox, "the router changed the description of the audio"},
    {"alg-content-length|alg-truncated|alg-corrupted", kOffersAndAck, "", kProbably,
     "the router damaged the description of the audio"},
    {"alg-asymmetric", "", "SDP", kProbably,
     "the router changed the address of the audio in some messages of the call and not in others"},
    {"alg-dropped", "ACK|UPDATE|* UPDATE|PRACK|* PRACK|INVITE|* INVITE", "", kProbably,
     "the router swallowed a message that describes the audio"},
    {"hint-ice-mismatch", "", "", kProbably, "something on the way changed where the audio is to go"},
    {"hint-mixed-addresses", "", "SDP", kProbably,
     "something on the way changed the phone's address in one place and left it in another"},
    {"hint-sdp-version", "", "", kProbably,
     "the description of the audio changed on the way without saying so (o= version)"},
};

// It arrives, and cannot be decoded (media_decoding.h).
constexpr std::string_view kUnplayable = "payload type|encryption";
constexpr Mechanism kDecoding[] = {
    {"alg-sdp-attribute", "", "SDP line", kSure,
     "the router took the keys of the encryption out of the description of the audio, or changed them", kKeys},
    {"alg-sdp-attribute", "", "SDP line", kSure,
     "the router changed what the payload types in the description of the audio mean", "a=rtpmap"},
    {"alg-sdp-attribute", "", "SDP m=", kSure,
     "the router changed the payload types or the encryption in the description of the audio"},
    {"alg-dropped", "ACK|UPDATE|* UPDATE|PRACK|* PRACK|INVITE|* INVITE", "", kProbably,
     "the router swallowed a message that describes the audio"},
    {"alg-content-length|alg-truncated|alg-corrupted", kBoth, "", kProbably,
     "the router damaged the description of the audio"},
};

constexpr Mechanism kRegisterLost[] = {
    {"alg-dropped", "REGISTER|* REGISTER", "", kSure, "the router swallowed the registration or its answer"},
    {"alg-response-port", "", "", kSure, "the router delivered the answer to another port than the phone's"},
    {"alg-asymmetric", kRegistering, "Via", kSure,
     "the router changed the sender's mark (Via) in the registration and did not put it back in the answer, which the "
     "phone therefore discards"},
    {"alg-truncated|alg-corrupted|alg-content-length", "", "", kSure, "the router damaged the registration"},
    {"nat-stale-mapping", "", "", kSure, "the router still uses its old outside address for the phone"},
    {"alg-via|alg-via-params", "", "", kProbably, "the router altered the marks by which the answer finds its way"},
    {"nat-fragments", "", "", kProbably, "the router loses fragments of large messages"},
};

constexpr Mechanism kRegisterAuth[] = {
    {"alg-authorization", "", "", kSure, "the router altered what proves the password"},
    {"alg-request-uri", "", "", kProbably, "the router changed the address for which the password was proven"},
    {"alg-from-to", "", "", kProbably, "the router changed the name of the account"},
};

// What was done to the answer is no reason for it.
constexpr Mechanism kRegisterRejected[] = {
    {"alg-corrupted|alg-truncated|alg-content-length", kRegister, "", kSure, "the router damaged the registration"},
    {"alg-from-to", kRegister, "", kSure, "the router changed the name of the account"},
    {"alg-request-uri", kRegister, "", kProbably, "the router changed for whom the registration is"},
    {"alg-authorization", kRegister, "", kProbably, "the router altered what proves the password"},
    {"alg-expires", kRegister, "", kProbably, "the router changed how long the registration is to last"},
    {"alg-header-removed|alg-route", kRegister, "", kProbably, "the router took something out of the registration"},
    {"alg-header-added", kRegister, "", kProbably, "the router put something into the registration"},
    {"alg-contact|alg-contact-port", kRegister, "", kProbably, "the router changed the address in the registration"},
    {"hint-content-length", kRegister, "", kProbably, "something on the way damaged the registration"},
};

// A call that came to its end without a fault has shown that what was done to its messages does no harm; not what it
// does to a call that is held, transferred or refreshed.
constexpr auto kByCalls = Symptom::Refuted::by_what_worked, kByInbound = Symptom::Refuted::by_inbound_calls;
constexpr Symptom kSymptoms[] = {
    {"call-dropped-32s", "The call was cut off about half a minute after it was answered", kConfirmation, kByCalls},
    {"call-ack-lost", "The answered call will be cut off within half a minute", kConfirmation, kByCalls},
    {"call-ack-misrouted", "The confirmation of the call went to the wrong place", kConfirmation, kByCalls},
    {"call-outbound-timeout", "The phone's call got no answer at all", kOutboundLost, kByCalls},
    {"call-outbound-rejected", "The phone's call was rejected", kOutboundRejected, kByCalls},
    {"call-merged", "The provider refused a second copy of the same call", kMerged},
    {"call-cancel-lost", "The phone kept ringing although the call was over", kCancel},
    {"call-inbound-lost", "A call to the phone never arrived", kInbound, kByInbound},
    {"call-binding-lost", "The phone cannot be reached any more", kBinding, kByInbound},
    {"call-busy-while-idle", "A call was answered \"busy\" although the phone was free", kBusy},
    {"call-wrong-phone", "The wrong phone rang", kWrongPhone},
    {"call-session-expired", "The call was ended because it was not refreshed in time", kRefresh},
    {"call-dropped-fixed", "Calls end after the same time again and again", kFixedAge},
    {"call-hold-failed", "Putting the call on hold failed", kRenegotiation},
    {"call-resume-failed", "Taking the call back from hold failed", kRenegotiation},
    {"call-transfer-failed", "The transfer failed", kTransfer},
    {"call-crossed", "A second call broke the first one", kCrossed},
    {"call-fax-failed", "The fax failed", kFax},
    {"media-one-way", "One of the two cannot decode what the other one sends", kDecoding, kByCalls, true, kUnplayable},
    {"media-one-way", "One of the two cannot hear the other", kMedia, kByCalls, true},
    {"media-none", "Neither of the two can decode what the other one sends", kDecoding, kByCalls, false, kUnplayable},
    {"media-none", "Neither of the two hears the other", kMedia, kByCalls},
    {"media-early-one-way", "What was to be heard before the call was answered never came", kMedia, kByCalls, true},
    {"reg-timeout", "The phone's registration gets no answer", kRegisterLost, kByCalls},
    {"reg-auth-loop", "The phone is asked for its password again and again", kRegisterAuth, kByCalls},
    {"reg-rejected", "The phone's registration was rejected", kRegisterRejected, kByCalls},
};

// Calls `visit` with each part of a list separated by '|' until it returns true.
template <class Visit>
bool any_part(std::string_view list, Visit visit) noexcept {
  for (;;) {
    const std::size_t bar = list.find('|');
    if (visit(list.substr(0, bar))) return true;
    if (bar == list.npos) return false;
    list.remove_prefix(bar + 1);
  }
}

}  // namespace

bool Claim::holds_at(Locus locus) const noexcept {
  return (!in_box && !astray) || (in_box && locus == Locus::in_box) || (astray && locus == Locus::astray);
}

const Symptom* find_symptom(std::string_view id, std::string_view field) noexcept {
  const auto* const found = std::find_if(std::begin(kSymptoms), std::end(kSymptoms), [&](const Symptom& symptom) {
    return symptom.id == id && (symptom.evidence.empty() || is_one_of(field, symptom.evidence));
  });
  return found == std::end(kSymptoms) ? nullptr : found;
}

bool explains_though_right(std::string_view cause) noexcept {
  return std::any_of(std::begin(kSymptoms), std::end(kSymptoms), [&](const Symptom& symptom) {
    return std::any_of(symptom.mechanisms.begin(), symptom.mechanisms.end(), [&](const Mechanism& mechanism) {
      return mechanism.claim.even_if_right && is_one_of(cause, mechanism.cause);
    });
  });
}

bool is_one_of(std::string_view message, std::string_view patterns) noexcept {
  return any_part(patterns, [&](std::string_view pattern) {
    if (!pattern.starts_with("* ")) return pattern == message;
    const std::size_t space = message.find(' ');
    return space != message.npos && message.substr(space + 1) == pattern.substr(2);
  });
}

bool begins_with_one_of(std::string_view text, std::string_view beginnings) noexcept {
  return any_part(beginnings, [&](std::string_view beginning) { return text.starts_with(beginning); });
}

}  // namespace vialens
