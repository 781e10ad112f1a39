#include "userspace/doctor/host.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <sstream>

#include "userspace/knowledge/gateway.h"

namespace vialens {
namespace {

constexpr std::size_t kLongestFile = 16U << 20U, kLongestOutput = 16U << 20U;

Flavour flavour_of(const std::filesystem::path& root) {
  const System system = this_system(root);
  std::error_code ignored;
  if (system.id == "openwrt" || std::filesystem::exists(root / "etc/openwrt_release", ignored)) return Flavour::openwrt;
  if (system.id == "vyos") return Flavour::vyos;
  std::ifstream version(root / "etc/version");
  std::string line;
  if (std::getline(version, line) && (line.starts_with("EdgeRouter") || line.starts_with("EdgeOS")))
    return Flavour::edgeos;
  return std::filesystem::exists(root / "run/firewalld", ignored) ? Flavour::firewalld : Flavour::plain;
}

// Reads until the other end is closed; false if that takes too long, or never ends.
bool read_all(int descriptor, std::chrono::milliseconds patience, std::string& text) {
  const auto end = std::chrono::steady_clock::now() + patience;
  char buffer[65536];
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd waiting{descriptor, POLLIN, 0};
    if (left <= 0 || poll(&waiting, 1, static_cast<int>(left)) <= 0) return false;
    const ssize_t count = read(descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > kLongestOutput) return false;
  }
}

}  // namespace

Host::Host(std::filesystem::path root, std::chrono::milliseconds patience)
    : root_(std::move(root)), patience_(patience), flavour_(flavour_of(root_)) {}

std::optional<std::string> Host::read(const std::filesystem::path& path) const {
  std::ifstream file(root_ / path.relative_path(), std::ios::binary);
  if (!file) return std::nullopt;
  std::string text;
  char part[65536];
  while (text.size() < kLongestFile && (file.read(part, sizeof part), file.gcount() > 0))
    text.append(part, static_cast<std::size_t>(file.gcount()));
  return file.bad() ? std::nullopt : std::optional(std::move(text));
}

std::optional<long> Host::number(const std::filesystem::path& path) const {
  const auto text = read(path);
  if (!text) return std::nullopt;
  long value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  return error == std::errc{} ? std::optional(value) : std::nullopt;
}

bool Host::has(const std::filesystem::path& path) const {
  std::error_code ignored;
  return std::filesystem::exists(root_ / path.relative_path(), ignored);
}

std::vector<std::string> Host::names_in(const std::filesystem::path& directory) const {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(root_ / directory.relative_path(), error), end; !error && it != end;
       it.increment(error))
    names.push_back(it->path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::filesystem::path Host::path_of(std::string_view program) const {
  for (const char* const folder : {"bin", "usr/sbin", "usr/bin", "sbin", "usr/local/sbin", "usr/local/bin"}) {
    std::filesystem::path path = root_ / folder / program;
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

std::optional<Host::Output> Host::run(const std::vector<std::string>& command) const {
  const auto known = outputs_.find(command);
  return known != outputs_.end() ? known->second : outputs_[command] = run_now(command);
}

std::optional<Host::Output> Host::run_now(const std::vector<std::string>& command) const {
  const std::filesystem::path path = path_of(command.front());
  int ends[2];
  if (path.empty() || pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  char language[] = "LC_ALL=C";
  char* environment[] = {language, nullptr};
  pid_t child = 0;
  const int error = posix_spawn(&child, path.c_str(), &actions, nullptr, words.data(), environment);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  Output output;
  const bool complete = error == 0 && read_all(ends[0], patience_, output.text);
  close(ends[0]);
  if (error != 0) return std::nullopt;
  if (!complete) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!complete) return std::nullopt;
  output.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return output;
}

std::optional<bool> Host::has_module(std::string_view name, std::string_view symbol) const {
  if (has(std::filesystem::path("sys/module") / name)) return true;
  // What is built in and has no parameter shows in neither lsmod nor /sys/module, but by its symbols.
  if (!symbols_) symbols_ = read("proc/kallsyms");
  if (!symbols_) return std::nullopt;
  return symbols_->find(" " + std::string(symbol)) != std::string::npos;
}

std::vector<std::string> lines_with(std::string_view text, std::string_view what, std::size_t most) {
  std::vector<std::string> found;
  while (!text.empty() && found.size() < most) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find(what) == line.npos) continue;
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    found.emplace_back(line);
  }
  return found;
}

}  // namespace vialens
