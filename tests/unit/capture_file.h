// Capture files for tests, written byte by byte: pcap in either byte order, µs or ns, and pcapng.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>

namespace vialens::test {

enum class Order : std::uint8_t { little, big };

inline std::string number(std::uint64_t value, int bytes, Order order) {
  std::string text;
  for (int i = 0; i < bytes; ++i)
    text += static_cast<char>(value >> (8 * (order == Order::little ? i : bytes - 1 - i)) & 0xffU);
  return text;
}

struct Record {
  std::int64_t ns = 0;  // since 1970
  std::string frame;
  std::size_t wire_length = 0;  // 0: as long as the frame

  std::size_t wire() const { return wire_length == 0 ? frame.size() : wire_length; }
};

struct Format {
  Order order = Order::little;
  bool nanoseconds = false;
  std::uint32_t link_type = 1;
};

inline std::string pcap(const std::vector<Record>& records, const Format& format = {}) {
  const auto put = [&](std::uint64_t value, int bytes) { return number(value, bytes, format.order); };
  std::string file = put(format.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 4) + put(2, 2) + put(4, 2) + put(0, 8) +
                     put(262144, 4) + put(format.link_type, 4);
  for (const Record& record : records) {
    const auto fraction = static_cast<std::uint64_t>(record.ns % 1'000'000'000);
    file += put(static_cast<std::uint64_t>(record.ns / 1'000'000'000), 4) +
            put(format.nanoseconds ? fraction : fraction / 1000, 4) + put(record.frame.size(), 4) +
            put(record.wire(), 4) + record.frame;
  }
  return file;
}

inline std::string pcapng(const std::vector<Record>& records, const Format& format = {}) {
  const auto put = [&](std::uint64_t value, int bytes) { return number(value, bytes, format.order); };
  const auto padded = [](std::string text) { return text + std::string((4 - text.size() % 4) % 4, '\0'); };
  const auto block = [&](std::uint32_t type, const std::string& body) {
    const std::string length = put(body.size() + 12, 4);
    return put(type, 4) + length + body + length;
  };
  std::string interface = put(format.link_type, 2) + put(0, 2) + put(262144, 4);
  if (format.nanoseconds) interface += put(9, 2) + put(1, 2) + padded("\x09") + put(0, 4);  // if_tsresol
  std::string file =
      block(0x0a0d0d0a, put(0x1a2b3c4d, 4) + put(1, 2) + put(0, 2) + put(~std::uint64_t{0}, 8)) + block(1, interface);
  for (const Record& record : records) {
    const auto time = static_cast<std::uint64_t>(format.nanoseconds ? record.ns : record.ns / 1000);
    file += block(6, put(0, 4) + put(time >> 32U, 4) + put(time & 0xffffffffU, 4) + put(record.frame.size(), 4) +
                         put(record.wire(), 4) + padded(record.frame));
  }
  return file;
}

// A folder of its own, which goes when the test does.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() / ("vialens-test-" + std::to_string(std::random_device{}()))) {
    std::filesystem::create_directory(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(std::string_view name) const { return path_ / name; }
  std::string write(std::string_view name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path(name);
  }
  std::string write_gzipped(std::string_view name, std::string_view bytes) const {
    gzFile file = gzopen(path(name).c_str(), "wb");
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace vialens::test
