// Owners for what libbpf and the kernel hand out. A moved-from owner owns nothing.
#pragma once

#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>

#include "userspace/core/file_descriptor.h"

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

// For libbpf and system calls that return a negative number on error: -errno, or -1 and errno.
inline int check(int result, std::string_view what) {
  if (result >= 0) return result;
  const int code = result == -1 && errno != 0 ? errno : -result;
  throw std::system_error(code, std::generic_category(), std::string(what));
}

}  // namespace vialens::live
