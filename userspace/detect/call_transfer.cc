// A transfer fails (RFC 3515, 3891, 5589): the REFER is refused or nobody answers it, the transferee reports that it
// could not call (NOTIFY with a sipfrag), or the call that is to replace another one names one that its receiver does
// not know (481).
//
// It fails for the one who transfers if it never learns what became of it. Who accepts a REFER has to report at once
// (RFC 3515 2.4.4), unless it was agreed that it need not (RFC 4488, 7614). So it is likely where nobody answers the
// report, or where none comes within 64*T1 (RFC 6665 4.1.2.4, Timer N) and the call is still up: many hang up instead
// of reporting. Or where the other end hangs up without a report and the REFER had named a private address, which it
// cannot have called; one that is the domain of the call's own names is known to the provider, and no place to send to.
//
// That the person to whom was transferred is busy, does not want to, or does not come, is that person's affair; and so
// is that one of those concerned hangs up while the transfer is under way. Then the REFER meets a BYE (487, or 481 from
// who sent it; RFC 3261 15.1.2), or the call to be replaced is no more (481, where RFC 3891 3 asks for 603).
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kReported = 0.9, kRefused = 0.85, kUnanswered = 0.85, kReplaces = 0.85, kPersonal = 0.3;
constexpr double kReportLost = 0.7, kNoReport = 0.6, kUnknownDialog = 0.6;
constexpr Duration kNoAnswer = std::chrono::seconds(7);
constexpr Duration kTimerN = std::chrono::seconds(32 + 2);  // 64*T1, and a little
constexpr Duration kMayHaveMet = std::chrono::seconds(4);   // a BYE that was lost comes again by then, three times
constexpr std::size_t kMostOpen = 16384;

// The status of "SIP/2.0 404 Not Found", which a message/sipfrag begins with (RFC 3420); 0 for anything else.
int status_of(std::string_view fragment) {
  constexpr std::string_view kVersion = "SIP/2.0 ";
  if (!fragment.starts_with(kVersion)) return 0;
  fragment.remove_prefix(kVersion.size());
  int status = 0;
  std::from_chars(fragment.data(), fragment.data() + std::min<std::size_t>(fragment.size(), 3), status);
  return status;
}

// What is behind "?Replaces=" or "&Replaces=" in a Refer-To, without its escapes (RFC 3261 19.1.1, RFC 3891 4).
std::string replaces_of(std::string_view refer_to) {
  constexpr std::string_view kName = "Replaces=";
  const std::size_t at = refer_to.find(kName);
  std::string text;
  if (at == refer_to.npos) return text;
  refer_to.remove_prefix(at + kName.size());
  refer_to = refer_to.substr(0, refer_to.find_first_of("&>"));
  for (std::size_t i = 0; i < refer_to.size(); ++i) {
    auto byte = static_cast<unsigned char>(refer_to[i]);
    if (byte == '%' && i + 2 < refer_to.size() &&
        std::from_chars(refer_to.data() + i + 1, refer_to.data() + i + 3, byte, 16).ec == std::errc{})
      i += 2;
    text.push_back(static_cast<char>(byte));
  }
  return text;
}

// What a request sent outside gives as the place to call, if that is a private address and not the provider's own
// domain.
std::string private_target(const sip::Message& refer) {
  const auto refer_to = sip::parse_name_addr(refer.first(sip::HeaderName::refer_to));
  if (!refer_to) return "";
  const std::string_view host = refer_to->uri.host_port.host;
  const auto address = Address::parse(host);
  if (!address || !address->is_private()) return "";
  const auto from = sip::from(refer), to = sip::to(refer);
  const auto target = sip::parse_uri(refer.request_uri());
  if ((from && from->uri.host_port.host == host) || (to && to->uri.host_port.host == host) ||
      (target && target->host_port.host == host))
    return "";
  return std::string(host);
}

// It need not be reported what becomes of it (RFC 4488 4, RFC 7614 4.1).
bool waives_report(const sip::Message& message) {
  const std::string_view require = header_of(message, "Require");
  return header_of(message, "Refer-Sub").starts_with("false") || require.find("nosub") != require.npos ||
         require.find("explicitsub") != require.npos;
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find_first_of("\r\n")); }

// Busy, no answer, declined, cancelled (RFC 3261 21).
bool is_personal(int status) {
  constexpr int kOfPeople[] = {480, 486, 487, 600, 603};
  return std::find(std::begin(kOfPeople), std::end(kOfPeople), status) != std::end(kOfPeople);
}

class CallTransfer final : public Detector {
 public:
  explicit CallTransfer(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    const Transaction* const transaction = seen.transaction;
    if (transaction == nullptr) return;
    const sip::Message& message = *seen.sighting.message;
    if (transaction->method == Method::refer)
      on_refer(seen, findings);
    else if (transaction->method == Method::notify && message.is_request())
      on_notify(seen, findings);
    else if (transaction->method == Method::invite)
      on_invite(seen, findings);
  }

  void on_capture_loss(Time now) override { lost_ = std::max(lost_, now); }

  void advance(Time now, Findings& findings) override {
    std::erase_if(unknown_, [&](const Unknown& one) {
      const Dialog* const dialog = scene_.dialogs.find(one.dialog);
      const auto ended_by = dialog == nullptr ? std::nullopt : hung_up_by(scene_, *dialog);
      if (dialog != nullptr && !ended_by && now - one.finding.time < kMayHaveMet) return false;
      if (dialog == nullptr || ended_by != one.by) findings.add(one.finding);
      return true;
    });
    std::erase_if(open_, [&](const Open& one) { return is_decided(one, findings); });
    std::erase_if(accepted_, [&](const Open& refer) { return is_reported_or_told(refer, now, findings); });
  }
  void finish(Time now, Findings& findings) override { advance(now + kMayHaveMet, findings); }

 private:
  // A REFER or a report of what became of it, without an answer; or a REFER that was accepted.
  struct Open {
    std::string call_id;
    std::size_t transaction = 0;
    TapId tap = 0;
    std::uint32_t cseq = 0;
    Time time{};                // sent, or accepted
    std::size_t dialog = 0;     // its key
    std::optional<Party> by{};  // who sent it
    bool report = false;
    std::string text{};  // of a report what it says, of a REFER the private address that it names outside
  };

  bool is_decided(const Open& one, Findings& findings) const {
    const Transaction* const transaction = scene_.transactions.find(one.transaction);
    if (transaction == nullptr || transaction->final || lost_ > one.time) return true;
    if (transaction->provisional) return false;
    const Dialog* const dialog = scene_.dialogs.find(one.dialog);
    if (one.report && (dialog == nullptr || dialog->bye_from)) return true;
    const Time until = std::max({transaction->last, scene_.packets[one.tap], scene_.heard[one.tap]});
    if (until - one.time < kNoAnswer) return false;
    if (transaction->transport == Transport::udp && transaction->copies < 2) return true;  // it would be repeated
    const std::string what =
        one.report
            ? fmt::format(
                  "The report on the transfer ({}) was sent {} times, and nobody answers: who asked for it "
                  "never learns what became of it",
                  one.text.empty() ? "NOTIFY" : '"' + one.text + '"', transaction->copies)
            : fmt::format("The request to transfer (REFER) was sent {} times, and nobody answers", transaction->copies);
    tell(one, one.report ? kReportLost : kUnanswered, until, what, findings);
    return true;
  }

  bool is_reported_or_told(const Open& refer, Time now, Findings& findings) const {
    const Dialog* const dialog = scene_.dialogs.find(refer.dialog);
    if (dialog == nullptr || lost_ > refer.time) return true;
    if (dialog->bye_from) {
      if (refer.text.empty() || dialog->bye_from == refer.by) return true;
      if (now - dialog->ended < kMayHaveMet) return false;  // a report may follow (RFC 5057)
      tell(
          refer, kNoReport, dialog->ended,
          fmt::format("The request to transfer (REFER) names {}, a private address that nobody out there can call; the "
                      "other end accepted it, reported nothing and hung up",
                      refer.text),
          findings);
      return true;
    }
    const Time until = std::max(scene_.packets[refer.tap], scene_.heard[refer.tap]);
    if (until - refer.time < kTimerN) return false;
    tell(refer, kNoReport, until,
         fmt::format(
             "The request to transfer (REFER) was accepted {:.0f} s ago, nobody has reported what became of it, "
             "and the call is still up{}",
             seconds(until - refer.time),
             refer.text.empty() ? ""
                                : ": it names " + refer.text + ", a private address that nobody out there can call"),
         findings);
    return true;
  }

  void tell(const Open& one, double confidence, Time time, std::string_view what, Findings& findings) const {
    if (findings.repeats(kind_, subject_of_call(one.call_id), confidence)) return;
    findings.add(finding_of_transfer(one.call_id, confidence, time, scene_.taps[one.tap].name,
                                     one.report ? "NOTIFY" : "REFER", one.cseq, what, ""));
  }

  // A REFER to which its receiver says that it knows no such dialog.
  struct Unknown {
    std::size_t dialog = 0;  // its key
    std::optional<Party> by{};
    Finding finding{};
  };

  void on_refer(const Seen& seen, Findings& findings) {
    const sip::Message& message = *seen.sighting.message;
    if (message.is_request()) {
      const std::string replaces = replaces_of(message.first(sip::HeaderName::refer_to));
      refers_[hash(seen.call_id)] = {.attended = !replaces.empty(),
                                     .replaced = Dialogs::key_of(seen.sighting.tap->side, replaces),
                                     .sender = seen.sighting.source};
      if (seen.copy == 1) note(seen, outside(seen) ? private_target(message) : "");
      if (waives_report(message)) unreported_[seen.transaction->key] = true;
      return;
    }
    const int status = message.status();
    if (status >= 200 && status < 300) accept(seen);
    if (status < 300 || status == 401 || status == 407 || status == 491 || status == 487) return;
    if (seen.dialog != nullptr && hung_up_by(scene_, *seen.dialog)) return;
    const std::string what =
        fmt::format("The request to transfer (REFER) was refused with {} {}", status, message.reason());
    if (status == 481 && seen.dialog != nullptr && unknown_.size() < kMostOpen) {
      if (seen.copy == 1) unknown_.push_back({seen.dialog->key, seen.from, finding_of_transfer(seen, kRefused, what)});
      return;
    }
    // Of a dialog whose beginning was missed its end may have been, too.
    tell(seen, status == 481 && seen.dialog == nullptr ? kUnknownDialog : kRefused, what, findings);
  }

  void note(const Seen& seen, std::string text) {
    if (open_.size() >= kMostOpen) return;
    open_.push_back({.call_id = std::string(seen.call_id),
                     .transaction = seen.transaction->key,
                     .tap = seen.sighting.tap->id,
                     .cseq = seen.sighting.message->cseq(),
                     .time = seen.sighting.time,
                     .dialog = seen.dialog == nullptr ? 0 : seen.dialog->key,
                     .by = seen.from,
                     .report = seen.transaction->method == Method::notify,
                     .text = std::move(text)});
  }

  // From now on a report has to come.
  void accept(const Seen& seen) {
    const auto refer = std::find_if(open_.begin(), open_.end(), [&](const Open& one) {
      return !one.report && one.transaction == seen.transaction->key;
    });
    if (refer == open_.end()) return;
    const bool waived = waives_report(*seen.sighting.message) || unreported_.peek(refer->transaction) != nullptr;
    if (!waived && refer->dialog != 0 && refer->by && accepted_.size() < kMostOpen) {
      accepted_.push_back(std::move(*refer));
      accepted_.back().time = seen.sighting.time;
    }
    open_.erase(refer);
  }

  // The report may be here before the answer to the REFER (RFC 3515 2.4.4).
  void reported(std::size_t dialog) {
    std::erase_if(accepted_, [&](const Open& refer) { return refer.dialog == dialog; });
    for (const Open& one : open_)
      if (!one.report && one.dialog == dialog) unreported_[one.transaction] = true;
  }

  // Where the phone's own private addresses mean nothing.
  bool outside(const Seen& seen) const {
    return place_of(seen.sighting.tap->side) == Place::outside && is_from_phone(scene_, seen.sighting) &&
           !seen.sighting.destination.address.is_private();
  }

  void on_notify(const Seen& seen, Findings& findings) {
    const sip::Message& message = *seen.sighting.message;
    if (!message.first(sip::HeaderName::event).starts_with("refer")) return;
    if (seen.dialog != nullptr) reported(seen.dialog->key);
    if (seen.copy == 1 && seen.dialog != nullptr && refers_.peek(hash(seen.call_id)) != nullptr)
      note(seen, std::string(first_line(message.body()).substr(0, 80)));
    const int status = status_of(message.body());
    if (status < 300) return;
    tell(seen, is_personal(status) || (status == 481 && target_hung_up(seen)) ? kPersonal : kReported,
         fmt::format("The other end could not call where it was transferred to, and reports \"{}\"",
                     first_line(message.body())),
         findings);
  }

  // The person to whom was to be transferred had been asked first, and was gone. That the one who transfers hung up
  // there before it was done is a fault of its own.
  bool target_hung_up(const Seen& seen) const {
    const Refer* const refer = refers_.peek(hash(seen.call_id));
    const Dialog* const dialog = refer == nullptr ? nullptr : scene_.dialogs.find(refer->replaced);
    const auto by = dialog == nullptr ? std::nullopt : hung_up_by(scene_, *dialog);
    return by && dialog->endpoint(*by) != refer->sender;
  }

  // A call that is to take another one's place (RFC 3891 3). That one may have been hung up just now.
  void on_invite(const Seen& seen, Findings& findings) {
    const sip::Message& message = *seen.sighting.message;
    if (message.is_request()) {
      const std::string_view replaces = message.first(sip::HeaderName::replaces);
      if (!seen.transaction->in_dialog && !replaces.empty())
        replaces_[hash(seen.call_id)] = {Dialogs::key_of(seen.sighting.tap->side, replaces)};
      return;
    }
    const Replaced* const replaced = replaces_.peek(hash(seen.call_id));
    if (message.status() != 481 || seen.transaction->in_dialog || replaced == nullptr) return;
    const Dialog* const dialog = scene_.dialogs.find(replaced->dialog);
    if (dialog != nullptr && hung_up_by(scene_, *dialog))
      tell(seen, kPersonal, "The call that was to take the place of another one came after that one had been hung up",
           findings);
    else
      tell(seen, kReplaces, "The call that was to take the place of another one names one that does not exist",
           findings);
  }

  void tell(const Seen& seen, double confidence, std::string_view what, Findings& findings) const {
    if (findings.repeats(kind_, subject_of_call(seen.call_id), confidence)) return;
    findings.add(finding_of_transfer(seen, confidence, what));
  }

  Finding finding_of_transfer(const Seen& seen, double confidence, std::string_view what) const {
    const sip::Message& message = *seen.sighting.message;
    const std::string_view answer = message.is_request() ? first_line(message.body()) : message.start_line();
    return finding_of_transfer(seen.call_id, confidence, seen.sighting.time, seen.sighting.tap->name, describe(message),
                               message.cseq(), what, answer);
  }

  Finding finding_of_transfer(std::string_view call_id, double confidence, Time time, const std::string& tap,
                              const std::string& message, std::uint32_t cseq, std::string_view what,
                              std::string_view answer) const {
    const Refer* const refer = refers_.peek(hash(call_id));
    Finding finding;
    finding.kind = kind_;
    finding.confidence = confidence;
    finding.time = time;
    finding.subject = subject_of_call(call_id);
    finding.detail = fmt::format("{}{}.", what,
                                 refer == nullptr  ? ""
                                 : refer->attended ? " (an attended transfer)"
                                                   : " (a blind transfer)");
    finding.evidence.push_back({tap, message, cseq, "result", "", std::string(answer.substr(0, 200))});
    return finding;
  }

  struct Refer {
    bool attended = false;
    std::size_t replaced = 0;  // the dialog's key
    Endpoint sender{};
  };
  struct Replaced {
    std::size_t dialog = 0;  // its key
  };
  const FindingKind* const kind_ = find_kind("call-transfer-failed");
  const Scene& scene_;
  Memory<Refer> refers_{16384};       // by call
  Memory<Replaced> replaces_{16384};  // calls that are to replace another one
  Memory<bool> unreported_{4096};     // REFERs that ask for no report, or have had one; by transaction
  std::vector<Open> open_;            // without an answer
  std::vector<Open> accepted_;        // REFERs without a report
  std::vector<Unknown> unknown_;      // REFERs that may have met a BYE
  Time lost_{};
};

}  // namespace

std::unique_ptr<Detector> make_call_transfer(const Scene& scene) { return std::make_unique<CallTransfer>(scene); }

}  // namespace vialens
