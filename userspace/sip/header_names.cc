// Which header a name is: a table, long and compact forms.
#include <array>

#include "userspace/sip/message.h"
#include "userspace/sip/text.h"

namespace vialens::sip {
namespace {

struct KnownHeader {
  std::string_view name;
  HeaderName id;
};

// Sorted by length, so that a name is compared with a handful of others only. All compact forms registered at IANA.
constexpr KnownHeader kKnownHeaders[] = {{"a", HeaderName::accept_contact},
                                         {"b", HeaderName::referred_by},
                                         {"c", HeaderName::content_type},
                                         {"d", HeaderName::request_disposition},
                                         {"e", HeaderName::content_encoding},
                                         {"f", HeaderName::from},
                                         {"i", HeaderName::call_id},
                                         {"j", HeaderName::reject_contact},
                                         {"k", HeaderName::supported},
                                         {"l", HeaderName::content_length},
                                         {"m", HeaderName::contact},
                                         {"n", HeaderName::identity_info},
                                         {"o", HeaderName::event},
                                         {"r", HeaderName::refer_to},
                                         {"s", HeaderName::subject},
                                         {"t", HeaderName::to},
                                         {"u", HeaderName::allow_events},
                                         {"v", HeaderName::via},
                                         {"x", HeaderName::session_expires},
                                         {"y", HeaderName::identity},
                                         {"to", HeaderName::to},
                                         {"via", HeaderName::via},
                                         {"cseq", HeaderName::cseq},
                                         {"from", HeaderName::from},
                                         {"path", HeaderName::path},
                                         {"rseq", HeaderName::rseq},
                                         {"event", HeaderName::event},
                                         {"route", HeaderName::route},
                                         {"min-se", HeaderName::min_se},
                                         {"server", HeaderName::server},
                                         {"call-id", HeaderName::call_id},
                                         {"contact", HeaderName::contact},
                                         {"expires", HeaderName::expires},
                                         {"subject", HeaderName::subject},
                                         {"identity", HeaderName::identity},
                                         {"refer-to", HeaderName::refer_to},
                                         {"replaces", HeaderName::replaces},
                                         {"diversion", HeaderName::diversion},
                                         {"supported", HeaderName::supported},
                                         {"user-agent", HeaderName::user_agent},
                                         {"referred-by", HeaderName::referred_by},
                                         {"allow-events", HeaderName::allow_events},
                                         {"content-type", HeaderName::content_type},
                                         {"history-info", HeaderName::history_info},
                                         {"max-forwards", HeaderName::max_forwards},
                                         {"organization", HeaderName::organization},
                                         {"record-route", HeaderName::record_route},
                                         {"authorization", HeaderName::authorization},
                                         {"identity-info", HeaderName::identity_info},
                                         {"service-route", HeaderName::service_route},
                                         {"accept-contact", HeaderName::accept_contact},
                                         {"content-length", HeaderName::content_length},
                                         {"reject-contact", HeaderName::reject_contact},
                                         {"remote-party-id", HeaderName::remote_party_id},
                                         {"session-expires", HeaderName::session_expires},
                                         {"content-encoding", HeaderName::content_encoding},
                                         {"www-authenticate", HeaderName::www_authenticate},
                                         {"proxy-authenticate", HeaderName::proxy_authenticate},
                                         {"p-asserted-identity", HeaderName::p_asserted_identity},
                                         {"proxy-authorization", HeaderName::proxy_authorization},
                                         {"request-disposition", HeaderName::request_disposition},
                                         {"p-preferred-identity", HeaderName::p_preferred_identity}};

constexpr std::size_t kLongestName = 20;

// kFirstOfLength[n] is the first known name of n or more characters.
constexpr auto kFirstOfLength = [] {
  std::array<std::uint8_t, kLongestName + 2> first{};
  for (std::size_t len = 0; len < first.size(); ++len) {
    std::size_t i = 0;
    while (i < std::size(kKnownHeaders) && kKnownHeaders[i].name.size() < len) ++i;
    first[len] = static_cast<std::uint8_t>(i);
  }
  return first;
}();
constexpr std::size_t kCompactForms = 20;
static_assert(std::size(kKnownHeaders) == kCompactForms + static_cast<std::size_t>(HeaderName::count_) - 1);
static_assert(kKnownHeaders[std::size(kKnownHeaders) - 1].name.size() == kLongestName);

}  // namespace

bool same_header(const Header& a, const Header& b) noexcept {
  return a.id == b.id && (a.id != HeaderName::other || text::same(a.name, b.name));
}

HeaderName header_name(std::string_view written) noexcept {
  if (written.empty() || written.size() > kLongestName) return HeaderName::other;
  for (std::size_t i = kFirstOfLength[written.size()]; i < kFirstOfLength[written.size() + 1]; ++i) {
    const std::string_view known = kKnownHeaders[i].name;
    if (text::lower(written.front()) == text::lower(known.front()) && text::same(written, known)) {
      return kKnownHeaders[i].id;
    }
  }
  return HeaderName::other;
}

}  // namespace vialens::sip
