#include "userspace/probe/talk.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include "userspace/sip/fields.h"
#include "userspace/sip/message.h"

namespace vialens {
namespace {

std::string with_body(std::string head, std::string_view type, std::string_view body) {
  if (!body.empty()) head += fmt::format("Content-Type: {}\r\n", type);
  return head + fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
}

std::string sdp(const Address& address, std::uint16_t port, unsigned version = 1) {
  const std::string host = to_string(address);
  const std::string_view family = family_of(address) == AF_INET6 ? "IP6" : "IP4";
  return fmt::format(
      "v=0\r\no=probe 20518 {} IN {} {}\r\ns=-\r\nc=IN {} {}\r\nt=0 0\r\nm=audio {} RTP/AVP 0 8 101\r\n"
      "a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n",
      version, family, host, family, host, port);
}

// Three more sections, of which an ALG may count fewer.
std::string long_sdp(const Address& address, std::uint16_t port) {
  const std::string_view family = family_of(address) == AF_INET6 ? "IP6" : "IP4";
  std::string text = sdp(address, port);
  for (int i = 1; i < 4; ++i)
    text += fmt::format("m=video {} RTP/AVP 9{}\r\nc=IN {} {}\r\na=rtpmap:9{} H264/90000\r\n", port + 2 * i, i, family,
                        to_string(address), i);
  return text;
}

class Talk {
 public:
  explicit Talk(Link& link) : link_(link) {
    const Address& own = link.local().address;
    host_ = family_of(own) == AF_INET6 ? "[" + to_string(own) + "]" : to_string(own);
    transport_ = link.is_tls() ? "TLS" : link.transport() == Transport::tcp ? "TCP" : "UDP";
    // Another one by each way: an ALG may keep it from call to call.
    media_ = static_cast<std::uint16_t>(40000 + 20 * (link.next_number() % 1000));
  }

  void options() { ask("OPTIONS", "probe-options", 1, ""); }

  // Where the provider was told that the phone is.
  void register_phone() {
    if (auto arrived = ask("REGISTER", "probe-register", 1, "")) {
      sip::Message message;
      sip::Message::parse(*arrived, message);
      const auto contact = sip::parse_name_addr(message.first(sip::HeaderName::contact));
      if (contact) contact_ = contact->uri.text;
    }
  }

  void call() {
    const std::string call = "probe-call";
    if (!ask("INVITE", call, 1, sdp(link_.local().address, media_), sdp(link_.remote().address, 30000))) return;
    say("ACK", call, 1, "");
    ask("INVITE", call, 2, sdp(link_.local().address, media_, 2), sdp(link_.remote().address, 30000, 2));
    say("ACK", call, 2, "");
    // Another one meanwhile, with the same port for its media.
    if (ask("INVITE", "probe-call2", 1, sdp(link_.local().address, media_), sdp(link_.remote().address, 30002))) {
      say("ACK", "probe-call2", 1, "");
      ask("BYE", "probe-call2", 2, "");
    }
    ask("BYE", call, 3, "");
  }

  void cancelled_call() {
    const std::string call = "probe-cancel";
    const unsigned number = link_.next_number();
    const std::string branch = branch_of(number);
    const auto invite =
        link_.out(request("INVITE", call, 1, sdp(link_.local().address, media_), number, branch), number);
    if (!invite) return;
    answer(*invite, number, 180, "Ringing", "");
    const unsigned cancel_number = link_.next_number();
    // A CANCEL has the branch of its INVITE (RFC 3261 9.1), so that its own mark stands elsewhere.
    const auto cancel = link_.out(request("CANCEL", call, 1, "", cancel_number, branch), cancel_number);
    if (cancel) answer(*cancel, cancel_number, 200, "OK", "");
    answer(*invite, number, 487, "Request Terminated", "");
    const unsigned ack = link_.next_number();
    link_.out(request("ACK", call, 1, "", ack, branch), ack);
  }

  // In poses; each is refused.
  void poses() {
    const Address& own = link_.local().address;
    refused("probe-sections", long_sdp(own, media_), "application/sdp");
    refused("probe-multipart",
            "--part\r\nContent-Type: application/sdp\r\n\r\n" + sdp(own, media_) +
                "--part\r\nContent-Type: text/plain\r\n\r\nprobe\r\n--part--\r\n",
            "multipart/mixed;boundary=part");
    std::string lines = sdp(own, media_);
    for (int i = 0; i < 40; ++i)
      lines += fmt::format("a=x-probe-{}: nobody reads this line, it only makes it long\r\n", i);
    refused("probe-long", lines, "application/sdp");
    line_feeds_ = true;
    refused("probe-lf", sdp(own, media_), "application/sdp");
    line_feeds_ = false;
  }

  // The provider calls, by the way that the registration has opened.
  void inbound_call() {
    if (contact_.empty() || !last_) return;
    const unsigned number = link_.next_number();
    const std::string branch = "z9hG4bK" + mark_of_reflector(link_.cookie(), number);
    const auto request_in = [&](std::string_view method, unsigned cseq, unsigned of, std::string_view to_tag,
                                std::string_view body) {
      return with_body(
          fmt::format("{} {} SIP/2.0\r\nVia: SIP/2.0/{} {};branch={}\r\nMax-Forwards: 70\r\n"
                      "From: <sip:provider@probe.invalid>;tag=in\r\nTo: <sip:probe@probe.invalid>{}\r\n"
                      "Call-ID: probe-in-{}\r\nCSeq: {} {}\r\nContact: <sip:provider@{}>\r\n"
                      "User-Agent: {}\r\n",
                      method, contact_, transport_, to_string(link_.remote()),
                      of == number ? branch : "z9hG4bK" + mark_of_reflector(link_.cookie(), of), to_tag, link_.cookie(),
                      cseq, method, to_string(link_.remote()), mark_of_reflector(link_.cookie(), of)),
          "application/sdp", body);
    };
    const auto invite =
        link_.in(request_in("INVITE", 1, number, "", sdp(link_.remote().address, 30004)), *last_, number);
    if (!invite) return;
    const unsigned answered = link_.next_number();
    const auto ok =
        link_.out(response_of(*invite, 200, "OK", sdp(link_.local().address, media_),
                              fmt::format("Contact: <sip:probe@{}:{};transport={}>\r\nServer: {}\r\n", host_,
                                          link_.local().port, transport_, mark_of_probe(link_.cookie(), answered)),
                              mark_of_probe(link_.cookie(), answered)),
                  answered);
    if (!ok) return;
    const unsigned ack = link_.next_number();
    link_.in(request_in("ACK", 1, ack, ";tag=" + mark_of_probe(link_.cookie(), answered), ""), answered, ack);
  }

 private:
  static std::string branch_of(std::string_view cookie, unsigned number) {
    return "z9hG4bK" + mark_of_probe(cookie, number);
  }
  std::string branch_of(unsigned number) const { return branch_of(link_.cookie(), number); }

  std::string request(std::string_view method, const std::string& call, unsigned cseq, std::string_view body,
                      unsigned number, const std::string& branch, std::string_view type = "application/sdp") const {
    const bool in_dialog = method == "BYE" || (method == "ACK" && branch == branch_of(number)) || cseq > 1;
    const std::string target = method == "REGISTER" || method == "OPTIONS"
                                   ? fmt::format("sip:{}", to_string(link_.remote()))
                                   : fmt::format("sip:provider@{}", to_string(link_.remote()));
    std::string content(body);
    if (line_feeds_) std::erase(content, '\r');
    std::string text = with_body(
        fmt::format("{} {} SIP/2.0\r\nVia: SIP/2.0/{} {}:{};branch={};rport\r\nMax-Forwards: 70\r\n"
                    "From: <sip:probe@probe.invalid>;tag=probe\r\nTo: <sip:{}@probe.invalid>{}\r\n"
                    "Call-ID: {}-{}\r\nCSeq: {} {}\r\nContact: <sip:probe@{}:{};transport={}>\r\n"
                    "User-Agent: {}\r\nSubject: {}\r\n{}",
                    method, target, transport_, host_, link_.local().port, branch,
                    method == "REGISTER" ? "probe" : "provider", in_dialog ? ";tag=there" : "", call, link_.cookie(),
                    cseq, method, host_, link_.local().port, transport_, mark_of_probe(link_.cookie(), number),
                    std::string(200, '-'),  // so that the answer, which is no longer than this, has room
                    method == "REGISTER" ? "Expires: 300\r\n" : ""),
        type, content);
    if (line_feeds_) std::erase(text, '\r');
    return text;
  }

  void say(std::string_view method, const std::string& call, unsigned cseq, std::string_view body) {
    const unsigned number = link_.next_number();
    link_.out(request(method, call, cseq, body, number, branch_of(number)), number);
  }

  // What arrived of it; it is answered with 200 if it did.
  std::optional<std::string> ask(std::string_view method, const std::string& call, unsigned cseq, std::string_view body,
                                 std::string_view answer_body = "") {
    const unsigned number = link_.next_number();
    auto arrived = link_.out(request(method, call, cseq, body, number, branch_of(number)), number);
    if (!arrived) return std::nullopt;
    if (method == "REGISTER") last_ = number;
    answer(*arrived, number, 200, "OK", answer_body);
    return arrived;
  }

  void refused(const std::string& call, std::string_view body, std::string_view type) {
    const unsigned number = link_.next_number();
    const auto invite = link_.out(request("INVITE", call, 1, body, number, branch_of(number), type), number);
    if (!invite) return;
    const bool line_feeds = std::exchange(line_feeds_, false);
    answer(*invite, number, 486, "Busy Here", "");
    const unsigned ack = link_.next_number();
    link_.out(request("ACK", call, 1, "", ack, branch_of(number)), ack);
    line_feeds_ = line_feeds;
  }

  // As a provider answers what arrived there.
  void answer(const std::string& request, unsigned about, int status, std::string_view reason, std::string_view body) {
    const unsigned number = link_.next_number();
    link_.in(
        response_of(
            request, status, reason, body,
            fmt::format("Server: {}\r\n{}", mark_of_reflector(link_.cookie(), number),
                        body.empty() ? "" : fmt::format("Contact: <sip:provider@{}>\r\n", to_string(link_.remote()))),
            "there", link_.outside()),
        about, number);
  }

  // What a server writes into the topmost Via (RFC 3261 18.2.1, RFC 3581 4).
  static void note_source(std::string& via, const Endpoint& source) {
    const std::size_t at = via.find(";rport");
    if (at == via.npos || (at + 6 < via.size() && via[at + 6] == '=')) return;
    via.replace(at, 6, fmt::format(";rport={};received={}", source.port, to_string(source.address)));
  }

  static std::string response_of(const std::string& request, int status, std::string_view reason, std::string_view body,
                                 std::string_view more, std::string_view tag,
                                 const std::optional<Endpoint>& seen_from = std::nullopt) {
    sip::Message message;
    sip::Message::parse(request, message);
    std::string head = fmt::format("SIP/2.0 {} {}\r\n", status, reason);
    bool first_via = true;
    for (const sip::Header& header : message.headers()) {
      using sip::HeaderName;
      if (header.id != HeaderName::via && header.id != HeaderName::from && header.id != HeaderName::to &&
          header.id != HeaderName::call_id && header.id != HeaderName::cseq)
        continue;
      std::string value(header.value);
      if (std::exchange(first_via, first_via && header.id != HeaderName::via) && header.id == HeaderName::via &&
          seen_from)
        note_source(value, *seen_from);
      head += fmt::format("{}: {}", header.name, value);
      if (header.id == HeaderName::to && header.value.find(";tag=") == header.value.npos)
        head += fmt::format(";tag={}", tag);
      head += "\r\n";
    }
    return with_body(head + std::string(more), "application/sdp", body);
  }

  Link& link_;
  std::string host_, transport_, contact_;
  std::optional<unsigned> last_;  // by which the provider reaches the phone
  std::uint16_t media_ = 0;
  bool line_feeds_ = false;
};

}  // namespace

void talk(Link& link) {
  Talk talk(link);
  talk.options();
  talk.register_phone();
  talk.call();
  talk.cancelled_call();
  talk.poses();
  talk.inbound_call();
}

}  // namespace vialens
