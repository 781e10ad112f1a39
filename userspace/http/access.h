// Who may ask. Without credentials anybody who can reach the socket; so then it listens only where nobody else can.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vialens {

// Where to listen: "127.0.0.1:9760", "[::1]:9760", "localhost:9760", "0.0.0.0:9760".
struct ListenAddress {
  std::string host;  // without brackets
  int port = 0;      // 0: any that is free

  // Throws UsageError, which says what is wrong with it.
  static ListenAddress parse(std::string_view text);
  bool is_loopback() const;
};

std::string to_string(const ListenAddress& address);

class Access {
 public:
  struct Credentials {
    std::vector<std::string> token_sha256;     // of bearer tokens, in hex
    std::map<std::string, std::string> users;  // of basic authentication: name, and hash as crypt(3) makes it
  };

  explicit Access(Credentials credentials) : credentials_(std::move(credentials)) {}

  bool open() const;                  // nobody is asked for anything
  void set(Credentials credentials);  // from now on

  // By the value of the header Authorization (RFC 6750 2.1, RFC 7617). From any thread. A wrong password takes as long
  // as a right one, and one at a time is looked at, so that guessing is slow and does not take the processor.
  bool allows(std::string_view authorization);

  // Who listens without asking for credentials must not answer a page that some web site has told the browser to load
  // (DNS rebinding): the name in Host must be one that only this machine has.
  static bool is_local_name(std::string_view host_header);

  // Throws UsageError for an address that others can reach, while nobody is asked who he is.
  void check(const ListenAddress& address, bool allow_public) const;

 private:
  bool is_open() const { return credentials_.token_sha256.empty() && credentials_.users.empty(); }
  bool is_user(std::string_view base64);

  Credentials credentials_;
  mutable std::mutex mutex_;
  std::set<std::string> known_good_;  // digests of credentials that were right, since crypt(3) is slow by purpose
};

}  // namespace vialens
