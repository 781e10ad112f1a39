// The HTTP server: /metrics, /healthz, /readyz, /api/v1, server-sent events, the web page.
//
// It runs in threads of its own and reads from what is made to be read (Sources): however many ask, and however slowly,
// the capture does not notice. At most 256 connections are served at once on each socket, at most 16 of them listen for
// events; a request has 8 KiB of URL and of each header, 32 KiB in all, no body, and ten seconds (Connection).
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "userspace/http/access.h"
#include "userspace/http/connection.h"
#include "userspace/http/sources.h"

namespace httplib {
class Server;
struct Request;
struct Response;
}  // namespace httplib

namespace vialens {

class HttpServer {
 public:
  struct Options {
    std::string socket;                    // path of a unix socket, for the command line; "": none
    std::string tls_certificate, tls_key;  // PEM files: HTTPS on the port; "": HTTP
    Access::Credentials credentials;       // asked for on the port; the socket has its permissions
    bool allow_public = false;
    Connection::Limits limits{};
  };

  HttpServer(Options options, Sources sources);
  ~HttpServer();  // stop()
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Begins to answer at this address, and returns it with its port. Throws UsageError where others could read without a
  // password, InputError where it cannot be listened on or the certificate cannot be read; both say what to do.
  ListenAddress listen(const ListenAddress& address);
  void listen_on_socket();  // likewise, for Options::socket
  void set_credentials(Access::Credentials credentials) { access_.set(std::move(credentials)); }
  void stop();  // waits until everybody was told good-bye

 private:
  struct Listener {
    std::unique_ptr<httplib::Server> server;
    std::thread thread;
  };

  void add_routes(httplib::Server& server, bool trusted);
  void start(std::unique_ptr<httplib::Server> server);
  bool admits(const httplib::Request& request, httplib::Response& response);
  void events(const httplib::Request& request, httplib::Response& response);

  Options options_;
  Sources sources_;
  Access access_;
  std::vector<Listener> listeners_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> event_listeners_ = 0;
};

}  // namespace vialens
