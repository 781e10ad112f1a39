#include "userspace/call/offer_answer.h"

#include <algorithm>

#include "userspace/sip/fields.h"

namespace vialens {
namespace {

std::string_view take_line(std::string_view& rest) noexcept {
  const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end);
  rest.remove_prefix(std::min(rest.find_first_not_of("\r\n"), rest.size()));
  return line;
}

std::optional<MediaDirection> direction_in(std::string_view lines) noexcept {
  while (!lines.empty()) {
    const std::string_view line = take_line(lines);
    if (line == "a=sendrecv") return MediaDirection::sendrecv;
    if (line == "a=sendonly") return MediaDirection::sendonly;
    if (line == "a=recvonly") return MediaDirection::recvonly;
    if (line == "a=inactive") return MediaDirection::inactive;
  }
  return std::nullopt;
}

std::string_view session_lines(const sip::Sdp& sdp) noexcept {
  const std::string_view text = sdp.text();
  if (sdp.media().empty()) return text;
  return text.substr(0, static_cast<std::size_t>(sdp.media().front().text.data() - text.data()));
}

}  // namespace

const Session* OfferAnswer::observe(const TapInfo& tap, Time time, const Endpoint& source, const Endpoint& destination,
                                    const sip::Message& message, std::string_view call_id) {
  early_.reset();
  const std::string_view method = message.method();
  const bool ack = method == "ACK", prack = method == "PRACK", invite = method == "INVITE";
  if (!invite && method != "UPDATE" && !ack && !prack) return nullptr;
  constexpr std::size_t kLongest = 16384;  // a longer one is not kept, and so not answered
  const std::string_view sdp = sip::sdp_body(message);
  if (sdp.size() > kLongest) return nullptr;
  const std::size_t of_call = key(call_id, tap.side);

  State* const state = states_.find(of_call);
  if (message.is_request()) {
    const bool answers = state != nullptr && state->open && !sdp.empty() && state->answerer == source &&
                         ((ack && state->answer_in == Answer::ack && state->cseq == message.cseq()) ||
                          (prack && state->answer_in == Answer::prack));
    if (answers) return complete(*state, tap, time, message, call_id, sdp, false);
    // Without a description it asks for an offer, if it is an INVITE, and otherwise for nothing.
    if (ack || (sdp.empty() && (!invite || state == nullptr))) return nullptr;
    if (state != nullptr && state->open && state->cseq == message.cseq() && state->offerer == source)
      return nullptr;  // once more
    // A new offer while the INVITE still rings: what it offered has been answered reliably (RFC 3262 5, RFC 3311 5.1).
    const Session* session = nullptr;
    if (state != nullptr && state->open && !invite && !state->early_answer.empty())
      session = complete(*state, tap, time, message, call_id, std::string(state->early_answer), true);
    open(states_[of_call], sdp, message.cseq(), source, destination, Answer::response);
    return session;
  }
  const int status = message.status();
  if (status >= 300) {
    if (state != nullptr && state->cseq == message.cseq()) state->close();
    return nullptr;
  }
  if (state == nullptr || !state->open || state->cseq != message.cseq() || state->answer_in != Answer::response) {
    // The answer to an INVITE without a description is an offer itself (RFC 3261 13.2.1), and so is a provisional one
    // that is sent reliably (RFC 3262 5).
    const bool reliable = status > 100 && status < 200 && !message.first(sip::HeaderName::rseq).empty();
    if (invite && !sdp.empty() && (status >= 200 || reliable) &&
        (state == nullptr || (!state->open && !state->described)))
      open(states_[of_call], sdp, message.cseq(), source, destination, reliable ? Answer::prack : Answer::ack);
    return nullptr;
  }
  if (state->answerer != source && state->offerer != destination) return nullptr;
  if (status < 200) {
    if (!sdp.empty()) keep_early(*state, tap, time, message, call_id, sdp);
    return nullptr;
  }
  return complete(*state, tap, time, message, call_id, std::string(sdp.empty() ? state->early_answer : sdp), true);
}

void OfferAnswer::open(State& state, std::string_view offer, std::uint32_t cseq, const Endpoint& offerer,
                       const Endpoint& answerer, Answer answer_in) {
  state.open = state.described = !offer.empty();
  state.answer_in = answer_in;
  state.offer = offer;
  state.early_answer.clear();
  state.cseq = cseq;
  state.offerer = offerer;
  state.answerer = answerer;
}

// A call lasts, and its texts have said what they had to say.
void OfferAnswer::State::close() {
  open = false;
  for (std::string* const text : {&offer, &early_answer}) std::string().swap(*text);  // an assignment keeps the room
}

void OfferAnswer::forget(std::string_view call_id) {
  for (const Side side : {Side::unknown, Side::lan, Side::wan, Side::server}) states_.erase(key(call_id, side));
}

void OfferAnswer::keep_early(State& state, const TapInfo& tap, Time time, const sip::Message& message,
                             std::string_view call_id, std::string_view answer) {
  state.early_answer = answer;
  offer_text_ = state.offer;
  answer_text_ = answer;
  if (!sip::Sdp::parse(offer_text_, offer_) || !sip::Sdp::parse(answer_text_, answer_)) return;
  early_.emplace(Session{call_id, &tap, time, message.method(), message.cseq(), state.offerer, state.answerer, offer_,
                         answer_, !state.any, true});
}

const Session* OfferAnswer::complete(State& state, const TapInfo& tap, Time time, const sip::Message& message,
                                     std::string_view call_id, std::string_view answer, bool by_requester) {
  offer_text_ = state.offer;
  answer_text_ = answer;
  state.close();
  if (!sip::Sdp::parse(offer_text_, offer_) || !sip::Sdp::parse(answer_text_, answer_)) return nullptr;
  const bool later = message.is_request() || message.cseq() != state.cseq;  // the method is not that of the offer
  session_.emplace(Session{call_id, &tap, time, later ? "INVITE" : message.method(), state.cseq, state.offerer,
                           state.answerer, offer_, answer_, !state.any, by_requester});
  state.any = true;
  return &*session_;
}

MediaDirection direction_of(const sip::Sdp& sdp, const sip::Media& media) noexcept {
  if (const auto own = direction_in(media.lines)) return *own;
  return direction_in(session_lines(sdp)).value_or(MediaDirection::sendrecv);
}

std::optional<Endpoint> address_of(const sip::Sdp& sdp, const sip::Media& media) noexcept {
  const auto& connection = media.connection ? media.connection : sdp.connection();
  const auto address = connection ? Address::parse(connection->address) : std::nullopt;
  return address ? std::optional(Endpoint{*address, media.port}) : std::nullopt;
}

std::optional<std::string_view> attribute(std::string_view lines, std::string_view name) noexcept {
  while (!lines.empty()) {
    std::string_view line = take_line(lines);
    if (!line.starts_with("a=")) continue;
    line.remove_prefix(2);
    if (!line.starts_with(name)) continue;
    line.remove_prefix(name.size());
    if (line.empty()) return line;
    if (line.front() == ':') return line.substr(1);
  }
  return std::nullopt;
}

bool has_attribute(const sip::Sdp& sdp, const sip::Media& media, std::string_view name) noexcept {
  return attribute(media.lines, name) || attribute(session_lines(sdp), name);
}

}  // namespace vialens
