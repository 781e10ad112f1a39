#include "userspace/http/server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "userspace/core/error.h"
#include "userspace/http/api.h"
#include "userspace/http/connection.h"
#include "userspace/http/encoding.h"
#include "userspace/http/events.h"
#include "userspace/http/page.h"
#include "userspace/http/workers.h"

namespace vialens {
namespace {

constexpr std::size_t kMostConnections = 256;
constexpr int kMostEventListeners = 16;

// Of the text, and short. Not for security: whoever gets it gets the text.
std::string etag_of(std::string_view text) { return fmt::format("\"{:016x}\"", std::hash<std::string_view>{}(text)); }

bool knows(const httplib::Request& request, const std::string& etag) {
  const std::string known = request.get_header_value("If-None-Match");
  return known == "*" || known.find(etag) != std::string::npos;
}

void send(const Answer& answer, const httplib::Request& request, httplib::Response& response) {
  response.status = answer.status;
  response.set_header("Cache-Control", "no-cache");
  if (answer.status == 200 && answer.file_name.empty()) {
    const std::string etag = etag_of(answer.body);
    response.set_header("ETag", etag);
    if (knows(request, etag)) {
      response.status = 304;
      return;
    }
  }
  if (!answer.file_name.empty())
    response.set_header("Content-Disposition", fmt::format("attachment; filename=\"{}\"", answer.file_name));
  response.set_content(answer.body, answer.type);
}

void send_api(const Sources& sources, const httplib::Request& request, httplib::Response& response) {
  try {
    const Time now = std::chrono::system_clock::now();
    const auto found = answer(sources, request.path, {request.params.begin(), request.params.end()}, now);
    send(found ? *found
               : error_answer(404,
                              "no such path; there are /api/v1/status, taps, calls, findings, registrations, flows, "
                              "events, and history/calls, history/findings and history/registrations"),
         request, response);
  } catch (const BadQuery& error) {
    send(error_answer(400, error.what()), request, response);
  }
}

// By a provider, or the library would compress it once more.
void send_as_it_is(std::string_view body, std::shared_ptr<const std::string> owner, const std::string& type,
                   httplib::Response& response) {
  response.set_content_provider(
      body.size(), type,
      [body, owner = std::move(owner)](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return sink.write(body.data() + offset, length);
      });
}

const Asset* asset_of(std::string_view path) {
  const auto assets = page_assets();
  const auto found =
      std::find_if(assets.begin(), assets.end(), [path](const Asset& asset) { return asset.path == path; });
  return found == assets.end() ? nullptr : &*found;
}

void send_page(const Asset& asset, const httplib::Request& request, httplib::Response& response) {
  const bool inflates = asset.gzip && !takes_gzip(request.get_header_value("Accept-Encoding"));
  // Other bytes have another tag (RFC 9110 8.8.3.3).
  std::string etag(asset.etag);
  if (inflates) etag.insert(etag.size() - 1, "-plain");
  response.set_header("ETag", etag);
  response.set_header("Cache-Control", "no-cache");
  response.set_header("Vary", "Accept-Encoding");
  if (knows(request, etag)) {
    response.status = 304;
    return;
  }
  if (inflates) {
    const auto text = std::make_shared<const std::string>(inflated(asset.bytes));
    return send_as_it_is(*text, text, std::string(asset.type), response);
  }
  if (asset.gzip) response.set_header("Content-Encoding", "gzip");
  send_as_it_is(asset.bytes, nullptr, std::string(asset.type), response);
}

// A socket that a run before left behind is no one's; one that answers is somebody's.
void remove_stale(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    throw InputError(fmt::format("cannot listen on {}: a socket's path has at most {} characters", path,
                                 sizeof(address.sun_path) - 1));
  std::memcpy(address.sun_path, path.data(), path.size());
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return;
  if (!S_ISSOCK(status.st_mode))
    throw InputError(fmt::format("cannot listen on {}: there is a file of that name", path));
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool answered = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(probe);
  if (answered)
    throw InputError(
        fmt::format("cannot listen on {}: another vialens does; give this one another with --socket", path));
  unlink(path.c_str());
}

// To be called before it is bound. `socket`: where its descriptor will be put.
void set_limits(httplib::Server& server, int& socket) {
  // Not SO_REUSEPORT, which is the library's own choice: two would share one port, and each get half of the questions.
  server.set_socket_options([&socket](socket_t made) {
    socket = made;
    const int yes = 1;
    setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  });
  server.new_task_queue = [] { return new Workers(kMostConnections); };
  server.set_keep_alive_max_count(1000);
  server.set_payload_max_length(0);
  server.set_tcp_nodelay(true);
  server.set_default_headers(
      {{"X-Content-Type-Options", "nosniff"},
       {"Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
       {"Referrer-Policy", "no-referrer"}});
}

// The library lets five wait to be accepted; the next ones are tried again a second later.
void allow_crowds(int socket) { ::listen(socket, SOMAXCONN); }

}  // namespace

HttpServer::HttpServer(Options options, Sources sources)
    : options_(std::move(options)), sources_(std::move(sources)), access_(options_.credentials) {}

HttpServer::~HttpServer() { stop(); }

ListenAddress HttpServer::listen(const ListenAddress& address) {
  access_.check(address, options_.allow_public);
  std::unique_ptr<httplib::Server> server;
  if (options_.tls_certificate.empty()) {
    server = std::make_unique<BoundedServer<httplib::Server>>(options_.limits);
  } else {
    server = std::make_unique<BoundedServer<httplib::SSLServer>>(options_.limits, options_.tls_certificate.c_str(),
                                                                 options_.tls_key.c_str());
    if (!server->is_valid())
      throw InputError(
          fmt::format("cannot use the certificate {} with the key {}: both must be PEM files that can be "
                      "read, and belong together",
                      options_.tls_certificate, options_.tls_key));
  }
  int socket = -1;
  set_limits(*server, socket);
  ListenAddress bound = address;
  errno = 0;
  if (address.port == 0)
    bound.port = server->bind_to_any_port(address.host);
  else if (!server->bind_to_port(address.host, address.port))
    bound.port = -1;
  if (bound.port < 0)
    throw InputError(fmt::format("cannot listen on {}: {}; choose another address with --listen, or \"off\"",
                                 to_string(address),
                                 errno != 0 ? std::strerror(errno) : "it is in use, or none of this machine"));
  allow_crowds(socket);
  add_routes(*server, false);
  start(std::move(server));
  return bound;
}

void HttpServer::listen_on_socket() {
  remove_stale(options_.socket);
  auto server = std::make_unique<BoundedServer<httplib::Server>>(options_.limits);
  server->set_address_family(AF_UNIX);
  int socket = -1;
  set_limits(*server, socket);
  // Only its owner and group may connect, from the moment at which it is there.
  const mode_t before = umask(0117);
  const bool bound = server->bind_to_port(options_.socket, 1);
  umask(before);
  if (!bound)
    throw InputError(fmt::format("cannot listen on {}: {}; name another place with --socket", options_.socket,
                                 std::strerror(errno)));
  allow_crowds(socket);
  add_routes(*server, true);
  start(std::move(server));
}

void HttpServer::start(std::unique_ptr<httplib::Server> server) {
  httplib::Server* const raw = server.get();
  listeners_.push_back({std::move(server), std::thread([raw] { raw->listen_after_bind(); })});
  // Who is told to stop before it runs never stops.
  while (!raw->is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void HttpServer::stop() {
  stopping_ = true;
  for (Listener& listener : listeners_) listener.server->stop();
  for (Listener& listener : listeners_) listener.thread.join();
  if (!listeners_.empty() && !options_.socket.empty()) unlink(options_.socket.c_str());
  listeners_.clear();
}

bool HttpServer::admits(const httplib::Request& request, httplib::Response& response) {
  // Whether it lives tells nothing of anybody, and the page is the same for all: it asks for a token when the API does.
  const bool tells = request.path == "/metrics" || request.path.starts_with("/api/");
  if (!tells || asset_of(request.path) != nullptr) return true;
  if (access_.open()) {
    // Behind a public address people come by names that are not known here.
    if (options_.allow_public || Access::is_local_name(request.get_header_value("Host"))) return true;
    send(error_answer(421,
                      "asked for under a name that is not this machine's; use http://127.0.0.1 or http://localhost"),
         request, response);
    return false;
  }
  if (access_.allows(request.get_header_value("Authorization"))) return true;
  response.set_header("WWW-Authenticate", R"(Bearer realm="vialens", Basic realm="vialens", charset="UTF-8")");
  send(error_answer(401, "a token or a password is needed here"), request, response);
  return false;
}

void HttpServer::add_routes(httplib::Server& server, bool trusted) {
  using httplib::Request;
  using httplib::Response;
  server.set_pre_routing_handler([this, trusted](const Request& request, Response& response) {
    if (request.method != "GET" && request.method != "HEAD") {
      response.set_header("Allow", "GET, HEAD");
      send(error_answer(405, "this is for reading: GET or HEAD"), request, response);
      return httplib::Server::HandlerResponse::Handled;
    }
    return trusted || admits(request, response) ? httplib::Server::HandlerResponse::Unhandled
                                                : httplib::Server::HandlerResponse::Handled;
  });
  server.set_exception_handler([](const Request& request, Response& response, const std::exception_ptr&) {
    send(error_answer(500, "vialens could not answer that"), request, response);
  });
  server.Get("/healthz", [](const Request&, Response& response) { response.set_content("ok\n", "text/plain"); });
  server.Get("/readyz", [this](const Request&, Response& response) {
    const std::string why = sources_.not_ready ? sources_.not_ready() : "";
    response.status = why.empty() ? 200 : 503;
    response.set_content(why.empty() ? "ready\n" : why + '\n', "text/plain");
  });
  server.Get("/metrics", [this](const Request& request, Response& response) {
    if (!sources_.metrics) return send(error_answer(404, "there are no metrics"), request, response);
    const bool open = request.get_header_value("Accept").find("application/openmetrics-text") != std::string::npos;
    response.set_content(sources_.metrics(open), open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                                      : "text/plain; version=0.0.4; charset=utf-8");
  });
  server.Get("/api/v1/events", [this](const Request& request, Response& response) { events(request, response); });
  server.Get("/.*", [this](const Request& request, Response& response) {
    if (const Asset* const asset = asset_of(request.path)) return send_page(*asset, request, response);
    if (request.path.starts_with("/api/v1/")) return send_api(sources_, request, response);
    send(error_answer(404, "no such page"), request, response);
  });
}

void HttpServer::events(const httplib::Request& request, httplib::Response& response) {
  if (event_listeners_.fetch_add(1) >= kMostEventListeners) {
    --event_listeners_;
    response.set_header("Retry-After", "30");
    return send(
        error_answer(503, fmt::format("{} listen for events already, and that is the most", kMostEventListeners)),
        request, response);
  }
  std::uint64_t last = sources_.board.latest_news();
  if (const std::string id = request.get_header_value("Last-Event-ID"); !id.empty())
    std::from_chars(id.data(), id.data() + id.size(), last);
  const auto stream = std::make_shared<EventStream>(sources_.board, last, words_of(request.get_param_value("types")));
  response.set_header("Cache-Control", "no-store");
  response.set_header("X-Accel-Buffering", "no");
  response.set_chunked_content_provider(
      "text/event-stream",
      [this, stream](std::size_t, httplib::DataSink& sink) {
        if (stopping_) {
          sink.done();
          return true;
        }
        const std::string text = stream->next();
        return text.empty() || sink.write(text.data(), text.size());
      },
      [this](bool) { --event_listeners_; });
}

}  // namespace vialens
