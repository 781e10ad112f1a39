#include "tests/unit/case_file.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <sstream>

namespace vialens::test {
namespace {

using Lines = std::vector<std::string>;

struct Message {
  std::string before, after;  // as it entered, as it left
};

struct Options {
  bool again = false, lf = false;
  std::size_t split = 0, fragment = 0, leave = 1000, snaplen = 0;
};

bool is_message_line(std::string_view line) {
  if (line.empty() || line == "-" || line == "+") return true;
  return line.size() >= 2 && (line[0] == ' ' || line[0] == '-' || line[0] == '+') && line[1] == ' ';
}

std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == '#' && (i == 0 || line[i - 1] == ' ')) return line.substr(0, i);
  return line;
}

std::string unescaped(const std::string& line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line.compare(i, 2, "\\x") == 0) {
      const std::string digits = line.substr(i + 2, 2);
      if (digits.size() != 2 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
        throw std::invalid_argument("two hexadecimal digits have to follow \\x");
      text += static_cast<char>(std::stoi(digits, nullptr, 16));
      i += 3;
    } else {
      text += line[i];
    }
  }
  return text;
}

// The bytes of these lines; an open line has none behind it.
std::string join(Lines::const_iterator from, Lines::const_iterator to, std::string_view line_end) {
  std::string text;
  for (; from != to; ++from) {
    const bool open = from->ends_with('\\');
    text += unescaped(open ? from->substr(0, from->size() - 1) : *from);
    if (!open) text += line_end;
  }
  return text;
}

std::string assemble(Lines lines, std::string_view line_end) {
  static const std::regex automatic("^(Content-Length|l)(\\s*:\\s*)auto([+-][0-9]+)?$", std::regex::icase);
  auto empty = std::find(lines.begin(), lines.end(), "");
  const bool is_open = !lines.empty() && lines.back().ends_with('\\');
  if (empty == lines.end() && !is_open) empty = lines.insert(lines.end(), "");
  const std::string body = empty == lines.end() ? "" : join(empty + 1, lines.end(), line_end);
  for (auto line = lines.begin(); line != empty; ++line) {
    std::smatch match;
    if (!std::regex_match(*line, match, automatic)) continue;
    const long extra = match[3].matched ? std::stol(match[3].str()) : 0;
    *line = match[1].str() + match[2].str() + std::to_string(static_cast<long>(body.size()) + extra);
  }
  return join(lines.begin(), lines.end(), line_end);
}

class Reader {
 public:
  Reader(std::string_view text, std::string file) : file_(std::move(file)) {
    std::istringstream stream{std::string(text)};
    for (std::string line; std::getline(stream, line);) lines_.push_back(line);
  }

  std::vector<Case> read() {
    while (at_ < lines_.size()) {
      const std::string& line = lines_[at_++];
      if (line.starts_with("case:")) {
        begin(line.substr(5));
        continue;
      }
      words_.clear();
      std::istringstream stream{std::string(without_comment(line))};
      for (std::string word; stream >> word;) words_.push_back(word);
      next_ = 0;
      if (words_.empty()) continue;
      if (is_message_line(line)) fail("a line of a message, and no out, in, lan or wan before it");
      try {
        obey();
      } catch (const std::logic_error& error) {  // a number that is too large, an escape that is none
        fail(error.what());
      }
    }
    if (!cases_.empty()) check_end();
    return std::move(cases_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw CaseError(file_ + ":" + std::to_string(at_) + ": " + what);
  }

  void begin(std::string title) {
    if (!cases_.empty()) check_end();
    title.erase(0, std::min(title.find_first_not_of(' '), title.size()));
    if (title.empty()) fail("a case needs a sentence that says what happens");
    Case& fresh = cases_.emplace_back();
    fresh.file = file_;
    fresh.title = std::move(title);
    fresh.line = static_cast<int>(at_);
    fresh.coarse.latency = 0;
    side_.reset();
    last_.reset();
    now_ = 0;
    ssrc_ = 0x5eed;
    seen_.clear();
  }

  void check_end() const {
    const Case& last = cases_.back();
    if (last.expected.empty() && last.never.empty() && !last.nothing_else)
      throw CaseError(file_ + ":" + std::to_string(last.line) +
                      ": this case neither expects anything nor rules it out");
  }

  Case& current() {
    if (cases_.empty()) fail("\"case: what happens\" has to come first");
    return cases_.back();
  }

  void obey() {
    static const std::map<std::string, void (Reader::*)()> kCommands{
        {"phone", &Reader::cast},    {"router", &Reader::cast},   {"server", &Reader::cast},
        {"udp", &Reader::transport}, {"tcp", &Reader::transport}, {"side", &Reader::side},
        {"out", &Reader::cross},     {"in", &Reader::cross},      {"lan", &Reader::one_side},
        {"wan", &Reader::one_side},  {"flow", &Reader::flow},     {"capture", &Reader::capture_lost},
        {"rtcp", &Reader::rtcp},     {"packet", &Reader::packet}, {"until", &Reader::wait},
        {"expect", &Reader::expect}, {"never", &Reader::never},   {"nothing", &Reader::nothing_else}};
    current();
    const auto command = kCommands.find(word());
    if (command == kCommands.end()) fail("\"" + words_.front() + "\" is no command");
    (this->*command->second)();
    check_all_understood();
  }

  // Words of the line.

  void check_all_understood() const {
    if (more()) fail("\"" + words_[next_] + "\" is not understood here");
  }
  bool more() const { return next_ < words_.size(); }
  std::string word() {
    if (!more()) fail("something is missing at the end of the line");
    return words_[next_++];
  }
  bool take(std::string_view wanted) {
    if (!more() || words_[next_] != wanted) return false;
    ++next_;
    return true;
  }
  void need(std::string_view wanted) {
    if (!take(wanted)) fail("\"" + std::string(wanted) + "\" is missing");
  }
  static std::optional<double> as_number(const std::string& text) {
    std::size_t used = 0;
    if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) == 0) return std::nullopt;
    const double number = std::stod(text, &used);
    return used == text.size() ? std::optional(number) : std::nullopt;
  }
  double number() {
    const std::string text = word();
    const auto number = as_number(text);
    if (!number) fail("\"" + text + "\" is no number");
    return *number;
  }
  std::size_t count() { return static_cast<std::size_t>(number()); }
  std::vector<double> times() {
    std::vector<double> times{number()};
    while (more() && as_number(words_[next_])) times.push_back(number());
    now_ = std::max(now_, *std::max_element(times.begin(), times.end()));
    return times;
  }
  // A name of the cast, one with another port, or an address with a port.
  std::string end_point() {
    const std::string text = word();
    const std::size_t colon = std::min(text.rfind(':'), text.size());
    const std::string name = text.substr(0, colon);
    const Story& story = current().story;
    for (const auto& [known, where] : {std::pair<std::string, const std::string*>{"phone", &story.phone},
                                       {"router", &story.router},
                                       {"server", &story.server}}) {
      if (name != known) continue;
      return colon == text.size() ? *where : where->substr(0, where->rfind(':')) + text.substr(colon);
    }
    const std::string port = text.substr(std::min(colon + 1, text.size()));
    if (!Address::parse(name) || !as_number(port))
      fail("\"" + text + "\" is neither phone, router nor server, nor an address with a port");
    return text;
  }
  Options options() {
    Options options;
    while (more()) {
      if (take("again"))
        options.again = true;
      else if (take("lf"))
        options.lf = true;
      else if (take("split"))
        options.split = count();
      else if (take("snaplen"))
        options.snaplen = count();
      else if (take("fragments"))
        options.fragment = count(), options.leave = leaving();
      else
        return options;
    }
    return options;
  }
  std::size_t leaving() {
    if (!take("of")) return 1000;
    need("which");
    const std::size_t leave = count();
    if (!take("leaves")) need("leave");
    return leave;
  }

  // Messages.

  const Message& message(const Options& options) {
    check_all_understood();
    if (options.again) {
      if (!last_) fail("there is no message before this one");
      return *last_;
    }
    Lines before;
    Lines after;
    std::size_t end = at_;
    while (end < lines_.size() && is_message_line(lines_[end])) ++end;
    while (end > at_ && lines_[end - 1].empty()) --end;  // what separates it from the next command
    if (end == at_) fail("a message is missing behind this line (or \"again\")");
    for (; at_ < end; ++at_) {
      const std::string& line = lines_[at_];
      const std::string content = line.size() > 2 ? line.substr(2) : "";
      if (!line.starts_with('+')) before.push_back(content);
      if (!line.starts_with('-')) after.push_back(content);
    }
    const std::string_view line_end = options.lf ? "\n" : "\r\n";
    return last_.emplace(Message{assemble(before, line_end), assemble(after, line_end)});
  }

  template <class Tell>
  void tell(Tell tell) {
    tell(current().story);
    tell(current().coarse);
  }
  bool sees(Side side) const { return !side_ || *side_ == side || (*side_ == Side::server && side == Side::wan); }
  TapId tap(Side side) const { return side_ || side == Side::lan ? Story::kLan : Story::kWan; }

  void add(Story& story, Side side, double time, const std::string& from, const std::string& to,
           const std::string& text, const Options& options, bool leaves) const {
    if (!sees(side)) return;
    if (std::max(options.split, options.snaplen) >= text.size()) fail("the message is not longer than that");
    if (tap(side) == Story::kLan)
      story.lan(time, from, to, text);
    else
      story.wan(time, from, to, text);
    if (options.split != 0) story.split(options.split);
    if (leaves && options.snaplen != 0) story.cut(options.snaplen);
    if (leaves && options.fragment != 0) story.fragmented(options.fragment, options.leave);
  }

  void cross() {
    const bool out = words_.front() == "out";
    const std::vector<double> when = times();
    const Options how = options();
    const Message& what = message(how);
    tell([&](Story& story) {
      for (const double time : when) {
        const double later = time + story.latency;
        if (out) {
          add(story, Side::lan, time, story.phone, story.server, what.before, how, false);
          add(story, Side::wan, later, story.router, story.server, what.after, how, true);
        } else {
          add(story, Side::wan, time, story.server, story.router, what.before, how, false);
          add(story, Side::lan, later, story.server, story.phone, what.after, how, true);
        }
      }
    });
  }

  void one_side() {
    const Side side = words_.front() == "lan" ? Side::lan : Side::wan;
    if (!sees(side)) fail("the capture does not have this side");
    const std::vector<double> when = times();
    const std::string from = end_point();
    need("->");
    const std::string to = end_point();
    const Options how = options();
    const Message& what = message(how);
    // What leaves the router goes to the phone or to the server.
    const bool leaves = (to == current().story.server) == (side == Side::wan);
    tell([&](Story& story) {
      for (const double time : when) add(story, side, time, from, to, leaves ? what.after : what.before, how, leaves);
    });
  }

  // Everything else.

  void cast() {
    const std::string who = words_.front();
    const std::string where = end_point();
    tell([&](Story& story) { (who == "phone" ? story.phone : who == "router" ? story.router : story.server) = where; });
  }

  void transport() {
    const Transport transport = words_.front() == "tcp" ? Transport::tcp : Transport::udp;
    tell([&](Story& story) { story.transport = transport; });
  }

  void side() {
    const std::string name = word();
    side_ = side_named(name);
    if (*side_ == Side::unknown) fail("\"" + name + "\" is no side");
    if (!current().story.events().empty()) fail("\"side\" has to come before the messages");
    current().taps = {{Story::kLan, name, name + ".pcap", *side_, Direction::unknown, "file"}};
  }

  void packet() {
    const Side where = word() == "lan" ? Side::lan : Side::wan;
    if (!sees(where)) fail("the capture does not have this side");
    for (const double time : times()) tell([&](Story& story) { story.packet(time, tap(where)); });
  }

  // "lan FROM -> TO from T to T", the times of which it returns.
  template <class Stream>
  std::pair<double, double> stream(Stream& stream) {
    const Side where = word() == "lan" ? Side::lan : Side::wan;
    if (!sees(where)) fail("the capture does not have this side");
    stream.tap = tap(where);
    stream.source = endpoint(end_point());
    need("->");
    stream.destination = endpoint(end_point());
    need("from");
    const double first = number();
    need("to");
    const double last = number();
    now_ = std::max(now_, last);
    return {first, last};
  }

  void flow() {
    Flow flow;
    flow.bytes = 160;  // of a packet, until they are counted up
    const auto [first, last] = stream(flow);
    flow.ssrc = ssrc_of(flow);
    flow.first = time_of(first);
    flow.believed = true;
    while (more()) read_counter(flow);
    seen_.push_back(flow);
    for (Story* const story : {&current().story, &current().coarse}) count_up(*story, flow, first, last);
  }

  // One of its own, unless it is the other side's view of a stream: a NAT changes one end of it and leaves the other.
  std::uint32_t ssrc_of(const Flow& flow) {
    for (const Flow& seen : seen_)
      if (seen.tap != flow.tap && (seen.source == flow.source || seen.destination == flow.destination))
        return seen.ssrc;
    return ++ssrc_;
  }

  void read_counter(Flow& flow) {
    const std::string what = word();
    const double value = number();
    const auto whole = static_cast<std::uint64_t>(value);
    if (what == "packets")
      flow.packets = whole;
    else if (what == "silent")
      flow.silent = whole;
    else if (what == "noise")
      flow.comfort_noise = whole;
    else if (what == "pause")
      flow.longest_gap = time_of(value) - time_of(0);
    else if (what == "type")
      flow.payload_type = static_cast<std::uint8_t>(whole);
    else if (what == "fax" || what == "dtls")  // with the content type of the last datagram
      flow.kind = what == "fax" ? FlowKind::fax : FlowKind::dtls,
      flow.payload_type = what == "fax" ? 0 : static_cast<std::uint8_t>(whole);
    else if (what == "size")
      flow.bytes = whole;
    else if (what == "before")
      flow.payload_types[whole / 64 % 2] |= 1ULL << (whole % 64);
    else if (what == "ssrc")
      flow.ssrc = static_cast<std::uint32_t>(whole);
    else
      fail("\"" + what + "\" is nothing that is counted of a flow");
  }

  // The table of flows is read once a second.
  static void count_up(Story& story, const Flow& whole, double first, double last) {
    for (double now = first; now < last;) {
      now = std::min(now + 1, last);
      const double part = (now - first) / (last - first);
      const auto share = [&](std::uint64_t all) { return static_cast<std::uint64_t>(static_cast<double>(all) * part); };
      Flow flow = whole;
      flow.last = time_of(now);
      flow.packets = share(whole.packets);
      flow.silent = share(whole.silent);
      flow.comfort_noise = share(whole.comfort_noise);
      flow.bytes = flow.packets * whole.bytes;
      flow.payload_types[flow.payload_type / 64 % 2] |= 1ULL << (flow.payload_type % 64);
      flow.longest_gap = std::min(whole.longest_gap, flow.last - flow.first);
      story.flow(now, flow);
    }
  }

  void rtcp() {
    constexpr double kEvery = 5;
    constexpr std::uint32_t kPackets = 250;  // in that time
    RtcpSource source;
    const auto [first, last] = stream(source);
    source.ssrc = ++ssrc_;
    source.first = time_of(first);
    RtcpReport report;
    double heard = last;
    double sent = last;
    while (more()) {
      if (take("about"))
        report.ssrc = static_cast<std::uint32_t>(number());
      else if (take("heard"))
        heard = number();
      else if (take("sent"))
        sent = number();
      else if (take("encrypted"))
        source.malformed = static_cast<std::uint64_t>(number());
      else
        fail("\"" + word() + "\" is nothing that RTCP says");
    }
    for (double now = first; now <= last; now += kEvery) {
      source.last = source.reported = time_of(now);
      ++source.packets;
      if (source.malformed == 0) ++source.sender_reports;
      source.sent_packets += source.malformed == 0 && now <= sent ? kPackets : 0;
      if (report.ssrc != 0 && now <= heard) {
        report.highest += kPackets;
        if (report.reports++ == 0) report.first_highest = report.highest;
        report.seen = source.last;
        source.blocks[0] = report;
        source.block_count = 1;
      }
      for (Story* const story : {&current().story, &current().coarse}) story->rtcp(now, source);
    }
  }

  void capture_lost() {
    need("lost");
    const double when = number();
    tell([&](Story& story) { story.capture_lost(when); });
  }

  void wait() {
    const double end = number();
    tell([&](Story& story) {
      for (double time = now_; time < end; ++time) story.wait_until(time);
      story.wait_until(end);
    });
    now_ = std::max(now_, end);
  }

  void expect() {
    Expectation expectation{.id = word()};
    if (more() && words_[next_] != "because" && words_[next_] != "saying") expectation.confidence = number();
    if (take("because")) expectation.cause = word();
    if (take("saying")) expectation.words = word();
    while (!expectation.words.empty() && more()) expectation.words += ' ' + word();
    if (expectation.confidence > 1) fail("a confidence is between 0 and 1");
    current().expected.push_back(std::move(expectation));
  }
  void never() {
    current().never.push_back(word());
    while (more()) current().never.push_back(word());
  }
  void nothing_else() {
    need("else");
    current().nothing_else = true;
  }

  std::string file_;
  Lines lines_;
  std::size_t at_ = 0;  // the line that comes next; so the one at hand, counted from one
  Lines words_;
  std::size_t next_ = 0;

  std::vector<Case> cases_;
  std::optional<Side> side_;  // the only one that is captured
  std::optional<Message> last_;
  double now_ = 0;
  std::uint32_t ssrc_ = 0;
  std::vector<Flow> seen_;  // of this case
};

}  // namespace

std::vector<Case> read_cases(std::string_view text, const std::string& file) { return Reader(text, file).read(); }

bool matches(std::string_view pattern, std::string_view id) {
  return pattern.ends_with('*') ? id.starts_with(pattern.substr(0, pattern.size() - 1)) : id == pattern;
}

}  // namespace vialens::test
