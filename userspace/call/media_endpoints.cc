#include "userspace/call/media_endpoints.h"

#include <algorithm>
#include <optional>

#include "userspace/call/rtpmap.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr std::size_t kMostEndpoints = 32;  // of one description

std::vector<MediaEndpoint::Type> types_of(const sip::Media& media) {
  std::vector<MediaEndpoint::Type> types;
  each_rtpmap(media, [&](const Rtpmap& map) {
    if (map.clock_rate)
      types.push_back({map.type, *map.clock_rate, sip::equal_ignoring_case(map.name, "telephone-event")});
  });
  return types;
}

class Collector {
 public:
  void add(const MediaEndpoint& endpoint) {
    if (endpoint.at.port == 0 || endpoint.at.address.is_unspecified() || all_.size() >= kMostEndpoints) return;
    const auto known = std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return one.at == endpoint.at; });
    if (known == all_.end()) {
      all_.push_back(endpoint);
      return;
    }
    known->rtp |= endpoint.rtp;
    known->rtcp |= endpoint.rtcp;
    known->fax |= endpoint.fax;
    known->types.insert(known->types.end(), endpoint.types.begin(), endpoint.types.end());
  }
  std::vector<MediaEndpoint> all_;
};

// a=rtcp:<port> [IN IP4 <address>]
Endpoint rtcp_of(const sip::Media& media, const Endpoint& at) noexcept {
  Endpoint result{at.address, static_cast<std::uint16_t>(at.port + 1)};
  auto value = attribute(media.lines, "rtcp");
  if (!value) return result;
  if (const auto port = number_of<std::uint16_t>(take_word(*value))) result.port = *port;
  take_word(*value);
  take_word(*value);
  if (const auto address = Address::parse(*value)) result.address = *address;
  return result;
}

// a=candidate:<foundation> <component> <transport> <priority> <address> <port> typ ...
void add_candidates(Collector& to, const sip::Media& media, const std::vector<MediaEndpoint::Type>& types, bool mux) {
  each_attribute(media.lines, "candidate", [&](std::string_view value) {
    take_word(value);
    const std::string_view component = take_word(value);
    if (!sip::equal_ignoring_case(take_word(value), "udp")) return;
    take_word(value);
    const auto address = Address::parse(take_word(value));
    const auto port = number_of<std::uint16_t>(take_word(value));
    if (!address || !port) return;
    if (component == "1") to.add({{*address, *port}, true, mux, false, types});
    if (component == "2") to.add({{*address, *port}, false, true, false, {}});
  });
}

}  // namespace

std::vector<MediaEndpoint> endpoints_of(const sip::Sdp& sdp) {
  Collector collector;
  std::vector<MediaEndpoint::Type> bundled;
  const bool bundle = !sdp.media().empty() && attribute(sdp.text(), "group").value_or("").starts_with("BUNDLE");
  if (bundle) {
    for (const sip::Media& media : sdp.media()) {
      const auto types = types_of(media);
      bundled.insert(bundled.end(), types.begin(), types.end());
    }
  }
  for (const sip::Media& media : sdp.media()) {
    const auto at = address_of(sdp, media);
    if (!at || media.port == 0) continue;
    if (sip::equal_ignoring_case(media.protocol, "udptl")) collector.add({*at, false, false, true, {}});
    if (media.protocol.find("RTP/") == std::string_view::npos) continue;
    const auto types = bundle ? bundled : types_of(media);
    const bool mux = attribute(media.lines, "rtcp-mux").has_value();
    collector.add({*at, true, mux, false, types});
    collector.add({rtcp_of(media, *at), false, true, false, {}});
    add_candidates(collector, media, types, mux);
  }
  return collector.all_;
}

}  // namespace vialens
