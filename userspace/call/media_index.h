// To which call a media stream belongs: by the end points that were agreed on for it (RFC 3264).
//
// A stream goes to the one that its receiver announced, and with symmetric RTP (RFC 4961) comes from the one that its
// sender did; a NAT may have changed one of the two, never the other on the same side.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "userspace/call/offer_answer.h"
#include "userspace/capture/flow.h"

namespace vialens {

// One media section of a session, as one side of the box shows it.
struct MediaLine {
  std::string call_id;
  Time time{};                                          // of the answer
  Endpoint offerer, answerer;                           // of the signalling
  Endpoint offered, answered;                           // where each wants its media
  MediaDirection direction = MediaDirection::sendrecv;  // of the answer, as the answerer sees it
  bool audio = false;
};

class MediaIndex {
 public:
  // `taps`: indexed by TapId; outlive this.
  explicit MediaIndex(std::span<const TapInfo> taps) : taps_(taps) {}

  void observe(const Session& session);

  struct Match {
    const MediaLine* line = nullptr;
    bool to_offerer = false;  // which way the stream goes
  };
  // Nothing if no session announced either end of it. Valid until the next observe().
  std::optional<Match> find(const Flow& flow) const;

 private:
  struct Entry {
    MediaLine line;
    bool is_offered = false;  // the end point that it is filed under
  };
  std::size_t key(TapId tap, const Endpoint& endpoint) const noexcept;

  std::span<const TapInfo> taps_;
  Memory<Entry> by_endpoint_{4 * kMostCalls};
};

}  // namespace vialens
