// A REGISTER gets no answer, or none that the phone takes for one.
//
// The phone repeats it at 0.5, 1, 2, 4, 4, ... s and gives up after 64*T1 (RFC 3261 17.1.2.2). That it goes on shows
// that nothing has reached it that it could use, whatever is seen here: an answer whose Via is not the phone's is
// discarded (18.1.2). Told at the sixth copy, 11.5 s after the first, and surer when the time is up; over TCP, where
// nothing is repeated, then only, and if answers of that server are seen here.
#include <fmt/format.h>

#include "userspace/call/call_table.h"
#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"

namespace vialens {
namespace {

constexpr int kRepeats = 5, kMany = 8, kAfterAnswer = 3;
constexpr Duration kLong = std::chrono::seconds(10);
constexpr double kSix = 0.75, kNine = 0.88, kTimedOut = 0.93;

class RegTimeout final : public Detector {
 public:
  explicit RegTimeout(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    const Sighting& sighting = seen.sighting;
    if (!sighting.message->is_request()) answers_[server_of(sighting.tap->side, sighting.source)] = true;
    if (!is_request(seen, Method::register_)) return;
    const Transaction& asked = *seen.transaction;
    Asked& about = asked_[asked.key];
    if (seen.copy == 1) about = {.aor = aor_of(*sighting.message), .tap = sighting.tap->name};
    // One that was on its way when the answer came counts for nothing.
    if (asked.final && sighting.time - asked.final.first >= std::chrono::milliseconds(400)) ++about.after_answer;
    if (asked.repeats < kRepeats || sighting.time - asked.first < kLong) return;
    judge(asked, about, asked.repeats >= kMany ? kNine : kSix, sighting.time, findings);
  }

  void on_timeout(const Transaction& transaction, Findings& findings) override {
    const Asked* const about = transaction.method == Method::register_ ? asked_.peek(transaction.key) : nullptr;
    if (about == nullptr) return;
    const Time due = transaction.first + std::chrono::seconds(32);
    if (transaction.transport == Transport::tcp) {
      const bool answers_pass = answers_.peek(server_of(transaction.side, transaction.server)) != nullptr;
      if (!answers_pass || scene_.last_packet(transaction.side) < due) return;
    } else if (transaction.repeats < kRepeats) {
      return;  // the phone gave up, or its capture did
    }
    judge(transaction, *about, kTimedOut, due, findings);
  }

 private:
  struct Asked {
    std::string aor, tap;
    int after_answer = 0;  // copies
  };

  static std::size_t server_of(Side side, const Endpoint& server) {
    return mix(std::hash<Address>{}(server.address), static_cast<std::size_t>(side));
  }

  void judge(const Transaction& asked, const Asked& about, double confidence, Time now, Findings& findings) {
    if ((asked.final || asked.provisional) && about.after_answer < kAfterAnswer) return;
    Finding finding;
    finding.kind = find_kind("reg-timeout");
    finding.confidence = confidence;
    finding.time = now;
    finding.subject.kind = Subject::Kind::registration;
    finding.subject.aor = about.aor;
    if (findings.repeats(finding.kind, finding.subject, confidence)) return;
    finding.direction = "out";
    finding.detail =
        fmt::format("REGISTER from {} to {} was sent {} times in {:.1f} s{}.", to_string(asked.client),
                    to_string(asked.server), asked.copies, seconds(asked.last - asked.first),
                    asked.final ? ": the answers that pass here are none to the phone" : " and got no answer");
    finding.evidence.push_back({about.tap, "REGISTER", asked.cseq, "destination", to_string(asked.server), ""});
    findings.add(finding);
  }

  const Scene& scene_;
  Memory<Asked> asked_{8192};   // by transaction
  Memory<bool> answers_{4096};  // servers whose answers pass here
};

}  // namespace

std::unique_ptr<Detector> make_reg_timeout(const Scene& scene) { return std::make_unique<RegTimeout>(scene); }

}  // namespace vialens
