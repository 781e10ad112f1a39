// What an agreed session is about: held, ICE, encrypted, a fax. Each explains media that would look wrong otherwise.
//
// Said of an offer that was answered (RFC 3264), not of one that was only made.
#include <fmt/format.h>

#include <algorithm>

#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.97;

struct Pair {  // one media section of offer and answer
  const sip::Sdp& offer;
  const sip::Media& offered;
  const sip::Sdp& answer;
  const sip::Media& answered;
};

bool is_rtp(const sip::Media& media) { return media.protocol.find("RTP/") != media.protocol.npos; }

// An address of 0.0.0.0 is how RFC 2543 said it (RFC 3264 8.4); a port that is not there yet is trickle ICE.
bool holds(const sip::Sdp& sdp, const sip::Media& media) {
  const auto address = address_of(sdp, media);
  const bool nowhere = address && address->address.is_unspecified() && !attribute(media.lines, "ice-ufrag");
  const MediaDirection direction = direction_of(sdp, media);
  return nowhere || direction == MediaDirection::sendonly || direction == MediaDirection::inactive;
}

std::string_view hold(const Session& session, const Pair& pair) {
  if (session.first || !is_rtp(pair.offered) || pair.answered.port == 0) return {};
  const MediaDirection answer = direction_of(pair.answer, pair.answered);
  const bool held =
      holds(pair.offer, pair.offered) || answer == MediaDirection::inactive || answer == MediaDirection::sendonly;
  return held ? "one side has put the call on hold, so media goes one way or none" : "";
}

std::string_view ice(const Session&, const Pair& pair) {
  const auto speaks = [](const sip::Sdp& sdp, const sip::Media& media) {
    return has_attribute(sdp, media, "ice-ufrag") || attribute(media.lines, "candidate");
  };
  const bool refused = has_attribute(pair.answer, pair.answered, "ice-mismatch");
  return !refused && speaks(pair.offer, pair.offered) && speaks(pair.answer, pair.answered)
             ? "both sides look for the best path with ICE, and may leave the announced one"
             : "";
}

std::string_view srtp(const Session&, const Pair& pair) {
  const auto secure = [](const sip::Media& media) { return media.protocol.find("SAVP") != media.protocol.npos; };
  return pair.answered.port != 0 && secure(pair.offered) && secure(pair.answered) ? "media is encrypted (SRTP)" : "";
}

std::string_view fax(const Session&, const Pair& pair) {
  const auto t38 = [](const sip::Media& media) {
    return media.kind == "image" && media.port != 0 && media.formats.find("t38") != media.formats.npos;
  };
  return t38(pair.offered) && t38(pair.answered) ? "both sides have switched to fax (T.38), and no RTP follows" : "";
}

struct Rule {
  std::string_view id;
  std::string_view (*holds)(const Session&, const Pair&);  // what to say; empty if it does not hold
};

constexpr Rule kRules[] = {{"note-hold", hold}, {"note-ice", ice}, {"note-srtp", srtp}, {"note-fax", fax}};

class NoteSession final : public Detector {
 public:
  void on_session(const Session& session, Findings& findings) override {
    const std::size_t count = std::min(session.offer.media().size(), session.answer.media().size());
    for (std::size_t i = 0; i < count; ++i) {
      const Pair pair{session.offer, session.offer.media()[i], session.answer, session.answer.media()[i]};
      for (const Rule& rule : kRules)
        if (const std::string_view what = rule.holds(session, pair); !what.empty())
          tell(rule, session, pair, what, findings);
    }
  }

 private:
  static void tell(const Rule& rule, const Session& session, const Pair& pair, std::string_view what,
                   Findings& findings) {
    const FindingKind* const kind = find_kind(rule.id);
    const Subject subject = subject_of_call(session.call_id);
    if (findings.repeats(kind, subject, kConfidence)) return;
    Finding finding;
    finding.kind = kind;
    finding.confidence = kConfidence;
    finding.time = session.time;
    finding.subject = subject;
    finding.detail = fmt::format("Since the answer to {} (CSeq {}) {}.", session.method, session.cseq, what);
    finding.evidence.push_back({session.tap->name, fmt::format("200 {}", session.method), session.cseq,
                                "SDP m= of offer and answer", std::string(pair.offered.text),
                                std::string(pair.answered.text)});
    findings.add(finding);
  }
};

}  // namespace

std::unique_ptr<Detector> make_note_session() { return std::make_unique<NoteSession>(); }

}  // namespace vialens
