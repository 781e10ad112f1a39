#include "userspace/http/client.h"

#include <fmt/format.h>
#include <httplib.h>

#include "userspace/core/error.h"

namespace vialens {
namespace {

// What the server says is wrong, in its own words if it has some.
std::string reason_of(const httplib::Response& response) {
  const Json answer = Json::parse(response.body, nullptr, false);
  if (answer.is_object() && answer.contains("error") && answer["error"].is_string()) return answer["error"];
  return fmt::format("it answered with status {}", response.status);
}

std::string hint_of(const HttpClient::Where& where) {
  return where.url.empty() ? "start it with `vialens run`, or say where it is with --url or --socket"
                           : "check the address, and that it listens there (`vialens run --listen`)";
}

}  // namespace

HttpClient::HttpClient(const Where& where) {
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
  whom_ += " (" + hint_of(where) + ")";
}

HttpClient::~HttpClient() = default;

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
  if (!answer) throw InputError(fmt::format("no vialens answers at {}: {}", whom_, httplib::to_string(answer.error())));
  if (answer->status == 401)
    throw InputError(fmt::format("{} asks for a token: give it with --token or in VIALENS_TOKEN", whom_));
  if (answer->status != 200) throw InputError(reason_of(*answer));
  return answer->body;
}

Json HttpClient::get(const std::string& path, const Parameters& parameters) {
  Json answer = Json::parse(get_bytes(path, parameters), nullptr, false);
  if (answer.is_discarded()) throw InputError(fmt::format("what answers at {} is no vialens", whom_));
  return answer;
}

std::vector<Json> HttpClient::list(const std::string& path, const Parameters& parameters, std::size_t limit) {
  std::vector<Json> items;
  std::string cursor;
  do {
    Parameters asked = parameters;
    asked.emplace_back("limit", std::to_string(std::min<std::size_t>(500, limit - items.size())));
    if (!cursor.empty()) asked.emplace_back("cursor", cursor);
    Json page = get(path, asked);
    if (!page.contains("items") || !page.contains("next"))
      throw InputError(fmt::format("what answers at {} is no vialens", whom_));
    for (Json& item : page["items"]) items.push_back(std::move(item));
    cursor = page["next"].is_string() ? page["next"].get<std::string>() : "";
  } while (!cursor.empty() && items.size() < limit);
  return items;
}

}  // namespace vialens
