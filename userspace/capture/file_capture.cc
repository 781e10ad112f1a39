// fopencookie() and libpcap's stream interface.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "userspace/capture/file_capture.h"

#include <fmt/format.h>
#include <pcap/pcap.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>

#include "userspace/capture/host_tap.h"
#include "userspace/core/error.h"

namespace vialens {
namespace {

struct PcapCloser {
  void operator()(pcap_t* pcap) const noexcept { pcap_close(pcap); }
};

// zlib reads plain files as they are, so that there is one way for both.
std::FILE* open_maybe_gzipped(const std::string& path) {
  gzFile gz = gzopen(path.c_str(), "rb");
  if (gz == nullptr) return nullptr;
  gzbuffer(gz, 1U << 18U);
  cookie_io_functions_t io{};
  io.read = [](void* cookie, char* to, std::size_t size) -> ssize_t {
    return gzread(static_cast<gzFile>(cookie), to, static_cast<unsigned>(size));
  };
  io.close = [](void* cookie) { return gzclose(static_cast<gzFile>(cookie)); };
  std::FILE* file = fopencookie(gz, "rb", io);
  if (file == nullptr) gzclose(gz);
  return file;
}

struct Frame {
  std::size_t offset;  // where the part begins that the packet walk reads
  bool ethernet;
};

// What stands in front of the network layer, by link type (https://www.tcpdump.org/linktypes.html).
// Returns an offset behind the end for what carries no IP.
Frame frame_of(int link_type, std::span<const std::uint8_t> bytes) noexcept {
  const auto byte = [&](std::size_t i) { return i < bytes.size() ? bytes[i] : 0; };
  switch (link_type) {
    case DLT_EN10MB:
      return {0, true};
    case DLT_LINUX_SLL:  // its last 14 bytes end like an Ethernet header: address, protocol
      return {2, true};
    case DLT_LINUX_SLL2: {
      const int protocol = byte(0) << 8 | byte(1);
      return {protocol == 0x0800 || protocol == 0x86dd ? std::size_t{20} : bytes.size(), false};
    }
    case DLT_NULL:
    case DLT_LOOP:
      return {4, false};
    case DLT_PPP:
    case DLT_PPP_SERIAL: {
      const std::size_t at = byte(0) == 0xff && byte(1) == 0x03 ? 2 : 0;
      const int protocol = byte(at) << 8 | byte(at + 1);
      return {protocol == 0x0021 || protocol == 0x0057 ? at + 2 : bytes.size(), false};
    }
    default:  // DLT_RAW and its relatives: an IP header at once
      return {0, false};
  }
}

bool known_link_type(int link_type) noexcept {
  switch (link_type) {
    case DLT_EN10MB:
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
    case DLT_NULL:
    case DLT_LOOP:
    case DLT_PPP:
    case DLT_PPP_SERIAL:
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct FileCapture::Source {
  std::string path;
  TapId id;
  std::unique_ptr<pcap_t, PcapCloser> pcap;
  HostTap tap;
  int link_type = 0;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  Time time;
  std::optional<Time> first;  // of the packets read; `time` is then the last one's

  Source(std::string file, TapId number, const std::vector<std::uint16_t>& ports, HostTap::Sink sink)
      : path(std::move(file)), id(number), tap(number, ports, std::move(sink)) {}

  // Reads the next packet; false at the end. `trouble` says why the end came too early.
  bool next(std::string& trouble) {
    const int result = pcap_next_ex(pcap.get(), &header, &data);
    if (result == 1) {
      time = Time(std::chrono::seconds(header->ts.tv_sec) + std::chrono::nanoseconds(header->ts.tv_usec));
      if (!first) first = time;
      return true;
    }
    if (result == PCAP_ERROR) trouble = pcap_geterr(pcap.get());
    data = nullptr;
    return false;
  }
};

FileCapture::FileCapture(const std::vector<File>& files, const std::vector<std::uint16_t>& sip_ports) {
  for (const File& file : files) {
    const auto id = static_cast<TapId>(sources_.size());
    auto source = std::make_unique<Source>(file.path, id, sip_ports, [this](const Piece& piece) { sink_(piece); });
    if (std::filesystem::is_directory(file.path))
      throw InputError(fmt::format("{}: is a directory; name the capture files in it", file.path));
    std::FILE* stream = open_maybe_gzipped(file.path);
    if (stream == nullptr) throw InputError(fmt::format("{}: cannot be opened: {}", file.path, std::strerror(errno)));
    char why[PCAP_ERRBUF_SIZE] = "";
    source->pcap.reset(pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, why));
    if (!source->pcap) {
      std::fclose(stream);
      throw InputError(
          fmt::format("{}: is no capture file that can be read (pcap or pcapng, also gzipped): {}", file.path, why));
    }
    source->link_type = pcap_datalink(source->pcap.get());
    if (!known_link_type(source->link_type)) {
      const char* name = pcap_datalink_val_to_name(source->link_type);
      throw InputError(
          fmt::format("{}: link type {} is not supported; Ethernet, Linux cooked, raw IP, PPP and "
                      "loopback are",
                      file.path, name != nullptr ? name : std::to_string(source->link_type)));
    }
    const std::string base = std::filesystem::path(file.path).filename();
    taps_.push_back({id, file.side == Side::unknown ? base : std::string(to_string(file.side)), file.path, file.side,
                     Direction::unknown, "file"});
    sources_.push_back(std::move(source));
  }
}

FileCapture::~FileCapture() = default;

const TapCounters& FileCapture::counters(TapId tap) const noexcept { return sources_[tap]->tap.counters(); }

void FileCapture::flows(const FlowSink& sink) {
  for (const auto& source : sources_) source->tap.flows(sink);
}

void FileCapture::rtcp(const RtcpSink& sink) {
  for (const auto& source : sources_) source->tap.rtcp(sink);
}

std::vector<TableFill> FileCapture::tables() const {
  std::vector<TableFill> sums;
  for (const auto& source : sources_) {
    const std::array<TableFill, 3> tables = source->tap.tables();
    if (sums.empty()) {
      sums.assign(tables.begin(), tables.end());
      continue;
    }
    for (std::size_t i = 0; i < tables.size(); ++i) {
      sums[i].entries += tables[i].entries;
      sums[i].capacity += tables[i].capacity;
      sums[i].evictions += tables[i].evictions;
    }
  }
  return sums;
}

void FileCapture::expect(const MediaEndpoint& endpoint) {
  for (const auto& source : sources_) source->tap.expect(endpoint);
}

void FileCapture::run(const Sink& sink, const Tick& tick) {
  sink_ = sink;
  std::vector<Source*> reading;
  const auto advance = [&](Source* source) {
    std::string trouble;
    const bool more = source->next(trouble);
    if (!trouble.empty())
      warnings_.push_back(fmt::format("{}: ends in the middle, read up to there: {}", source->path, trouble));
    return more;
  };
  for (const auto& source : sources_)
    if (advance(source.get())) reading.push_back(source.get());

  while (!reading.empty()) {
    // On equal times the file named first comes first: --lan before --wan.
    const auto earliest =
        std::min_element(reading.begin(), reading.end(), [](auto* a, auto* b) { return a->time < b->time; });
    Source& source = **earliest;
    tick(source.id, source.time);
    const std::span<const std::uint8_t> bytes(source.data, source.header->caplen);
    if (source.header->caplen < source.header->len) ++cut_;
    const Frame frame = frame_of(source.link_type, bytes);
    const std::size_t skipped = std::min(frame.offset, bytes.size());
    const auto wire = std::max<std::size_t>(source.header->len, bytes.size());
    source.tap.packet(source.time, bytes.subspan(skipped), static_cast<std::uint32_t>(wire - skipped), frame.ethernet);
    if (!advance(&source)) reading.erase(earliest);
  }
  sink_ = nullptr;
  warn_of_times_apart();
}

// Two sides that were not captured at the same time have no message in common.
void FileCapture::warn_of_times_apart() {
  for (const auto& lan : sources_)
    for (const auto& wan : sources_) {
      if (taps_[lan->id].side != Side::lan || taps_[wan->id].side != Side::wan || !lan->first || !wan->first) continue;
      if (std::max(*lan->first, *wan->first) <= std::min(lan->time, wan->time)) continue;
      const bool lan_is_first = lan->time < *wan->first;
      const Source& before = lan_is_first ? *lan : *wan;
      const Source& behind = lan_is_first ? *wan : *lan;
      warnings_.push_back(fmt::format(
          "{} ends at {} and {} begins at {}: the two sides have to be captured at the same time, by clocks "
          "that agree; nothing was compared",
          before.path, to_rfc3339(before.time), behind.path, to_rfc3339(*behind.first)));
    }
}

}  // namespace vialens
