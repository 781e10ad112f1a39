#include "userspace/app/watch.h"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "userspace/app/commands.h"
#include "userspace/app/screen.h"
#include "userspace/app/signals.h"
#include "userspace/core/error.h"
#include "userspace/sink/text.h"

namespace vialens::app {
namespace {

constexpr std::string_view kEnterScreen = "\x1b[?1049h\x1b[?25l", kLeaveScreen = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H", kClearLine = "\x1b[K", kClearBelow = "\x1b[J";

// The other screen of the terminal (xterm's private mode 1049), without a cursor, as long as this lives.
class OtherScreen {
 public:
  explicit OtherScreen(bool wanted) : wanted_(wanted) {
    if (wanted_) print(std::string(kEnterScreen));
  }
  ~OtherScreen() { leave(); }
  OtherScreen(const OtherScreen&) = delete;
  OtherScreen& operator=(const OtherScreen&) = delete;

  void leave() noexcept {
    if (!std::exchange(wanted_, false)) return;
    [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, kLeaveScreen.data(), kLeaveScreen.size());
  }
  // Over what is there, without a moment in which nothing is.
  static bool draw(const std::string& text) {
    const std::size_t height = std::max<std::size_t>(screen_of_output().height, 3);
    std::string out(kHome);
    std::size_t lines = 0;
    for (std::size_t at = 0; at < text.size(); ++lines) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      if (lines == height - 2 && end + 1 < text.size()) {
        out += fmt::format("  ... a higher window shows more{}\n", kClearLine);
        break;
      }
      out += text.substr(at, end - at) + std::string(kClearLine) + '\n';
      at = end + 1;
    }
    return print(out + std::string(kClearBelow));
  }

 private:
  bool wanted_;
};

// Waits for signals in a thread of its own, so that Ctrl-C ends this also while an answer is waited for.
class Watch {
 public:
  Watch(const WatchOptions& options, std::string title)
      : options_(options),
        title_(std::move(title)),
        screen_(!options.json && is_terminal()),
        redraws_(!options.json && is_terminal()) {
    std::thread([this] { heed_signals(); }).detach();  // ends with the process
  }

  int run(const Question& question) {
    std::string trouble;
    for (bool first = true;; first = false) {
      std::string text;
      try {
        text = question(table_layout());
        if (!trouble.empty() && !redraws_) spdlog::info("it answers again");
        trouble.clear();
      } catch (const InputError& error) {
        if (first) throw;
        if (trouble != error.what() && !redraws_)
          spdlog::warn("{}; asked again every {} s", error.what(), options_.seconds);
        trouble = error.what();
      }
      if (!show(text, trouble, first)) return kOk;
      std::unique_lock lock(mutex_);
      resized_.wait_for(lock, std::chrono::duration<double>(options_.seconds),
                        [this] { return std::exchange(was_resized_, false); });
    }
  }

 private:
  // False if nobody reads any more.
  bool show(const std::string& text, const std::string& trouble, bool first) {
    const std::lock_guard lock(mutex_);  // whole, or not at all
    if (options_.json) return print(text);
    const TableLayout layout = table_layout();
    const std::string time = to_rfc3339(layout.now).substr(11, 8);
    if (redraws_)
      return OtherScreen::draw(
          layout.paint(shorten(fmt::format("{}, every {} s: {} UTC, Ctrl-C ends it", title_, options_.seconds, time),
                               std::max<std::size_t>(layout.width, 20)),
                       ansi::kDim) +
          '\n' +
          (trouble.empty() ? text
                           : '\n' + wrapped(printable(trouble), std::max<std::size_t>(layout.width, 20), 0) + '\n'));
    return !trouble.empty() || print(fmt::format("{}{}, {} {} UTC\n{}", first ? "" : "\n", title_,
                                                 to_rfc3339(layout.now).substr(0, 10), time, text));
  }

  void heed_signals() {
    pollfd waiting{signals_.fd(), POLLIN, 0};
    for (;;) {
      poll(&waiting, 1, -1);
      const Signals::News news = signals_.read();
      if (news == Signals::News::none) continue;
      // Who does not read does not keep this from ending, either.
      const std::unique_lock lock(mutex_, std::chrono::seconds(1));
      if (news == Signals::News::stop) {
        screen_.leave();
        _exit(kOk);
      }
      was_resized_ = true;
      resized_.notify_one();
    }
  }

  const WatchOptions& options_;
  std::string title_;
  Signals signals_;
  OtherScreen screen_;
  bool redraws_;
  std::timed_mutex mutex_;
  std::condition_variable_any resized_;
  bool was_resized_ = false;
};

}  // namespace

void WatchOptions::add_to(CLI::App& command) {
  given = command
              .add_option(
                  "--watch", seconds,
                  fmt::format("Again and again, on a terminal in place: every {} s, or --watch=SECONDS. Ctrl-C ends it",
                              seconds))
              ->type_name("SECONDS")
              ->expected(0, 1)
              ->check(CLI::Range(0.1, 86400.0));
  command.add_flag("--json", json, "One JSON object a line instead of a table; with --watch the lines of each round");
}

int answer(const WatchOptions& options, const std::string& title, const Question& question) {
  std::signal(SIGPIPE, SIG_IGN);  // who is asked may go away in the middle
  if (options.watching()) return static_cast<int>(Watch(options, title).run(question));
  print(question(table_layout()));
  return kOk;
}

}  // namespace vialens::app
