// A file of lines that does not grow beyond its size: when it is full it becomes FILE.1, what was FILE.1 becomes
// FILE.2, and so on. A line is written whole or not at all. Where there is no room, lines are dropped and counted until
// there is.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace vialens {

class RotatingFile {
 public:
  struct Options {
    std::string path;
    std::uint64_t most_bytes = 64UL << 20U;  // of each file; 0: no limit, and no rotation
    unsigned keep = 5;                       // older files, besides the one that is written
  };
  struct Stats {
    std::uint64_t lines = 0, dropped = 0, rotations = 0;
  };

  // Throws InputError if the file cannot be opened. What it has already stays.
  explicit RotatingFile(Options options);
  ~RotatingFile();
  RotatingFile(const RotatingFile&) = delete;
  RotatingFile& operator=(const RotatingFile&) = delete;

  void write(std::string_view line);          // with its end; from one thread
  void reopen() noexcept { reopen_ = true; }  // before the next line, as after logrotate; from any thread
  Stats stats() const noexcept { return {lines_, dropped_, rotations_}; }  // from any thread

 private:
  bool open();
  void rotate();
  bool write_whole(std::string_view line) const;
  void drop(int error);

  Options options_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  std::atomic<bool> reopen_ = false;
  std::atomic<std::uint64_t> lines_ = 0, dropped_ = 0, rotations_ = 0;
  std::chrono::steady_clock::time_point warned_{};
};

}  // namespace vialens
