// Which offer was answered by which description (RFC 3264, RFC 6337), on each side of the box.
//
// Offers come in INVITE, UPDATE, PRACK, or in the 2xx, or a provisional response that is sent reliably, to an INVITE
// without one; answers in the 2xx, the ACK or the PRACK (RFC 3262 5). A description in a provisional response counts
// once the call is answered without another, or something else is offered meanwhile. Bounded: the calls that were heard
// of least lately are forgotten.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "userspace/capture/tap_info.h"
#include "userspace/core/limits.h"
#include "userspace/core/memory.h"
#include "userspace/sip/message.h"
#include "userspace/sip/sdp.h"

namespace vialens {

struct Session {
  std::string_view call_id;
  const TapInfo* tap = nullptr;
  Time time;
  std::string_view method;  // of the transaction: "INVITE", "UPDATE"
  std::uint32_t cseq = 0;
  Endpoint offerer, answerer;  // of the signalling
  const sip::Sdp& offer;
  const sip::Sdp& answer;
  bool first = false;        // of this call on this side
  bool by_requester = true;  // who sent the request of the message that completed it made the offer; else the other one
};

class OfferAnswer {
 public:
  // The session that this message completes, valid until the next call; nullptr if it completes none. A repeated answer
  // completes nothing.
  const Session* observe(const TapInfo& tap, Time time, const Endpoint& source, const Endpoint& destination,
                         const sip::Message& message, std::string_view call_id);
  // What the last message would complete if the call were answered like this: it was a provisional response with a
  // description. Valid until the next observe(); nullptr most of the time.
  const Session* early() const noexcept { return early_ ? &*early_ : nullptr; }
  void forget(std::string_view call_id);

 private:
  enum class Answer : std::uint8_t { response, ack, prack };  // where it is to be expected
  struct State {
    std::string offer, early_answer;  // while it is open
    std::uint32_t cseq = 0;
    Endpoint offerer, answerer;
    bool open = false;       // an offer waits for its answer
    bool described = false;  // the last request, or its answer, had a description
    Answer answer_in = Answer::response;
    bool any = false;  // one has been completed

    void close();
  };
  static std::size_t key(std::string_view call_id, Side side) {
    return mix(hash(call_id), static_cast<std::size_t>(side));
  }
  void keep_early(State& state, const TapInfo& tap, Time time, const sip::Message& message, std::string_view call_id,
                  std::string_view answer);
  const Session* complete(State& state, const TapInfo& tap, Time time, const sip::Message& message,
                          std::string_view call_id, std::string_view answer, bool by_requester);
  static void open(State& state, std::string_view offer, std::uint32_t cseq, const Endpoint& offerer,
                   const Endpoint& answerer, Answer answer_in);

  Memory<State> states_{2 * kMostCalls};  // of a call, one at each side
  sip::Sdp offer_, answer_;
  std::string offer_text_, answer_text_;
  std::optional<Session> session_, early_;
};

// The media direction of a section as its owner sees it, the session's where it has none (RFC 8866 6.7).
enum class MediaDirection : std::uint8_t { sendrecv, sendonly, recvonly, inactive };
MediaDirection direction_of(const sip::Sdp& sdp, const sip::Media& media) noexcept;

// Where its owner wants to receive it: its own c= line or the session's. Nothing for a name, or for none.
std::optional<Endpoint> address_of(const sip::Sdp& sdp, const sip::Media& media) noexcept;

// The value of the first "a=<name>:<value>" line, or "" for "a=<name>".
std::optional<std::string_view> attribute(std::string_view lines, std::string_view name) noexcept;
bool has_attribute(const sip::Sdp& sdp, const sip::Media& media, std::string_view name) noexcept;

}  // namespace vialens
