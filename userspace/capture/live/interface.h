// A network interface as the kernel tells of it.
#pragma once

#include <optional>
#include <string>

#include "userspace/capture/live/handles.h"

namespace vialens::live {

struct Interface {
  unsigned index = 0;
  std::string name;
  bool up = false;        // administratively up and running
  bool ethernet = false;  // frames begin with an Ethernet header; else with the IP header

  static std::optional<Interface> find(const std::string& name);
  static std::optional<Interface> find(unsigned index);
};

// Makes sure that one vialens at a time watches an interface: an abstract socket, which the kernel keeps per network
// namespace and removes with its owner, however that ends. Throws InputError if somebody holds it.
FileDescriptor lock_interface(const Interface& interface);

// Tells when interfaces of this network namespace come, go or change.
class InterfaceMonitor {
 public:
  InterfaceMonitor();
  int fd() const noexcept { return socket_.get(); }
  bool changed();  // reads what there is; true if something happened since

 private:
  FileDescriptor socket_;
};

}  // namespace vialens::live
