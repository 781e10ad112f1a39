#include "userspace/probe/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "userspace/probe/talk.h"

namespace vialens {
namespace {

TriedWay try_way(Control& control, const Endpoint& to, Transport transport, bool tls) {
  TriedWay way;
  way.transport = transport;
  way.tls = tls;
  way.port = to.port;
  try {
    Link link(control, to, transport, tls);
    talk(link);
    way.sent = link.sent();
    way.lost = link.lost();
    way.lost_ones = link.lost_ones();
    way.judgement = judge(link.sights(), transport);
  } catch (const std::system_error& error) {
    way.trouble = error.what();
  }
  return way;
}

}  // namespace

std::string TriedWay::name() const {
  return fmt::format("{} port {}", tls ? "TLS" : transport == Transport::udp ? "UDP" : "TCP", port);
}

bool ProbeResult::shows_alg() const noexcept {
  return std::any_of(ways.begin(), ways.end(), [](const TriedWay& way) {
    return std::any_of(way.judgement.findings.begin(), way.judgement.findings.end(),
                       [](const Finding& finding) { return finding.kind->id.starts_with("alg-"); });
  });
}

ProbeResult probe(const ProbeOptions& options, const std::function<void(const std::string&)>& progress) {
  ProbeResult result;
  result.reflector = resolve(options.host);
  progress(fmt::format("the reflector at {}", to_string(result.reflector)));
  Control control({result.reflector, options.control_port});
  result.local = local_address_towards({result.reflector, options.control_port});
  result.outside = control.outside();
  for (const std::uint16_t port : control.sip_ports())
    for (const Transport transport : {Transport::udp, Transport::tcp}) {
      progress(fmt::format("{} port {}", transport == Transport::udp ? "UDP" : "TCP", port));
      result.ways.push_back(try_way(control, {result.reflector, port}, transport, false));
    }
  if (control.tls_port() != 0) {
    progress(fmt::format("TLS port {}", control.tls_port()));
    result.ways.push_back(try_way(control, {result.reflector, control.tls_port()}, Transport::tcp, true));
  }
  progress("media");
  result.media = try_media(control, result.reflector);
  result.nat = look_at_nat(control, result.reflector, options.longest, progress);
  return result;
}

}  // namespace vialens
