// The box as the checks see it: files of the kernel, and programs that print its rules.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vialens {

// Whose commands repair something.
enum class Flavour : std::uint8_t { plain, openwrt, vyos, edgeos, firewalld };

class Host {
 public:
  // `root`: where /proc, /sys and /etc are; programs are looked for in its bin first. Of another root than "/" nothing
  // is asked over netlink. `patience`: with a program.
  explicit Host(std::filesystem::path root = "/", std::chrono::milliseconds patience = std::chrono::seconds(10));

  const std::filesystem::path& root() const noexcept { return root_; }
  bool is_this() const noexcept { return root_ == "/"; }
  Flavour flavour() const noexcept { return flavour_; }

  // Up to 16 MiB of the file; nothing if there is none, or it cannot be read.
  std::optional<std::string> read(const std::filesystem::path& path) const;
  std::optional<long> number(const std::filesystem::path& path) const;
  bool has(const std::filesystem::path& path) const;
  std::vector<std::string> names_in(const std::filesystem::path& directory) const;  // sorted

  struct Output {
    int status = 0;  // of exit
    std::string text;
  };
  // What a program prints, without a shell and in English. It is run once, however often it is asked for. Nothing if it
  // is not installed, or takes too long.
  std::optional<Output> run(const std::vector<std::string>& command) const;
  bool is_installed(std::string_view program) const { return !path_of(program).empty(); }

  // Whether the module is loaded or built in, where it has `symbol`; nothing if the kernel does not let us know.
  std::optional<bool> has_module(std::string_view name, std::string_view symbol) const;

 private:
  std::optional<Output> run_now(const std::vector<std::string>& command) const;
  std::filesystem::path path_of(std::string_view program) const;

  std::filesystem::path root_;
  std::chrono::milliseconds patience_;
  Flavour flavour_;
  mutable std::map<std::vector<std::string>, std::optional<Output>> outputs_;  // by command
  mutable std::optional<std::string> symbols_;                                 // /proc/kallsyms, some megabytes
};

// Lines of a text that contain `what`, `most` at most.
std::vector<std::string> lines_with(std::string_view text, std::string_view what, std::size_t most = 5);

}  // namespace vialens
