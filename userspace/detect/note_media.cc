// What the streams of a call show of why somebody hears nothing, or why somebody hears something in spite of the
// signalling: silence that is sent, pauses by design, answers to where media comes from, a path that is not here.
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"

namespace vialens {
namespace {

constexpr double kMute = 0.9, kSuppressed = 0.9, kLatched = 0.95, kBypass = 0.8, kOffload = 0.7;
constexpr std::uint64_t kPackets = 100;  // 2 s at 20 ms
constexpr Duration kPause = std::chrono::seconds(1);
constexpr Duration kPatience = std::chrono::seconds(8);  // without any packet, before anything is said of a call
constexpr Duration kAtOnce = std::chrono::milliseconds(500);
constexpr Duration kGivesUp = std::chrono::minutes(2);
constexpr std::uint64_t kFew = 10;

struct Stream {
  Flow flow;
  bool to_offerer = false;
};

struct Media {  // of one call
  std::string call_id;
  Time agreed{};  // the last answer
  bool held = false, ended = false, open = false, vanished = false;
  TapId tap = 0;  // which the line is of
  MediaLine line{};
  std::vector<Stream> streams;
};

class NoteMedia final : public Detector {
 public:
  explicit NoteMedia(const Scene& scene) : scene_(scene) {}

  void on_session(const Session& session, Findings&) override {
    for (const sip::Media& offered : session.offer.media()) {
      const auto index = static_cast<std::size_t>(&offered - session.offer.media().data());
      if (index >= session.answer.media().size()) break;
      const sip::Media& answered = session.answer.media()[index];
      const auto a = address_of(session.offer, offered);
      const auto b = address_of(session.answer, answered);
      if (offered.kind != "audio" || !a || !b || answered.port == 0 || offered.port == 0) continue;
      Media& media = media_[hash(session.call_id)];
      media.call_id = session.call_id;
      media.agreed = session.time;
      media.held = direction_of(session.answer, answered) != MediaDirection::sendrecv || a->address.is_unspecified() ||
                   b->address.is_unspecified();
      media.tap = session.tap->id;
      media.line = {media.call_id,
                    session.time,
                    session.offerer,
                    session.answerer,
                    *a,
                    *b,
                    direction_of(session.answer, answered),
                    true};
      if (!std::exchange(media.open, true)) open_.push_back(hash(session.call_id));
      return;
    }
    if (Media* media = media_.find(hash(session.call_id))) media->ended = true;  // no audio any more: a fax
  }

  void on_message(const Seen& seen, Findings&) override {
    if (seen.sighting.message->method() != "BYE") return;
    if (Media* media = media_.find(hash(seen.call_id))) media->ended = true;
  }

  void on_flow(const Flow& flow, Findings& findings) override {
    if (!flow.believed) return;
    const auto match = scene_.media.find(flow);
    if (!match) return;
    Media& media = media_[hash(match->line->call_id)];
    if (media.call_id.empty()) return;
    Stream* stream = nullptr;
    for (Stream& known : media.streams)
      if (known.flow.tap == flow.tap && known.flow.ssrc == flow.ssrc && known.flow.source == flow.source)
        stream = &known;
    if (stream == nullptr) {
      if (media.streams.size() >= 32) return;
      stream = &media.streams.emplace_back();
    }
    *stream = {flow, match->to_offerer};
    look_at(media, flow, findings);
    look_for_latching(media, *match->line, flow, findings);
  }

  void advance(Time now, Findings& findings) override {
    std::erase_if(open_, [&](std::size_t key) {
      Media* const media = media_.find(key);
      if (media == nullptr) return true;
      media->open = !is_done(*media, now, findings);
      return !media->open;
    });
  }

 private:
  // Whether there is nothing more to be said of this call.
  bool is_done(Media& media, Time now, Findings& findings) const {
    if (media.ended || media.held) return media.ended;
    if (!media.streams.empty()) {
      look_for_offload(media, now, findings);
      return media.vanished;
    }
    if (now - media.agreed >= kPatience) look_for_bypass(media, now, findings);
    return now - media.agreed > kGivesUp;
  }

  void tell(std::string_view id, double confidence, const Media& media, Time time, std::string detail,
            Evidence evidence, Findings& findings) const {
    const FindingKind* const kind = find_kind(id);
    const Subject subject = subject_of_call(media.call_id);
    if (findings.repeats(kind, subject, confidence)) return;
    Finding finding;
    finding.kind = kind;
    finding.confidence = confidence;
    finding.time = time;
    finding.subject = subject;
    finding.detail = std::move(detail);
    finding.evidence.push_back(std::move(evidence));
    findings.add(finding);
  }

  Evidence of_stream(const Flow& flow, std::string_view field, std::string value) const {
    return {scene_.taps[flow.tap].name, "RTP", 0, std::string(field), "", std::move(value)};
  }

  void look_at(const Media& media, const Flow& flow, Findings& findings) const {
    if (flow.packets >= kPackets && flow.silent * 50 >= flow.packets * 49)
      tell("note-mute", kMute, media, flow.last,
           fmt::format("What {} sends is silence: {} of {} packets have the same sample throughout.",
                       to_string(flow.source), flow.silent, flow.packets),
           of_stream(flow, "silent packets", std::to_string(flow.silent)), findings);
    if (flow.comfort_noise > 0 && flow.longest_gap >= kPause)
      tell("note-silence-suppression", kSuppressed, media, flow.last,
           fmt::format("{} sends comfort noise and pauses while nobody speaks, up to {:.1f} s.", to_string(flow.source),
                       std::chrono::duration<double>(flow.longest_gap).count()),
           of_stream(flow, "longest pause",
                     fmt::format("{:.1f} s", std::chrono::duration<double>(flow.longest_gap).count())),
           findings);
  }

  // The provider answers to where the media comes from (RFC 7362): then the address that was announced to it, which
  // leads nowhere from there, does no harm.
  void look_for_latching(const Media& media, const MediaLine& line, const Flow& flow, Findings& findings) const {
    const Side side = scene_.taps[flow.tap].side;
    if (side != Side::wan && side != Side::server) return;
    for (const Stream& other : media.streams) {
      if (scene_.taps[other.flow.tap].side != side || other.flow.source != flow.destination ||
          other.flow.destination != flow.source)
        continue;
      // One of the two is what the phone announced, and is not where either stream goes.
      for (const auto& [announced, remote] : {std::pair{line.offered, line.answered}, {line.answered, line.offered}}) {
        if (!announced.address.is_private() || announced.address.is_unspecified()) continue;
        if (announced == flow.source || announced == flow.destination) continue;
        const Flow& to_phone = flow.source == remote || flow.source.address == remote.address ? flow : other.flow;
        tell("note-latched", kLatched, media, flow.last,
             fmt::format("{} was announced for the phone's media, which nobody reaches from outside, but the other end "
                         "sends to {}, where the phone's media comes from.",
                         to_string(announced), to_string(to_phone.destination)),
             of_stream(to_phone, "destination", to_string(to_phone.destination)), findings);
        return;
      }
    }
  }

  // No packet of the call has been seen, and it was agreed that there need not be: both ends are on one side of the
  // box, or the phone has its media somewhere else than itself.
  void look_for_bypass(const Media& media, Time now, Findings& findings) const {
    const MediaLine& line = media.line;
    const auto near = [](const Address& a, const Address& b) {  // one /24, or one /64
      const std::size_t bytes = a.is_v4() ? 15 : 8;
      return a.is_private() && b.is_private() && std::equal(a.bytes.begin(), a.bytes.begin() + bytes, b.bytes.begin());
    };
    const bool direct =
        line.offered.address != line.answered.address && near(line.offered.address, line.answered.address);
    const auto elsewhere = [&](const Endpoint& media_address, const Endpoint& signalling) {
      return !media_address.address.is_private() && media_address.address != signalling.address &&
             signalling.address.is_private() && !scene_.box.owns(media_address.address);
    };
    const bool relayed = elsewhere(line.offered, line.offerer) || elsewhere(line.answered, line.answerer);
    if (!direct && !relayed) return;
    tell("note-media-bypass", kBypass, media, now,
         fmt::format("Media was agreed between {} and {}, and none of it passes here: {}.", to_string(line.offered),
                     to_string(line.answered), direct ? "the two are neighbours" : "the phone has it somewhere else"),
         {scene_.taps[media.tap].name, "SDP", 0, "media addresses", to_string(line.offered), to_string(line.answered)},
         findings);
  }

  // Both directions vanish at the same moment wherever we look, and the call goes on: not two people, but one box that
  // hands the streams to its hardware.
  void look_for_offload(Media& media, Time now, Findings& findings) const {
    Time earliest = Time::max();
    Time latest = Time::min();
    bool both[2] = {false, false};
    for (const Stream& stream : media.streams) {
      if (stream.flow.packets < kFew) continue;
      earliest = std::min(earliest, stream.flow.last);
      latest = std::max(latest, stream.flow.last);
      both[stream.to_offerer ? 1 : 0] = true;
    }
    if (!both[0] || !both[1] || latest - earliest > kAtOnce || now - latest < kPatience || latest < media.agreed)
      return;
    media.vanished = true;
    tell("note-offload", kOffload, media, now,
         fmt::format(
             "Both directions of the media vanished at once {:.1f} s after the answer, and the call goes on: the "
             "box may have handed them to its hardware, where they are not seen.",
             std::chrono::duration<double>(latest - media.agreed).count()),
         of_stream(media.streams.front().flow, "streams", std::to_string(media.streams.size())), findings);
  }

  const Scene& scene_;
  Memory<Media> media_{16384};
  std::vector<std::size_t> open_;  // calls that may still be explained
};

}  // namespace

std::unique_ptr<Detector> make_note_media(const Scene& scene) { return std::make_unique<NoteMedia>(scene); }

}  // namespace vialens
