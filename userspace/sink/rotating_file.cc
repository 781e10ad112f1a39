#include "userspace/sink/rotating_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "userspace/core/error.h"
#include "userspace/sink/text.h"

namespace vialens {
namespace {

constexpr auto kWarnEvery = std::chrono::minutes(1);

std::string error_text(int error) { return std::strerror(error); }  // NOLINT(concurrency-mt-unsafe): glibc's is safe

}  // namespace

RotatingFile::RotatingFile(Options options) : options_(std::move(options)) {
  if (!open())
    throw InputError(fmt::format("cannot write to {}: {}; name a file in a folder that is there and writable",
                                 options_.path, error_text(errno)));
}

RotatingFile::~RotatingFile() {
  if (file_ >= 0) close(file_);
}

bool RotatingFile::open() {
  if (file_ >= 0) close(file_);
  file_ = ::open(options_.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  struct stat status {};
  if (file_ < 0 || fstat(file_, &status) != 0) return false;
  size_ = static_cast<std::uint64_t>(status.st_size);
  return true;
}

void RotatingFile::rotate() {
  const auto name = [&](unsigned number) {
    return number == 0 ? options_.path : fmt::format("{}.{}", options_.path, number);
  };
  for (unsigned number = options_.keep; number > 0; --number)
    std::rename(name(number - 1).c_str(), name(number).c_str());  // those that are not there yet are left out
  if (options_.keep == 0) unlink(options_.path.c_str());
  ++rotations_;
  open();
}

bool RotatingFile::write_whole(std::string_view line) const {
  const ssize_t wrote = ::write(file_, line.data(), line.size());
  if (wrote == static_cast<ssize_t>(line.size())) return true;
  if (wrote > 0 && ftruncate(file_, static_cast<off_t>(size_)) == 0) errno = ENOSPC;  // no half lines
  return false;
}

void RotatingFile::write(std::string_view line) {
  if (file_ < 0 || reopen_.exchange(false)) open();
  if (options_.most_bytes != 0 && size_ != 0 && size_ + line.size() > options_.most_bytes) rotate();
  if (file_ < 0 || !write_whole(line)) return drop(errno);
  size_ += line.size();
  ++lines_;
}

void RotatingFile::drop(int error) {
  ++dropped_;
  const auto now = std::chrono::steady_clock::now();
  if (dropped_ > 1 && now - warned_ < kWarnEvery) return;
  warned_ = now;
  spdlog::warn("cannot write to {}: {}; {} dropped so far", options_.path, error_text(error),
               plural(dropped_.load(), "line was", "lines were"));
}

}  // namespace vialens
