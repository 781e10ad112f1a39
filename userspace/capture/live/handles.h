// Owners for what libbpf and the kernel hand out. A moved-from owner owns nothing.
#pragma once

#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace vialens::live {

template <auto Destroy>
struct Destroyer {
  template <class T>
  void operator()(T* object) const noexcept {
    Destroy(object);
  }
};

template <class T, auto Destroy>
using Handle = std::unique_ptr<T, Destroyer<Destroy>>;

using RingBuffer = Handle<ring_buffer, ring_buffer__free>;

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// For libbpf and system calls that return a negative number on error: -errno, or -1 and errno.
inline int check(int result, std::string_view what) {
  if (result >= 0) return result;
  const int code = result == -1 && errno != 0 ? errno : -result;
  throw std::system_error(code, std::generic_category(), std::string(what));
}

}  // namespace vialens::live
