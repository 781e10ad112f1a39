// The oldest TC hook: a cls_bpf filter on the clsact qdisc. It has no bpf_link, so nothing in the kernel removes the
// filter when its owner dies. A guard process does: it waits for the other end of its socket to close, which happens
// however the owner ends, and takes the filters away. The clsact qdisc stays, because others may have come to use it;
// without filters it does nothing.
#pragma once

#include <sys/types.h>

#include <vector>

#include "userspace/capture/live/handles.h"

namespace vialens::live {

class Clsact {
 public:
  struct Filter {
    unsigned ifindex;
    bool egress;
    unsigned handle, priority, program_id;
  };

  Clsact() = default;
  Clsact(Clsact&&) = delete;
  ~Clsact();  // closes the socket and waits until the guard has removed all filters

  // Attaches the program in front of the other filters of the hook. Throws std::system_error.
  Filter attach(unsigned ifindex, bool egress, int program_fd);
  void detach(const Filter& filter);
  static bool attached(const Filter& filter) noexcept;  // false if it is gone, or another program is in its place

 private:
  void start_guard();

  FileDescriptor orders_;
  pid_t guard_ = -1;
};

}  // namespace vialens::live
