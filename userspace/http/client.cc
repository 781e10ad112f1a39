#include "userspace/http/client.h"

#include <fmt/format.h>
#include <httplib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "userspace/sink/text.h"

namespace vialens {
namespace {

// What the server says is wrong, in its own words if it has some.
std::string reason_of(const httplib::Response& response) {
  const Json answer = Json::parse(response.body, nullptr, false);
  if (answer.is_object() && answer.contains("error") && answer["error"].is_string())
    return coloured(answer["error"].get<std::string>());
  return fmt::format("it answered with status {}", response.status);
}

// Why there is no answer, and what may be done about that.
struct Trouble {
  std::string why, hint;
};

Trouble trouble_of(httplib::Error error) {
  const std::string look = "Check the address, and that it listens there (`vialens run --listen`)";
  switch (error) {
    case httplib::Error::Connection:
      return {"nobody takes the connection", look};
    case httplib::Error::ConnectionTimeout:
      return {"there is no answer to the attempt to connect", look};
    case httplib::Error::SSLServerVerification:
      return {"its certificate is signed by nobody who is trusted here, or is for another name",
              "--ca-file names the certificate that it was signed by; the address has to be one that is in it"};
    case httplib::Error::SSLLoadingCerts:
      return {"the certificates to trust cannot be read", "Check --ca-file"};
    case httplib::Error::SSLConnection:
      return {"it does not speak TLS", "Is it http:// there?"};
    case httplib::Error::Read:
      return {"it closed the connection without an answer", "Is it https:// there?"};
    default:
      return {httplib::to_string(error), look};
  }
}

}  // namespace

HttpClient::HttpClient(const Where& where) : where_(where) {
  if (where.url.empty()) {
    whom_ = where.socket;
    client_ = std::make_unique<httplib::Client>(where.socket, 1);
    client_->set_address_family(AF_UNIX);
  } else {
    if (!where.url.starts_with("http://") && !where.url.starts_with("https://"))
      throw UsageError(fmt::format("{} is no address of a vialens: http://HOST:PORT or https://HOST:PORT", where.url));
    whom_ = where.url;
    client_ = std::make_unique<httplib::Client>(where.url);
    if (!client_->is_valid())
      throw UsageError(fmt::format("{} is no address of a vialens: http://HOST:PORT or https://HOST:PORT", where.url));
    client_->enable_server_certificate_verification(true);
    if (!where.ca_file.empty()) client_->set_ca_cert_path(where.ca_file);
  }
  client_->set_connection_timeout(5);
  client_->set_read_timeout(30);
  client_->set_keep_alive(true);
  if (!where.token.empty()) client_->set_bearer_token_auth(where.token);
}

HttpClient::~HttpClient() = default;

std::string HttpClient::nobody_there(int error) const {
  Trouble trouble = trouble_of(static_cast<httplib::Error>(error));
  if (where_.url.empty()) {
    trouble.hint = "Is `vialens run` running? --socket names another socket, --url another box";
    // The library does not say why it cannot connect.
    if (access(where_.socket.c_str(), R_OK | W_OK) != 0) {
      trouble.why = std::strerror(errno);
      if (errno == EACCES) trouble.hint = "Ask as root, or as a member of the group that the socket belongs to";
    }
  }
  return fmt::format("no vialens answers at {}: {}. {}{}", whom_, trouble.why, trouble.hint,
                     where_.instead.empty() ? "" : "; " + where_.instead);
}

std::string percent_encoded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

std::string HttpClient::get_bytes(const std::string& path, const Parameters& parameters) {
  std::string target = path;
  for (const auto& [name, value] : parameters)
    target += fmt::format("{}{}={}", target == path ? '?' : '&', name, percent_encoded(value));
  const httplib::Result answer = client_->Get(target);
  if (!answer) throw InputError(nobody_there(static_cast<int>(answer.error())));
  if (answer->status == 401)
    throw InputError(where_.token.empty()
                         ? fmt::format("{} asks for a token: give it in VIALENS_TOKEN, or with --token", whom_)
                         : fmt::format("{} does not take this token: it is another one than its configuration has "
                                       "(http.token_sha256)",
                                       whom_));
  if (answer->status == 400) throw UsageError(reason_of(*answer));
  if (answer->status == 404) throw NotFound(reason_of(*answer));
  if (answer->status != 200) throw InputError(fmt::format("{}: {}", whom_, reason_of(*answer)));
  return answer->body;
}

Json HttpClient::get(const std::string& path, const Parameters& parameters) {
  Json answer = Json::parse(get_bytes(path, parameters), nullptr, false);
  if (answer.is_discarded()) throw InputError(fmt::format("what answers at {} is no vialens", whom_));
  return answer;
}

Items HttpClient::list(const std::string& path, const Parameters& parameters, std::size_t limit) {
  Items all;
  std::string cursor;
  do {
    Parameters asked = parameters;
    asked.emplace_back("limit", std::to_string(std::min<std::size_t>(500, limit - all.items.size())));
    if (!cursor.empty()) asked.emplace_back("cursor", cursor);
    const Json page = get(path, asked);
    if (!page.contains("items") || !page.contains("next"))
      throw InputError(fmt::format("what answers at {} is no vialens", whom_));
    for (const Json& item : page["items"]) all.items.push_back(to_text(item));
    cursor = page["next"].is_string() ? page["next"].get<std::string>() : "";
  } while (!cursor.empty() && all.items.size() < limit);
  all.more = !cursor.empty();
  return all;
}

}  // namespace vialens
