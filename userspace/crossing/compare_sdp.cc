// The session description: where media is to be sent.
#include "userspace/crossing/compare.h"
#include "userspace/sip/sdp.h"

namespace vialens {
namespace {

void compare_connection(const std::optional<sip::Connection>& before, const std::optional<sip::Connection>& after,
                        std::vector<Change>& changes) {
  if (before && after && !same_host(before->address, after->address))
    changes.push_back({Field::sdp_connection, before->text, after->text});
}

}  // namespace

void compare_sdp(const Versions& versions, std::vector<Change>& changes) {
  const std::string_view was = sip::sdp_body(versions.before);
  const std::string_view is = sip::sdp_body(versions.after);
  if (was == is) return;
  sip::Sdp before;
  sip::Sdp after;
  if (!sip::Sdp::parse(was, before) || !sip::Sdp::parse(is, after)) return;

  if (before.origin() && after.origin() && !same_host(before.origin()->address, after.origin()->address))
    changes.push_back({Field::sdp_origin, before.origin()->text, after.origin()->text});
  compare_connection(before.connection(), after.connection(), changes);
  // Where media are missing or new it cannot be said which belongs to which.
  if (before.media().size() != after.media().size()) return;
  for (std::size_t i = 0; i < before.media().size(); ++i) {
    const sip::Media& a = before.media()[i];
    const sip::Media& b = after.media()[i];
    if (a.kind != b.kind) return;
    compare_connection(a.connection, b.connection, changes);
    if (a.port != b.port) changes.push_back({Field::sdp_media_port, a.text, b.text});
  }
}

}  // namespace vialens
