// Asks a vialens that runs, here or elsewhere, over its API.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "userspace/core/error.h"
#include "userspace/sink/json.h"

namespace httplib {
class Client;
}

namespace vialens {

// There is nothing under that name, says the one who was asked (404).
class NotFound : public InputError {
 public:
  using InputError::InputError;
};

// Objects of the JSON lines, each in one line without its end.
struct Items {
  std::vector<std::string> items;
  bool more = false;  // than were asked for
};

class HttpClient {
 public:
  struct Where {
    std::string socket = "/run/vialens/vialens.sock";  // asked unless there is a URL
    std::string url{};                                 // "http://127.0.0.1:9760", "https://cpe.example:9760"
    std::string token{};                               // bearer token; "": none
    std::string ca_file{};                             // that the certificate is held against; "": the system's
    std::string instead{};                             // what else there is to do where nobody answers, as a sentence
  };
  using Parameters = std::vector<std::pair<std::string, std::string>>;

  // Throws UsageError for what is no URL.
  explicit HttpClient(const Where& where);
  ~HttpClient();

  // The object that this path answers with. Throws InputError, which says whom it asked and what to do, where nobody
  // answers or no token was given; UsageError or NotFound with what the answer says where the question is wrong.
  Json get(const std::string& path, const Parameters& parameters = {});
  // The same for what is no JSON. Who answers may be anybody: text needs coloured() before a terminal has it, which the
  // sentences of what is thrown have been through.
  std::string get_bytes(const std::string& path, const Parameters& parameters = {});
  // All items of a list, `limit` at most, page by page.
  Items list(const std::string& path, const Parameters& parameters, std::size_t limit);

 private:
  std::string nobody_there(int error) const;  // httplib::Error

  Where where_;
  std::string whom_;
  std::unique_ptr<httplib::Client> client_;
};

std::string percent_encoded(std::string_view text);  // so that it is one segment of a path, or one value of a query

}  // namespace vialens
