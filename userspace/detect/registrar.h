// Which phone is registered where, as each side of the box shows it (RFC 3261 10.3).
//
// A phone is known by the end point its REGISTER came from, and by the one its Contact names if that is an address; a
// Contact's user is known by the phones that registered it. What is registered is what a 2xx confirmed, for as long as
// it said. Registrations that were made before anything was seen are not known.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "userspace/call/transactions.h"
#include "userspace/core/memory.h"
#include "userspace/crossing/sighting.h"

namespace vialens {

class Registrar {
 public:
  struct Registration {
    std::string aor;
    Endpoint phone{}, registrar{};
    Time since{}, until{};
    std::size_t call_id = 0;       // of its REGISTERs: the same until the phone starts again (RFC 3261 10.2)
    std::size_t contact_user = 0;  // hashes
  };

  // `transaction`: the one of this message.
  void observe(const Sighting& sighting, std::string_view call_id, const Transaction* transaction);

  // The one that lives there now; nullptr if none does.
  const Registration* at(Side side, const Endpoint& endpoint, Time now) const;
  // The last one of this address of record, whether or not it has ended.
  const Registration* of(Side side, std::string_view aor) const;
  // Whether a phone at this end point ever registered this user as its Contact; nobody knows if nobody did anywhere.
  enum class Known : std::uint8_t { no_user, here, elsewhere };
  Known user_at(Side side, std::string_view contact_user, const Endpoint& endpoint) const;

 private:
  struct Asked {
    std::size_t contact_user = 0, call_id = 0;
    Endpoint contact{};
    std::uint32_t expires = 0;
  };
  using Places = std::array<Endpoint, 4>;  // the last ones

  static std::size_t key(Side side, std::size_t what) noexcept { return mix(what, static_cast<std::size_t>(side)); }
  void note_request(const Sighting& sighting, std::string_view call_id, const Transaction& transaction);
  void note_success(const Sighting& sighting, const Transaction& transaction);

  Memory<Asked> asked_{4096};       // by transaction
  Memory<Registration> at_{16384};  // by end point
  Memory<Registration> of_{16384};  // by address of record
  Memory<Places> places_{16384};    // by the user of the Contact
};

}  // namespace vialens
