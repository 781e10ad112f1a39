#include "userspace/app/ask.h"

#include <fmt/format.h>

namespace vialens::app {

void AskOptions::add_to(CLI::App& command) {
  given_socket =
      command
          .add_option("--socket", where.socket,
                      fmt::format("Ask the vialens that listens on this unix socket (default {})", where.socket))
          ->type_name("FILE");
  given_url =
      command
          .add_option("--url", where.url, "Ask the vialens that listens there: http://HOST:PORT or https://HOST:PORT")
          ->type_name("URL")
          ->excludes(given_socket);
  command
      .add_option(
          "--token", where.token,
          "The token that --url asks for. Whoever lists the processes of this machine sees it here, and does not "
          "see the variable VIALENS_TOKEN")
      ->type_name("TOKEN")
      ->envname("VIALENS_TOKEN");
  command
      .add_option("--ca-file", where.ca_file,
                  "Certificates (PEM) that the one of --url must be signed by, instead of the system's")
      ->type_name("FILE");
}

std::shared_ptr<HttpClient> AskOptions::client(std::string_view instead) const {
  HttpClient::Where asked = where;
  asked.instead = instead;
  return std::make_shared<HttpClient>(asked);
}

}  // namespace vialens::app
