// Capture files as taps: pcap (either byte order, µs or ns) and pcapng, plain or gzipped, read by libpcap.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "userspace/capture/flow.h"
#include "userspace/capture/media_endpoint.h"
#include "userspace/capture/tap_info.h"
#include "userspace/core/table_fill.h"

namespace vialens {

class FileCapture {
 public:
  struct File {
    std::string path;
    Side side = Side::unknown;
  };
  using Sink = std::function<void(const Piece&)>;
  using Tick = std::function<void(TapId, Time)>;

  // Opens the files; each becomes a tap, numbered in this order. Throws InputError for one that cannot be read.
  FileCapture(const std::vector<File>& files, const std::vector<std::uint16_t>& sip_ports);
  ~FileCapture();

  // Reads all files to their ends, merged by time. `tick` is called before each packet with its tap and time.
  // A file that breaks off in the middle is read up to there, and said in warnings().
  void run(const Sink& sink, const Tick& tick);

  // The flows that changed since the last call. May be called from within `tick`.
  void flows(const FlowSink& sink);
  void rtcp(const RtcpSink& sink);             // senders of RTCP, likewise
  void expect(const MediaEndpoint& endpoint);  // in all files

  std::vector<TableFill> tables() const;  // of media, all files together

  const std::vector<TapInfo>& taps() const noexcept { return taps_; }
  const TapCounters& counters(TapId tap) const noexcept;
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  std::uint64_t cut_packets() const noexcept { return cut_; }  // shorter in the file than on the wire

 private:
  struct Source;
  void warn_of_times_apart();

  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<TapInfo> taps_;
  std::vector<std::string> warnings_;
  Sink sink_;
  std::uint64_t cut_ = 0;
};

}  // namespace vialens
