#include "userspace/capture/live/clsact.h"

#include <bpf/bpf.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

namespace vialens::live {
namespace {

bpf_tc_hook hook_of(unsigned ifindex, bool egress) {
  bpf_tc_hook hook{};
  hook.sz = sizeof(hook);
  hook.ifindex = static_cast<int>(ifindex);
  hook.attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS;
  return hook;
}

bpf_tc_opts options_of(const Clsact::Filter& filter) {
  bpf_tc_opts options{};
  options.sz = sizeof(options);
  options.handle = filter.handle;
  options.priority = filter.priority;
  return options;
}

// Only if it is still ours: the interface may be gone, or its index in use again.
void remove(const Clsact::Filter& filter) {
  if (!Clsact::attached(filter)) return;
  const bpf_tc_hook hook = hook_of(filter.ifindex, filter.egress);
  const bpf_tc_opts options = options_of(filter);
  bpf_tc_detach(&hook, &options);
}

struct Order {
  bool add;
  Clsact::Filter filter;
};

// The guard's life. It keeps nothing open but its socket: a copy of a bpf_link would keep that link alive.
[[noreturn]] void guard(int orders) {
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) signal(signal_number, SIG_IGN);
  setsid();
  prctl(PR_SET_NAME, "vialens-guard");
  if (orders != 3) {
    dup2(orders, 3);
    orders = 3;
  }
  syscall(SYS_close_range, 4U, ~0U, 0U);
  libbpf_set_print(nullptr);
  std::vector<Clsact::Filter> filters;
  Order order;
  while (read(orders, &order, sizeof(order)) == sizeof(order)) {
    if (order.add)
      filters.push_back(order.filter);
    else
      std::erase_if(filters, [&](const Clsact::Filter& f) { return f.program_id == order.filter.program_id; });
  }
  for (const Clsact::Filter& filter : filters) remove(filter);
  _exit(0);
}

}  // namespace

Clsact::~Clsact() {
  if (guard_ < 0) return;
  orders_ = FileDescriptor();
  waitpid(guard_, nullptr, 0);
}

void Clsact::start_guard() {
  int ends[2];
  check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "create a socket pair");
  guard_ = fork();
  if (guard_ == 0) guard(ends[0]);
  close(ends[0]);
  orders_ = FileDescriptor(ends[1]);
  check(guard_, "start the process that removes TC filters");
}

Clsact::Filter Clsact::attach(unsigned ifindex, bool egress, int program_fd) {
  if (guard_ < 0) start_guard();
  bpf_tc_hook hook = hook_of(ifindex, egress);
  // The qdisc has both directions; either attach point creates it.
  const int created = bpf_tc_hook_create(&hook);
  if (created != -EEXIST) check(created, "create the clsact qdisc");
  // In front of the others, since one that answers ends the walk: of equal priority the newest comes first. Another
  // kind of filter does not share its priority; then the kernel finds a place.
  bpf_tc_opts options{};
  int attached = -1;
  for (const unsigned priority : {1U, 0U}) {
    options = {};
    options.sz = sizeof(options);
    options.prog_fd = program_fd;
    options.priority = priority;
    attached = bpf_tc_attach(&hook, &options);
    if (attached == 0) break;
  }
  check(attached, "attach the TC filter");
  const Filter filter{ifindex, egress, options.handle, options.priority, options.prog_id};
  const Order order{true, filter};
  if (send(orders_.get(), &order, sizeof(order), MSG_NOSIGNAL) < 0) {
    const int code = errno;
    remove(filter);  // without its guard it could outlive us
    check(-code, "tell the guard");
  }
  return filter;
}

void Clsact::detach(const Filter& filter) {
  remove(filter);
  const Order order{false, filter};
  // A guard that somebody has killed needs to hear nothing.
  send(orders_.get(), &order, sizeof(order), MSG_NOSIGNAL);
}

bool Clsact::attached(const Filter& filter) noexcept {
  const bpf_tc_hook hook = hook_of(filter.ifindex, filter.egress);
  bpf_tc_opts options = options_of(filter);
  return bpf_tc_query(&hook, &options) == 0 && options.prog_id == filter.program_id;
}

}  // namespace vialens::live
