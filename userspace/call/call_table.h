// All calls and registrations that are or were lately going on.
//
// A message may be seen at several taps and several times; every rule here gives the same result for its second
// sighting as for its first. Bounded: calls that ended leave after a while, the oldest when the table is full; who
// leaves is handed to the sink.
#pragma once

#include <array>
#include <functional>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "userspace/call/call.h"
#include "userspace/core/limits.h"
#include "userspace/core/table_fill.h"
#include "userspace/sip/fields.h"
#include "userspace/sip/message.h"

namespace vialens {

class CallTable {
 public:
  struct Limits {
    std::size_t calls = kMostCalls;
    std::size_t registrations = kMostCalls;
    Duration linger = std::chrono::seconds(64);  // after its end: retransmissions go on for 32 s (RFC 3261 17.1.1.2)
    Duration silence = std::chrono::minutes(3);  // no final response and no sign of life (Timer C, RFC 3261 16.6)
    Duration longest = std::chrono::hours(24);   // of an answered call without any message
    Duration media_news = std::chrono::seconds(5);
  };
  struct Sink {
    std::function<void(const Call&)> call;
    std::function<void(const Registration&)> registration;
    // While it lasts; may be empty.
    std::function<void(const Call&)> call_changed{};
    std::function<void(const Registration&)> registration_changed{};
    // It turned out to be another one's other name: that one is told in its place. May be empty.
    std::function<void(const Call&)> call_merged{};
  };

  explicit CallTable(Sink sink) : CallTable(Limits{}, std::move(sink)) {}
  CallTable(const Limits& limits, Sink sink) : limits_(limits), sink_(std::move(sink)) {}

  // Follows the message. `call_id` is the one that the call is known by, which a router may have rewritten in
  // `message`.
  void observe(Time time, const sip::Message& message, std::string_view call_id);

  // The router turned Call-ID `known` into `other`, or the other way round: messages with either belong to `known`.
  void alias(std::string_view other, std::string_view known);
  // The same for the address of a registration.
  void alias_aor(const std::string& other, const std::string& known);
  // The name under which the call with this Call-ID is known: itself, or what an alias says.
  std::string_view canonical(std::string_view call_id) const;

  // What others noted of a call: told at once, or, of its media, at most every `media_news` of packet time, and within
  // a second once it is over.
  void changed(const Call& call) { tell(call); }
  void media_changed(Call& call);

  // Pointers are valid until the next observe() or advance().
  Call* find(std::string_view call_id);
  Registration* find_registration(std::string_view aor);

  // No final response came to this request (Timer F).
  void register_timed_out(std::string_view call_id, std::uint32_t cseq);

  void advance(Time now);
  void finish();  // hands everything that is left to the sink

  std::array<TableFill, 3> tables() const;  // calls, registrations, and the other names of calls
  std::size_t calls_seen() const noexcept { return calls_seen_; }
  std::size_t registrations_seen() const noexcept { return registrations_seen_; }

  // For those who count.
  const SessionCounts& counts() const noexcept { return counts_; }
  std::size_t calls_active() const noexcept { return active_; }  // begun, and not ended
  std::size_t registrations_active(Time now) const;              // whose binding lasts; looks at each

 private:
  using Calls = std::list<Call>;
  using Registrations = std::list<Registration>;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  template <class Value>
  using ByName = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  void observe_request(Time time, const sip::Message& message, std::string_view call_id);
  void observe_response(Call& call, Time time, const sip::Message& message);
  void observe_register(Time time, const sip::Message& message, std::string_view call_id);
  void touch(Call& call, Time time);
  std::size_t most_aliases() const noexcept { return 2 * limits_.calls; }
  void end(Call& call, Time time);
  void reopen(Call& call);
  void tell(const Call& call) const {
    if (sink_.call_changed) sink_.call_changed(call);
  }
  void tell(const Registration& registration) const {
    if (sink_.registration_changed) sink_.registration_changed(registration);
  }
  void tell_media(Time now);
  Registration* open_registration(Time time, const sip::Message& message, std::string_view call_id);
  Call& open_call(Time time, const sip::Message& message, std::string_view call_id);
  void retire(Calls::iterator call);
  void retire(Registrations::iterator registration);

  Limits limits_;
  Sink sink_;
  Calls calls_;                  // least recently seen first
  Registrations registrations_;  // so, too
  ByName<Calls::iterator> by_call_id_;
  ByName<Registrations::iterator> by_aor_;
  ByName<Registrations::iterator> by_register_call_id_;
  ByName<std::string> aliases_;
  std::size_t calls_seen_ = 0, registrations_seen_ = 0, active_ = 0;
  std::uint64_t calls_evicted_ = 0, registrations_evicted_ = 0, aliases_evicted_ = 0;
  SessionCounts counts_;
  std::vector<std::string> untold_;  // calls with news of their media
  Time next_sweep_{};
};

// The address of record that a REGISTER is about: its To URI without port and parameters (RFC 3261 10.2, 10.3), scheme
// and host in lower case, so that it is the same before and after a rewrite only if the router left it alone.
std::string aor_of(const sip::Message& message);
std::string aor_of(const sip::Uri& uri);
std::string aor_of_uri(std::string_view text);  // "" if it is none

}  // namespace vialens
