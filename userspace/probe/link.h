// One way to the reflector: a transport and a port. What goes out and in by it, on both sides of the router, as far as
// probe and reflector see them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "userspace/capture/piece.h"
#include "userspace/probe/control.h"
#include "userspace/probe/tls.h"

namespace vialens {

// A message at one side.
struct Sight {
  Time time;
  Side side = Side::unknown;  // lan: at this host; wan: at the reflector
  Endpoint source, destination;
  std::string bytes;
};

class Link {
 public:
  // Throws std::system_error where there is no way, or TCP, or TLS over it, is not let through.
  Link(Control& control, const Endpoint& reflector, Transport transport, bool tls = false);

  const Endpoint& local() const noexcept { return local_; }
  const Endpoint& remote() const noexcept { return remote_; }
  // This end as the reflector saw it last; nothing before the first message has arrived.
  const std::optional<Endpoint>& outside() const noexcept { return outside_; }
  Transport transport() const noexcept { return transport_; }
  bool is_tls() const noexcept { return tls_.has_value(); }
  const std::string& cookie() const noexcept { return control_.cookie(); }
  unsigned next_number() noexcept { return ++*numbers_; }

  // Sends the message that has this number in its mark, again if it does not arrive (RFC 3261 17.1: after 0.5 and 1 s).
  // What arrived; nothing if it never does.
  std::optional<std::string> out(const std::string& bytes, unsigned number);
  // Lets the reflector send this to where `about` came from. What arrives here.
  std::optional<std::string> in(const std::string& bytes, unsigned about, unsigned number);

  const std::vector<Sight>& sights() const noexcept { return sights_; }
  unsigned sent() const noexcept { return sent_; }
  unsigned lost() const noexcept { return lost_; }
  const std::vector<std::string>& lost_ones() const noexcept { return lost_ones_; }  // their first lines

 private:
  void note(Side side, const Endpoint& source, const Endpoint& destination, std::string bytes);
  std::optional<std::string> wait_for(unsigned number);
  bool send(const std::string& bytes);
  std::optional<std::string> read();

  Control& control_;
  Transport transport_;
  Endpoint remote_, local_;
  Socket socket_;
  std::optional<Tls> tls_;
  std::shared_ptr<unsigned> numbers_;
  std::vector<Sight> sights_;
  std::optional<Endpoint> outside_;  // of this link, as the reflector saw it last
  std::string waiting_;              // over TCP
  unsigned sent_ = 0, lost_ = 0;
  std::vector<std::string> lost_ones_;
};

}  // namespace vialens
