#include "userspace/verdict/mechanisms.h"

#include <algorithm>

namespace vialens {
namespace {

constexpr std::string_view kInvite = "INVITE", kAnswer = "* INVITE", kBoth = "INVITE|* INVITE";
constexpr bool kSure = true, kProbably = false;

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
    {"alg-partial", "", "", kProbably,
     "the router changed an address in one place and left it in another, so that the confirmation (ACK) cannot find "
     "its way"},
    {"alg-asymmetric", "", "", kProbably,
     "the router changes some messages of the call and not others, so that the two ends do not agree where the "
     "confirmation (ACK) has to go"},
    {"alg-via-params", kAnswer, "", kProbably, "the router altered the marks by which the answer finds its way"},
    {"alg-response-port", "", "", kProbably, "the router delivered the answer to another port than the phone's"},
    {"alg-call-id", "", "", kProbably, "the router renamed the call, and not in every message"},
    {"hint-mixed-addresses", kBoth, "", kProbably,
     "something on the way changed the phone's address in one place and left it in another, and the confirmation (ACK) "
     "was sent to the one that leads nowhere"},
    {"hint-content-length", "* INVITE|ACK", "", kProbably,
     "something on the way damaged the answer or its confirmation (ACK)"},
};

constexpr Mechanism kOutbound[] = {
    {"alg-dropped", "INVITE|* INVITE|ACK", "", kSure, "the router swallowed the call request (INVITE) or its answer"},
    {"alg-truncated", kInvite, "", kSure, "the router cut off the end of the call request (INVITE)"},
    {"alg-content-length", kInvite, "", kSure,
     "the router changed the call request (INVITE) without correcting its length"},
    {"alg-corrupted", kInvite, "", kSure, "the router made the call request (INVITE) unreadable"},
    {"alg-authorization", kInvite, "", kProbably, "the router altered what proves the password"},
    {"alg-duplicated", kInvite, "", kProbably,
     "the router let the call request (INVITE) leave twice, once changed and once not"},
    {"alg-request-uri", kInvite, "", kProbably, "the router changed who is being called"},
    {"alg-from-to", kInvite, "", kProbably, "the router changed the names of caller and called"},
    {"alg-identity", kInvite, "", kProbably, "the router changed the proof of who is calling"},
    {"alg-header-removed", kInvite, "", kProbably, "the router took a header out of the call request (INVITE)"},
    {"alg-route", kInvite, "", kProbably, "the router changed the route of the call request (INVITE)"},
    {"alg-asymmetric", "", "", kProbably,
     "the router did not put back in the answers what it had changed in the request"},
    {"alg-via-params", kBoth, "", kProbably, "the router altered the marks by which answers find their way"},
    {"alg-response-port", "", "", kProbably, "the router delivered the answers to another port than the phone's"},
    {"alg-sdp-address|alg-sdp-port|alg-sdp-attribute|alg-sdp-origin", kInvite, "", kProbably,
     "the router changed the description of the media in the call request (INVITE)"},
    {"nat-fragments", "", "", kProbably, "the router loses fragments of large messages"},
    {"hint-content-length", kInvite, "", kProbably,
     "something on the way changed the call request (INVITE) without correcting its length"},
    {"hint-mixed-addresses", kInvite, "", kProbably,
     "something on the way changed addresses in the call request (INVITE)"},
};

constexpr Mechanism kMerged[] = {
    {"alg-duplicated", kInvite, "", kSure,
     "the router let the call request (INVITE) leave twice, once changed and once not"},
    {"alg-asymmetric|alg-via|alg-via-params", "", "", kProbably,
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
    {"alg-asymmetric", "", "", kProbably, "the router changed the call and its CANCEL in different ways"},
};

constexpr Mechanism kInbound[] = {
    {"alg-dropped", kInvite, "", kSure, "the router swallowed the call request (INVITE)"},
    {"alg-contact-port", "", "", kSure,
     "the router registered the phone under a port that leads nowhere, and the call was sent there"},
    {"nat-timeout", "", "", kSure, "the router forgot the phone's connection (NAT mapping) while nothing was sent"},
    {"nat-stale-mapping", "", "", kSure, "the router still uses its old outside address for the phone"},
    {"alg-injected", "", "", kProbably, "the router answered in the phone's name"},
    {"alg-contact", "REGISTER|* REGISTER", "", kProbably,
     "the router changed the address under which the phone is registered"},
    {"alg-route", "REGISTER|* REGISTER", "", kProbably, "the router changed the route by which the phone is reached"},
    {"alg-header-removed", "REGISTER|* REGISTER", "", kProbably,
     "the router took something out of the registration by which the phone is reached"},
    {"alg-expires", "", "", kProbably, "the router changed how long the registration lasts"},
    {"alg-via|alg-via-params", "REGISTER|* REGISTER", "", kProbably,
     "the router hid from the provider that there is a NAT, so that nobody keeps the connection open"},
    {"hint-received-private", "", "", kProbably,
     "something on the way hid from the phone under which address the provider sees it"},
    {"nat-fragments", "", "", kProbably, "the router loses fragments of large messages"},
};

constexpr Mechanism kBusy[] = {
    {"alg-injected", "", "", kSure, "the router answered \"busy\" in the phone's name"},
};

constexpr Mechanism kWrongPhone[] = {
    {"alg-contact-port", "", "", kSure, "the router registered two phones under one address and port"},
    {"alg-contact", "", "", kSure, "the router registered two phones under one address and port"},
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

constexpr Mechanism kRenegotiation[] = {
    {"alg-dropped", "INVITE|* INVITE|ACK|UPDATE|* UPDATE", "", kSure, "the router swallowed the request or its answer"},
    {"alg-content-length|alg-truncated|alg-corrupted", "INVITE|* INVITE|UPDATE|* UPDATE", "", kSure,
     "the router damaged the request or its answer"},
    {"alg-sdp-attribute", "INVITE|* INVITE|UPDATE|* UPDATE|ACK", "", kSure,
     "the router changed which way the audio is to go"},
    {"alg-sdp-address|alg-sdp-origin|alg-sdp-port", "INVITE|* INVITE|UPDATE|* UPDATE|ACK", "", kProbably,
     "the router changed the description of the audio in the request"},
    {"alg-contact|alg-contact-port|alg-route|alg-request-uri|alg-call-id", kBoth, "", kProbably,
     "the router changed where requests of the call are sent"},
    {"alg-partial|alg-asymmetric", "", "", kProbably,
     "the router changed some messages or addresses of the call and not others"},
    {"hint-sdp-version", "", "", kProbably,
     "the description of the audio changed on the way without saying so (o= version), and the other end ignored it"},
    {"nat-timeout", "", "", kProbably, "the router forgot the connection (NAT mapping) while the call was on hold"},
};

constexpr Mechanism kTransfer[] = {
    {"alg-refer", "", "", kSure, "the router changed the target of the transfer"},
    {"alg-dropped", "REFER|* REFER|NOTIFY|* NOTIFY", "", kSure, "the router swallowed a message of the transfer"},
    {"alg-call-id", "", "", kProbably,
     "the router renamed the call, so that the transfer names a call that the other end does not know"},
    {"alg-partial", "", "", kProbably,
     "the router changed addresses of the transfer in one place and left the target as it was, which leads nowhere "
     "from "
     "outside"},
    {"alg-header-removed", "", "Supported|Allow|Require", kProbably,
     "the router took out of the call that it can be transferred"},
    {"alg-request-uri|alg-route|alg-contact|alg-contact-port", "", "", kProbably,
     "the router changed where requests of the call are sent"},
    {"alg-asymmetric", "", "", kProbably, "the router changed some messages of the call and not others"},
    {"hint-mixed-addresses", "", "", kProbably,
     "something on the way changed addresses of the transfer in one place and left the target as it was"},
};

constexpr Mechanism kCrossed[] = {
    {"media-port-collision", "", "", kSure, "the router gave both calls the same address and port for their audio"},
    {"alg-sdp-address|alg-sdp-port|alg-sdp-origin", "", "", kProbably,
     "the router keeps the ports of the audio per connection and not per call, and gave those of the first call up "
     "when "
     "the second one came"},
    {"alg-contact|alg-contact-port|alg-call-id", "", "", kProbably, "the router confuses the two calls"},
};

constexpr Mechanism kFax[] = {
    {"alg-dropped", "INVITE|* INVITE|ACK|UPDATE|* UPDATE", "", kSure, "the router swallowed the switch to fax (T.38)"},
    {"alg-content-length|alg-truncated|alg-corrupted", "", "", kSure, "the router damaged the switch to fax (T.38)"},
    {"alg-sdp-address|alg-sdp-port|alg-sdp-attribute|alg-sdp-origin", "", "", kProbably,
     "the router changed the description of the fax"},
    {"alg-partial|alg-asymmetric", "", "", kProbably, "the router changed some addresses of the call and not others"},
};

constexpr Mechanism kMedia[] = {
    {"media-port-collision", "", "", kProbably, "two calls were given the same address and port for their audio"},
    {"nat-hairpin", "", "", kSure, "both phones are behind this router, and it does not turn their audio around"},
    {"nat-symmetric", "", "", kSure,
     "the router's NAT uses another port towards each destination than the one that was announced"},
    {"alg-partial", "", "SDP", kSure,
     "the router changed the address of the audio in one place of its description and left it in another"},
    {"alg-sdp-port", "", "", kProbably,
     "the router announced another port for the audio than the one that it lets through"},
    {"alg-sdp-address", "", "", kProbably,
     "the router changed the address to which the audio is sent, and does not pass on what comes there"},
    {"alg-sdp-attribute", "", "SDP line", kProbably,
     "the router took the keys of the encryption out of the description of the audio, or changed them",
     "a=crypto|a=fingerprint|a=key-mgmt"},
    {"alg-sdp-attribute", "", "SDP line", kProbably, "the router changed which way the audio is to go",
     "a=sendrecv|a=sendonly|a=recvonly|a=inactive"},
    {"alg-sdp-attribute", "", "", kProbably, "the router changed the description of the audio"},
    {"alg-content-length|alg-truncated|alg-corrupted", "", "", kProbably,
     "the router damaged the description of the audio"},
    {"alg-asymmetric|alg-partial", "", "", kProbably,
     "the router changed the address of the audio in some messages of the call and not in others"},
    {"alg-dropped", "ACK|UPDATE|* UPDATE|PRACK|* PRACK|INVITE|* INVITE", "", kProbably,
     "the router swallowed a message that describes the audio"},
    {"hint-ice-mismatch", "", "", kProbably, "something on the way changed where the audio is to go"},
    {"hint-mixed-addresses", "", "", kProbably,
     "something on the way changed the phone's address in one place and left it in another"},
    {"hint-sdp-version", "", "", kProbably,
     "the description of the audio changed on the way without saying so (o= version)"},
};

// It arrives, and cannot be decoded (media_decoding.h).
constexpr std::string_view kUnplayable = "payload type|encryption";
constexpr Mechanism kDecoding[] = {
    {"alg-sdp-attribute", "", "SDP line", kSure,
     "the router took the keys of the encryption out of the description of the audio, or changed them",
     "a=crypto|a=fingerprint|a=key-mgmt"},
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
    {"alg-asymmetric", "", "", kSure,
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

constexpr Mechanism kRegisterRejected[] = {
    {"alg-corrupted|alg-truncated|alg-content-length", "", "", kSure, "the router damaged the registration"},
    {"alg-from-to", "", "", kSure, "the router changed the name of the account"},
    {"alg-request-uri", "", "", kProbably, "the router changed for whom the registration is"},
    {"alg-authorization", "", "", kProbably, "the router altered what proves the password"},
    {"alg-expires", "", "", kProbably, "the router changed how long the registration is to last"},
    {"alg-header-removed|alg-route", "", "", kProbably, "the router took something out of the registration"},
    {"alg-contact|alg-contact-port", "", "", kProbably, "the router changed the address in the registration"},
    {"hint-content-length", "", "", kProbably, "something on the way damaged the registration"},
};

constexpr Symptom kSymptoms[] = {
    {"call-dropped-32s", "The call was cut off about half a minute after it was answered", kConfirmation},
    {"call-ack-lost", "The answered call will be cut off within half a minute", kConfirmation},
    {"call-ack-misrouted", "The confirmation of the call went to the wrong place", kConfirmation},
    {"call-outbound-timeout", "The phone's call got no answer at all", kOutbound},
    {"call-outbound-rejected", "The phone's call was rejected", kOutbound},
    {"call-merged", "The provider refused a second copy of the same call", kMerged},
    {"call-cancel-lost", "The phone kept ringing although the call was over", kCancel},
    {"call-inbound-lost", "A call to the phone never arrived", kInbound},
    {"call-binding-lost", "The phone cannot be reached any more", kInbound},
    {"call-busy-while-idle", "A call was answered \"busy\" although the phone was free", kBusy},
    {"call-wrong-phone", "The wrong phone rang", kWrongPhone},
    {"call-session-expired", "The call was ended because it was not refreshed in time", kRefresh},
    {"call-dropped-fixed", "Calls end after the same time again and again", kFixedAge},
    {"call-hold-failed", "Putting the call on hold failed", kRenegotiation},
    {"call-resume-failed", "Taking the call back from hold failed", kRenegotiation},
    {"call-transfer-failed", "The transfer failed", kTransfer},
    {"call-crossed", "A second call broke the first one", kCrossed},
    {"call-fax-failed", "The fax failed", kFax},
    {"media-one-way", "One of the two cannot decode what the other one sends", kDecoding, true, kUnplayable},
    {"media-one-way", "One of the two cannot hear the other", kMedia, true},
    {"media-none", "Neither of the two can decode what the other one sends", kDecoding, false, kUnplayable},
    {"media-none", "Neither of the two hears the other", kMedia},
    {"media-early-one-way", "What was to be heard before the call was answered never came", kMedia, true},
    {"reg-timeout", "The phone's registration gets no answer", kRegisterLost},
    {"reg-auth-loop", "The phone is asked for its password again and again", kRegisterAuth},
    {"reg-rejected", "The phone's registration was rejected", kRegisterRejected},
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

const Symptom* find_symptom(std::string_view id, std::string_view field) noexcept {
  const auto* const found = std::find_if(std::begin(kSymptoms), std::end(kSymptoms), [&](const Symptom& symptom) {
    return symptom.id == id && (symptom.evidence.empty() || is_one_of(field, symptom.evidence));
  });
  return found == std::end(kSymptoms) ? nullptr : found;
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
