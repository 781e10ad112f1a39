#include "userspace/metrics/metrics_file.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "userspace/core/error.h"

namespace vialens {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

[[noreturn]] void fail() { throw std::system_error(errno, std::generic_category()); }

}  // namespace

MetricsFile::MetricsFile(std::string path, const Metrics& metrics) : path_(std::move(path)), metrics_(metrics) {
  try {
    write();
  } catch (const std::system_error& error) {
    throw InputError(fmt::format("{}: cannot write metrics there: {} (a folder that exists and is writable?)", path_,
                                 error.code().message()));
  }
}

// Next to it and then in its place. The name has no .prom at its end, by which the collector finds its files.
void MetricsFile::write() const {
  const std::string text = metrics_.text(false);
  const std::string beside = path_ + ".new";
  {
    std::unique_ptr<std::FILE, Close> file(std::fopen(beside.c_str(), "we"));
    if (!file) fail();
    const bool whole = std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
    if (!whole || std::fflush(file.get()) != 0) {
      const int error = errno;
      std::remove(beside.c_str());
      errno = error;
      fail();
    }
  }
  if (std::rename(beside.c_str(), path_.c_str()) != 0) fail();
}

void MetricsFile::try_to_write() {
  written_ = Clock::now();
  try {
    write();
    if (std::exchange(failing_, false)) spdlog::info("{}: metrics are written again", path_);
  } catch (const std::system_error& error) {
    if (!std::exchange(failing_, true))
      spdlog::warn("{}: cannot write metrics: {}; trying again every {} s", path_, error.code().message(),
                   kEvery.count());
  }
}

void MetricsFile::on_status(const Summary&) {
  if (written_ == Clock::time_point{} || Clock::now() - written_ >= kEvery) try_to_write();
}

void MetricsFile::on_summary(const Summary&) { try_to_write(); }

}  // namespace vialens
