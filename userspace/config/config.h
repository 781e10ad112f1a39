// What `vialens run` is told: one struct for each section of the file, plain values. What stands here are the defaults;
// settings.h has the name, the flag and the bounds of each.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace vialens {

struct Config {
  struct Capture {
    std::vector<std::string> lan, wan, tap;  // interfaces
    std::string side;                        // of those of `tap`: "lan", "wan", "server", or nothing if it is not known
    std::string hook = "auto";
    std::vector<std::uint16_t> sip_ports{5060};
    std::uint32_t ring_mib = 0, calls = 500;

    bool operator==(const Capture&) const = default;
  };
  struct Output {
    std::string log = "info";  // a level of spdlog
    bool json = false;         // JSON lines on stdout instead of text
    std::string json_file;     // none if empty
    std::uint32_t json_rotate_mib = 64, json_keep = 5;

    bool operator==(const Output&) const = default;
  };
  struct Http {
    std::string listen = "127.0.0.1:9760";  // or "off"
    std::string socket = "/run/vialens/vialens.sock";
    std::string tls_certificate, tls_key;  // PEM files, both or none
    std::vector<std::string> token_sha256;
    std::map<std::string, std::string> users;  // name and hash as crypt(3) makes it
    bool allow_public = false;

    bool operator==(const Http&) const = default;
  };
  struct History {
    std::string file;  // none if empty
    std::uint32_t days = 30, mib = 64;

    bool operator==(const History&) const = default;
  };
  struct Evidence {
    std::uint32_t memory_mib = 16, messages_per_call = 256;

    bool operator==(const Evidence&) const = default;
  };
  struct Hep {
    std::string target;  // "udp:HOST:PORT", "tcp:...", "tls:..."; none if empty
    bool mask = true;
    std::string mask_key;  // one of this run if empty
    std::uint32_t node_id = 2001;
    std::string node_name = "vialens";
    std::string ca_file;   // the system's own if empty
    std::string password;  // none if empty

    bool operator==(const Hep&) const = default;
  };
  struct Metrics {
    std::string file;  // none if empty

    bool operator==(const Metrics&) const = default;
  };

  Capture capture;
  Output output;
  Http http;
  History history;
  Evidence evidence;
  Hep hep;
  Metrics metrics;

  bool operator==(const Config&) const = default;
};

// A file that says what cannot be. what() has a line for each thing that is wrong: FILE:LINE:COLUMN, what, and what to
// do. Exit code 2.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace vialens
