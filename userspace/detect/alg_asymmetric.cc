// The same place is rewritten in some messages between a phone and its provider, and left alone in others.
//
// What counts is an address that the box ought to translate: the phone's own on the way out, and the one that stands
// for it outside on the way in. It was seen to be rewritten in one message, and in another, of the same two end points,
// it went through as it was. A message of the same kind that is treated in another way than before shows that somebody
// has switched something: what was seen until then says nothing any more, unless it goes back and forth.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "userspace/core/literals.h"
#include "userspace/core/memory.h"
#include "userspace/detect/all.h"
#include "userspace/sip/fields.h"
#include "userspace/sip/sdp.h"

namespace vialens {
namespace {

constexpr double kConfidence = 0.97, kBackAndForth = 0.6;  // somebody may be trying out what a switch does

// The places that a router rewrites if it rewrites at all, by the name that a user would look for.
template <class Visit>
void each_place(const sip::Message& message, Visit visit) {
  using sip::HeaderName;
  if (message.is_request()) visit("Request-URI", message.request_uri());
  if (const auto via = sip::top_via(message)) visit("Via", via->sent_by.text);
  static constexpr std::pair<HeaderName, std::string_view> kHeaders[] = {{HeaderName::contact, "Contact"},
                                                                         {HeaderName::from, "From"},
                                                                         {HeaderName::to, "To"},
                                                                         {HeaderName::call_id, "Call-ID"},
                                                                         {HeaderName::record_route, "Record-Route"},
                                                                         {HeaderName::refer_to, "Refer-To"}};
  for (const auto& [name, where] : kHeaders)
    if (const std::string_view value = message.first(name); !value.empty()) visit(where, value);
  sip::Sdp sdp;
  if (!sip::Sdp::parse(sip::whole_sdp_body(message), sdp)) return;
  if (sdp.connection()) visit("SDP c=", sdp.connection()->text);
  if (sdp.origin()) visit("SDP o=", sdp.origin()->text);
}

class AlgAsymmetric final : public Detector {
 public:
  void on_crossing(const Crossing& crossing, Findings& findings) override {
    if (!crossing.translated() || crossing.proxied) return;
    const Address& own = (crossing.out() ? crossing.inside() : crossing.outside()).address;
    const sip::Message& entry = *crossing.entry.message;
    const sip::Message& exit = *crossing.exit.message;
    const bool same = crossing.changes.empty();
    const std::size_t flow =
        mix(std::hash<Address>{}(crossing.inside().address), std::hash<Endpoint>{}(crossing.remote()));
    Flow& known = flows_[flow];
    const std::string message = describe(entry);
    each_place(entry, [&](std::string_view where, std::string_view before) {
      if (!mentions(before, own)) return;
      std::string_view after = before;
      if (!same)
        each_place(exit, [&](std::string_view place, std::string_view value) {
          if (place == where) after = value;
        });
      const Treated treated = mentions(after, own) ? Treated::left : Treated::edited;
      note(known, treated, where, message, crossing, before, after, findings);
    });
    for (const Example& edited : known.edited)
      if (const Example* const left = find(known.left, edited.where)) return tell(edited, *left, crossing, findings);
  }

 private:
  enum class Treated : std::uint8_t { edited, left };
  struct Example {
    std::string_view where;  // a literal of each_place()
    std::string message, before;
    std::optional<std::string> after;  // unless it is the same
    Direction direction = Direction::unknown;
    std::uint32_t cseq = 0;

    bool is_of(std::string_view place, std::string_view kind, Direction way) const {
      return where == place && message == kind && direction == way;
    }
  };
  static constexpr std::size_t kMostBytes = 200;    // of a value
  static constexpr std::size_t kMostExamples = 40;  // of either kind: places of each_place(), in several messages
  static constexpr Duration kSwitching = std::chrono::seconds(60);
  struct Flow {
    std::vector<Example> edited, left;
    Time switched{};  // when a kind of message was last treated in another way
  };

  static const Example* find(const std::vector<Example>& examples, std::string_view where) {
    for (const Example& example : examples)
      if (example.where == where) return &example;
    return nullptr;
  }

  // `message` as describe() has it. Most messages are of kinds that are known, and cost no allocation.
  static void note(Flow& flow, Treated treated, std::string_view where, const std::string& message,
                   const Crossing& crossing, std::string_view before, std::string_view after, Findings& findings) {
    const auto is_like = [&](const Example& example) { return example.is_of(where, message, crossing.direction); };
    std::vector<Example>& same = treated == Treated::edited ? flow.edited : flow.left;
    std::vector<Example>& others = treated == Treated::edited ? flow.left : flow.edited;
    const auto otherwise = std::find_if(others.begin(), others.end(), is_like);
    if (otherwise == others.end() && std::any_of(same.begin(), same.end(), is_like)) return;
    const std::optional<std::string> changed =
        after == before ? std::nullopt : std::optional(std::string(after.substr(0, kMostBytes)));
    const Example now{where,
                      message,
                      std::string(before.substr(0, kMostBytes)),
                      changed,
                      crossing.direction,
                      crossing.entry.message->cseq()};
    if (otherwise != others.end()) {
      const Time time = crossing.exit.time;
      const Example then = *otherwise;
      flow.edited.clear();
      flow.left.clear();
      if (flow.switched != Time{} && time - flow.switched < kSwitching)
        tell(treated == Treated::edited ? now : then, treated == Treated::edited ? then : now, crossing, findings);
      flow.switched = time;
    }
    if (same.size() < kMostExamples) same.push_back(now);
  }

  static void tell(const Example& edited, const Example& left, const Crossing& crossing, Findings& findings) {
    const FindingKind* const kind = find_kind("alg-asymmetric");
    const bool switched = edited.is_of(left.where, left.message, left.direction);
    const double confidence = switched ? kBackAndForth : kConfidence;
    if (findings.repeats(kind, subject_of(crossing), confidence)) return;
    Finding finding = finding_of(kind, confidence, crossing);
    finding.detail =
        switched ? fmt::format("The router now rewrites {} in {} on its way {}, and now leaves it as it is.",
                               edited.where, edited.message, to_string(edited.direction))
                 : fmt::format("The router rewrites {} in {} on its way {} and leaves it as it is in {} on its way {}.",
                               edited.where, edited.message, to_string(edited.direction), left.message,
                               to_string(left.direction));
    // This message first, and then the other one, which may have been another call's.
    const sip::Message& message = *crossing.entry.message;
    const bool is_left = left.cseq == message.cseq() && left.message == describe(message);
    for (const Example* example : {is_left ? &left : &edited, is_left ? &edited : &left})
      finding.evidence.push_back({crossing.exit.tap->name, example->message, example->cseq, std::string(example->where),
                                  example->before, example->after.value_or(example->before)});
    findings.add(finding);
  }

  Memory<Flow> flows_{8192};
};

}  // namespace

std::unique_ptr<Detector> make_alg_asymmetric() { return std::make_unique<AlgAsymmetric>(); }

}  // namespace vialens
