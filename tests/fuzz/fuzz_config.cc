// libFuzzer target for the reader of the configuration: no text crashes it, each value it takes is one that it would
// print and take again, and what it says has no control characters but line ends.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "userspace/config/read_config.h"
#include "userspace/config/settings.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vialens;  // NOLINT(google-build-using-namespace)
  ConfigFile file = read_config({reinterpret_cast<const char*>(data), size}, "f");
  for (const Setting& setting : settings()) {
    const std::string text = "[" + std::string(setting.section) + "]\n" + std::string(setting.key) + " = " +
                             to_toml(setting, file.config) + "\n";
    require(equal(setting, read_config(text, "again").config, file.config));
  }
  add_conflicts(file);
  for (const char c : describe(file)) require(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
  return 0;
}
