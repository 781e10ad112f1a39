#include "userspace/board/board.h"

#include <algorithm>
#include <utility>

#include "userspace/board/page.h"
#include "userspace/sink/json.h"

namespace vialens {
namespace {

// How long a stream is shown that nothing was heard of.
constexpr Duration kStreamLasts = std::chrono::seconds(30);

bool same_stream(const CallStream& a, const CallStream& b) {
  return a.tap == b.tap && a.ssrc == b.ssrc && a.source == b.source && a.destination == b.destination;
}

// Since the ALG was switched off. A call that lives may suffer still from what was done to it.
bool told_of_what_is_over(const Finding& finding, bool lives, const Rewriting& rewriting) {
  if (!rewriting.over || finding.time > rewriting.last) return false;
  return finding.kind->id.starts_with("alg-") || (!finding.verdict.empty() && !lives);
}

// Of a stream that belongs to no call.
const Codecs& nobody_said() {
  static const Codecs none;
  return none;
}

}  // namespace

// --- what it is told

void Board::note(const Call& call) {
  const std::lock_guard lock(mutex_);
  now_ = std::max(now_, call.last_seen);
  const auto [found, is_new] = calls_.try_emplace(call.call_id);
  CallEntry& entry = found->second;
  if (is_new) {
    entry.number = ++last_number_;
    calls_by_number_.emplace(entry.number, call.call_id);
  }
  const Time time = std::max(call.media_told, call.last_seen);
  for (const CallStream& stream : call.media) {
    auto known = std::find_if(entry.media.begin(), entry.media.end(),
                              [&](const StreamHistory& one) { return same_stream(one.stream, stream); });
    if (known == entry.media.end()) known = entry.media.insert(known, StreamHistory{});
    known->stream = stream;
    // An update for another reason brings the counts that were told before.
    if (call.media_told != entry.call.media_told) known->history.add(time, stream, call.codecs);
  }
  entry.call = call;
  tell("call", to_text(to_json(call)));
  if (is_new && calls_.size() > limits_.calls) forget_a_call();
}

// The oldest that is over; if none is, the oldest.
void Board::forget_a_call() {
  auto oldest = std::find_if(calls_by_number_.begin(), calls_by_number_.end(),
                             [&](const auto& one) { return !is_live(calls_.at(one.second).call); });
  if (oldest == calls_by_number_.end()) oldest = calls_by_number_.begin();
  calls_.erase(oldest->second);
  calls_by_number_.erase(oldest);
  ++forgotten_calls_;
}

void Board::note(const Registration& registration) {
  const std::lock_guard lock(mutex_);
  now_ = std::max(now_, registration.last_seen);
  const auto [found, is_new] = registrations_.try_emplace(registration.aor);
  if (is_new) {
    found->second.first = ++last_number_;
    registrations_by_number_.emplace(last_number_, registration.aor);
  }
  found->second.second = registration;
  tell("registration", to_text(to_json(registration)));
  if (registrations_.size() <= limits_.registrations) return;
  registrations_.erase(registrations_by_number_.begin()->second);
  registrations_by_number_.erase(registrations_by_number_.begin());
  ++forgotten_registrations_;
}

void Board::on_finding(const Finding& finding) {
  const std::lock_guard lock(mutex_);
  now_ = std::max(now_, finding.time);
  // Told again when it is surer, or with its cause: then it is news, and there is still one.
  std::uint64_t& number = finding_numbers_[{finding.kind, finding.subject}];
  if (number != 0) findings_.erase(number);
  number = ++last_number_;
  findings_.emplace(number, finding);
  tell("finding", to_text(to_json(finding)));
  if (findings_.size() <= limits_.findings) return;
  const Finding& oldest = findings_.begin()->second;
  finding_numbers_.erase({oldest.kind, oldest.subject});
  findings_.erase(findings_.begin());
  ++forgotten_findings_;
}

// The call is known by the phone's own name from now on.
void Board::on_crossing(const SeenCrossing& crossing) {
  if (crossing.call_id == crossing.call_id_outside) return;
  const std::lock_guard lock(mutex_);
  const auto other = calls_.find(std::string(crossing.call_id_outside));
  if (other == calls_.end()) return;
  calls_by_number_.erase(other->second.number);
  calls_.erase(other);
}

void Board::on_stream(const Flow& flow, const TapInfo& tap) {
  const std::lock_guard lock(mutex_);
  now_ = std::max(now_, flow.last);
  const CallStream stream = stream_of(flow, tap, Direction::unknown, nobody_said());
  std::erase_if(streams_, [&](const StreamEntry& one) {
    return same_stream(one.stream, stream) || now_ - one.last > kStreamLasts;
  });
  if (streams_.size() >= limits_.streams) {
    streams_.pop_front();
    ++forgotten_streams_;
  }
  streams_.push_back({stream, flow.last});
}

void Board::keep(const Summary& summary) {
  now_ = std::max(now_, summary.now);
  status_.owned = std::make_shared<const OwnedSummary>(summary);
}

void Board::on_status(const Summary& summary) {
  const std::lock_guard lock(mutex_);
  keep(summary);
  tell("status", to_text(to_json(summary)));
}

void Board::on_summary(const Summary& summary) {
  const std::lock_guard lock(mutex_);
  keep(summary);
  status_.over = true;
  tell("status", to_text(to_json(summary)));
}

void Board::tell(std::string_view type, std::string json) {
  if (news_.size() >= limits_.news) news_.pop_front();
  news_.push_back({++last_news_, type, std::make_shared<const std::string>(std::move(json))});
  news_arrived_.notify_all();
}

// --- what is asked

Page<Call> Board::calls(const Filter& filter) const {
  const std::lock_guard lock(mutex_);
  return page_of<Call>(filter, calls_by_number_, [&](const std::string& id) { return &calls_.at(id).call; });
}

std::optional<Call> Board::call(std::string_view call_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(std::string(call_id));
  return found == calls_.end() ? std::nullopt : std::optional(found->second.call);
}

std::vector<StreamHistory> Board::media_of(std::string_view call_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(std::string(call_id));
  return found == calls_.end() ? std::vector<StreamHistory>{} : found->second.media;
}

Page<Registration> Board::registrations(const Filter& filter) const {
  const std::lock_guard lock(mutex_);
  return page_of<Registration>(filter, registrations_by_number_,
                               [&](const std::string& aor) { return &registrations_.at(aor).second; });
}

std::optional<Registration> Board::registration(std::string_view call_id) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [aor, entry] : registrations_)
    if (entry.second.call_id == call_id) return entry.second;
  return {};
}

Page<Finding> Board::findings(const Filter& filter) const {
  const std::lock_guard lock(mutex_);
  return page_of<Finding>(filter, findings_, [](const Finding& finding) { return &finding; });
}

// Those of live calls, then those that belong to none, then those of calls that are over.
Page<BoardFlow> Board::flows(const Filter& filter) const {
  std::vector<BoardFlow> live, loose, over;
  const auto wanted = [&](const CallStream& stream) { return !filter.side || stream.tap->side == *filter.side; };
  const std::lock_guard lock(mutex_);
  for (auto one = calls_by_number_.rbegin(); one != calls_by_number_.rend(); ++one) {
    const Call& call = calls_.at(one->second).call;
    if (!filter.call_id.empty() && call.call_id != filter.call_id) continue;
    for (const CallStream& stream : call.media)
      if (wanted(stream))
        (is_live(call) ? live : over)
            .push_back({stream, std::string(call.codecs.name(stream.payload_type)), mos_of(stream, call.codecs),
                        call.call_id, is_live(call)});
  }
  for (auto one = streams_.rbegin(); one != streams_.rend() && filter.call_id.empty(); ++one)
    if (wanted(one->stream))
      loose.push_back({one->stream, std::string(nobody_said().name(one->stream.payload_type)),
                       mos_of(one->stream, nobody_said()), "", now_ - one->last <= kStreamLasts});
  live.insert(live.end(), loose.begin(), loose.end());
  live.insert(live.end(), over.begin(), over.end());
  // Counted from the end, so that UINT64_MAX is the first page here, too.
  const std::size_t from = filter.before == UINT64_MAX ? 0 : static_cast<std::size_t>(filter.before);
  Page<BoardFlow> page;
  for (std::size_t i = from; i < live.size(); ++i) {
    if (page.items.size() == filter.limit) {
      page.next = i;
      break;
    }
    page.items.push_back(std::move(live[i]));
  }
  return page;
}

Board::Status Board::status() const {
  const std::lock_guard lock(mutex_);
  Status status = status_;
  for (const auto& [id, entry] : calls_)
    if (is_live(entry.call)) ++status.calls_live;
  for (const auto& [aor, entry] : registrations_)
    if (is_live(entry.second)) ++status.registrations_live;
  std::vector<const Finding*> active;
  for (const auto& [number, finding] : findings_) {
    const auto call = calls_.find(finding.subject.call_id);
    const bool lives = call != calls_.end() && is_live(call->second.call);
    if (told_of_what_is_over(finding, lives, status.summary().rewriting)) continue;
    if (lives || now_ - finding.time <= limits_.lasts) active.push_back(&finding);
  }
  status.health = health_of(status.summary(), active);
  return status;
}

std::vector<News> Board::news_after(std::uint64_t after, std::chrono::milliseconds patience) const {
  std::unique_lock lock(mutex_);
  news_arrived_.wait_for(lock, patience, [&] { return closed_ || last_news_ > after; });
  std::vector<News> result;
  for (const News& news : news_)
    if (news.number > after) result.push_back(news);
  return result;
}

std::uint64_t Board::latest_news() const {
  const std::lock_guard lock(mutex_);
  return last_news_;
}

void Board::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  news_arrived_.notify_all();
}

std::vector<TableFill> Board::fills() const {
  const std::lock_guard lock(mutex_);
  return {{"board-calls", calls_.size(), limits_.calls, forgotten_calls_},
          {"board-registrations", registrations_.size(), limits_.registrations, forgotten_registrations_},
          {"board-findings", findings_.size(), limits_.findings, forgotten_findings_},
          {"board-streams", streams_.size(), limits_.streams, forgotten_streams_}};
}

}  // namespace vialens
