// libFuzzer target for everything that reads SIP or SDP: no input crashes, and no view leaves the input.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string_view>

#include "userspace/core/address.h"
#include "userspace/sip/fields.h"
#include "userspace/sip/message.h"
#include "userspace/sip/sdp.h"

namespace {

using namespace vialens::sip;  // NOLINT(google-build-using-namespace)

class Checker {
 public:
  explicit Checker(std::string_view input) : input_(input) {}

  void run() const {
    for (const bool stream : {false, true}) {
      Message message;
      require(Message::parse(input_, message, stream) == message.grade());
      check(message);
    }
    check_value(input_);
    check_sdp(input_);
    vialens::Address::parse(input_);
  }

 private:
  static void require(bool condition) {
    if (!condition) std::abort();
  }

  // A view without data is how "nothing" looks; any other lies inside, its end included.
  void inside(std::string_view view) const {
    if (view.data() == nullptr) return require(view.empty());
    const std::less_equal<const char*> not_behind;
    require(not_behind(input_.data(), view.data()));
    require(not_behind(view.data() + view.size(), input_.data() + input_.size()));
  }

  void check(const Message& message) const {
    for (const auto view : {message.bytes(), message.start_line(), message.method(), message.request_uri(),
                            message.reason(), message.call_id(), message.body()}) {
      inside(view);
    }
    require(message.header_bytes() <= input_.size());
    require(message.grade() == Grade::not_sip || message.grade() == message.flaws().grade());
    for (const Header& header : message.headers()) {
      inside(header.name);
      inside(header.value);
      require(header.id == header_name(header.name));
      check_value(header.value);
    }
    for (unsigned i = 0; i < static_cast<unsigned>(HeaderName::count_); ++i) check(message, static_cast<HeaderName>(i));
    for (unsigned i = 0; i <= static_cast<unsigned>(Flaw::count_); ++i) to_string(static_cast<Flaw>(i));
    top_via(message);
    from(message);
    to(message);
    const std::string_view sdp = sdp_body(message);
    inside(sdp);
    check_sdp(sdp);
  }

  void check(const Message& message, HeaderName name) const {
    inside(message.first(name));
    Values values(message, name);
    std::size_t bytes = 0;
    while (const auto value = values.next()) {
      require(!value->empty());
      inside(*value);
      check_value(*value);
      bytes += value->size();
    }
    require(bytes <= input_.size());
  }

  void check_value(std::string_view value) const {
    if (const auto via = parse_via(value)) {
      for (const auto view : {via->text, via->transport}) inside(view);
      check(via->sent_by);
      check(via->params);
    }
    if (const auto addr = parse_name_addr(value)) {
      for (const auto view : {addr->text, addr->display}) inside(view);
      check(addr->uri);
      check(addr->params);
    }
    if (const auto uri = parse_uri(value)) check(*uri);
    if (const auto host_port = parse_host_port(value)) check(*host_port);
    check(Params{value});
  }

  void check(const HostPort& host_port) const {
    inside(host_port.text);
    inside(host_port.host);
    vialens::Address::parse(host_port.host);
  }

  void check(const Uri& uri) const {
    for (const auto view : {uri.text, uri.scheme, uri.user, uri.headers}) inside(view);
    check(uri.host_port);
    check(uri.params);
  }

  void check(const Params& params) const {
    inside(params.text);
    for (const auto name : {"tag", "branch", "received", "a", ""}) {
      const auto value = params.find(name);
      require(value.has_value() == params.has(name));
      if (value) inside(*value);
    }
    params.has_empty();
  }

  void check_sdp(std::string_view body) const {
    Sdp sdp;
    if (!Sdp::parse(body, sdp)) return;
    inside(sdp.text());
    if (const auto& origin = sdp.origin()) {
      for (const auto view : {origin->text, origin->username, origin->session_id, origin->version, origin->address}) {
        inside(view);
      }
    }
    check(sdp.connection());
    for (const Media& media : sdp.media()) {
      for (const auto view : {media.text, media.kind, media.protocol, media.formats, media.lines}) inside(view);
      check(media.connection);
    }
  }

  void check(const std::optional<Connection>& connection) const {
    if (!connection) return;
    inside(connection->text);
    inside(connection->address);
  }

  std::string_view input_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Checker({reinterpret_cast<const char*>(data), size}).run();
  return 0;
}
