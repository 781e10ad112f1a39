// Session descriptions, line by line (RFC 8866).
#include <algorithm>
#include <unordered_map>

#include "userspace/mask/mask.h"
#include "userspace/mask/text.h"

namespace vialens {

using namespace mask_text;

namespace {

constexpr std::size_t kNone = std::string_view::npos;

// How many words of an attribute's value stay; all, if it is about codecs and ports.
constexpr std::size_t kAllWords = 1000;

std::size_t kept_words(std::string_view attribute) {
  static const std::unordered_map<std::string_view, std::size_t> attributes = {{"rtpmap", kAllWords},
                                                                               {"fmtp", kAllWords},
                                                                               {"ptime", kAllWords},
                                                                               {"maxptime", kAllWords},
                                                                               {"candidate", kAllWords},
                                                                               {"remote-candidates", kAllWords},
                                                                               {"rtcp", kAllWords},
                                                                               {"rtcp-fb", kAllWords},
                                                                               {"rtcp-mux", kAllWords},
                                                                               {"rtcp-xr", kAllWords},
                                                                               {"setup", kAllWords},
                                                                               {"connection", kAllWords},
                                                                               {"mid", kAllWords},
                                                                               {"group", kAllWords},
                                                                               {"extmap", kAllWords},
                                                                               {"label", kAllWords},
                                                                               {"silencesupp", kAllWords},
                                                                               {"direction", kAllWords},
                                                                               {"framerate", kAllWords},
                                                                               {"ice-options", kAllWords},
                                                                               {"source-filter", kAllWords},
                                                                               {"framesize", kAllWords},
                                                                               {"maxdatagram", kAllWords},
                                                                               {"sqn", kAllWords},
                                                                               {"cdsc", kAllWords},
                                                                               {"cpar", kAllWords},
                                                                               {"pcfg", kAllWords},
                                                                               {"acfg", kAllWords},
                                                                               {"tcap", kAllWords},
                                                                               {"curr", kAllWords},
                                                                               {"des", kAllWords},
                                                                               {"conf", kAllWords},
                                                                               {"content", kAllWords},
                                                                               {"lang", kAllWords},
                                                                               {"ssrc", 1},
                                                                               {"fingerprint", 1},
                                                                               {"crypto", 2}};
  if (attribute.starts_with("T38")) return kAllWords;
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? 0 : found->second;
}

}  // namespace

std::string Mask::sdp(std::string_view bytes) const {
  std::string result;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    const std::string_view line = bytes.substr(0, end);
    if (line.size() >= 2 && line[1] == '=' && is_letter(line[0]))
      result += std::string(line.substr(0, 2)) + sdp_line(line[0], line.substr(2));
    else
      result += strict(line);
    if (end < bytes.size()) result += bytes[end];
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return result;
}

std::string Mask::sdp_line(char type, std::string_view value) const {
  switch (type) {
    case 'o':
      return origin(value);
    case 'c':
      return connection(value);
    case 'a':
      return attribute(value);
    case 'v':
    case 't':
    case 'r':
    case 'z':
    case 'b':
    case 'm':
      return prose(value, kNoWords);
    case 'i':
      return strict(value);  // firewalls put addresses there
    default:
      return words(value);
  }
}

// <username> <session id> <version> IN IP4 <address>
std::string Mask::origin(std::string_view value) const {
  const std::size_t name = value.find(' ');
  const std::size_t id = name == kNone ? kNone : value.find(' ', name + 1);
  const std::size_t version = id == kNone ? kNone : value.find(' ', id + 1);
  if (version == kNone) return strict(value);
  return words(value.substr(0, name)) + prose(value.substr(name, version - name), kNoWords) + ' ' +
         connection(value.substr(version + 1));
}

// IN IP4 <address>
std::string Mask::connection(std::string_view value) const {
  const std::size_t last = value.rfind(' ');
  if (last == kNone) return host_port(value);
  const std::size_t slash = std::min(value.find('/', last), value.size());
  return strict(value.substr(0, last)) + ' ' + host_port(value.substr(last + 1, slash - last - 1)) +
         std::string(value.substr(slash));
}

std::string Mask::attribute(std::string_view value) const {
  const std::size_t colon = value.find(':');
  if (colon == kNone) return prose(value, kAll);  // "sendrecv"
  const std::string_view name = value.substr(0, colon);
  const std::size_t kept = kept_words(name);
  std::size_t end = colon + 1;
  for (std::size_t i = 0; i < kept && end < value.size(); ++i) end = std::min(value.find(' ', end + 1), value.size());
  return std::string(name) + ':' + prose(value.substr(colon + 1, end - colon - 1), kNoWords | kHosts) +
         strict(value.substr(end));
}

}  // namespace vialens
