// Hides who talks to whom before something leaves the box, and leaves what a diagnosis needs.
//
// Rewritten, the same to the same under one key: phone numbers, user and display names, host names, IP addresses (a
// private one stays private), credentials, keys, bodies that are text, headers nobody here knows. Left alone: methods,
// header names, tags, branches, the part of a Call-ID before its '@', ports, products, codecs, the structure of a
// message down to its line ends. Content-Length is corrected by as much as the body grew, so that one that was wrong is
// as wrong as before. What cannot be read is masked word by word.
//
// Any bytes may be given; nothing throws but for want of memory. One object may serve several threads.
#pragma once

#include <string>
#include <string_view>

#include "userspace/core/address.h"
#include "userspace/finding/finding.h"
#include "userspace/mask/pseudonyms.h"

namespace vialens {

class Mask {
 public:
  // Without the key nobody can link what was masked under it. Empty keys are refused with std::invalid_argument.
  explicit Mask(std::string_view key);

  // A key for those who need none that lasts. Throws std::runtime_error if the system has no random numbers.
  static std::string random_key();

  std::string message(std::string_view sip) const;
  // Prose, as in a finding or a log: what looks like an address, a URI, a host or a number is masked, other words stay.
  std::string text(std::string_view text) const;
  // The value of a header, or of a line of SDP ("SDP c="), as evidence of a finding names it.
  std::string value(std::string_view field, std::string_view text) const;
  std::string uri(std::string_view text) const;
  std::string call_id(std::string_view text) const;
  Address address(const Address& address) const { return pseudonyms_.address(address); }
  Endpoint endpoint(const Endpoint& endpoint) const { return {address(endpoint.address), endpoint.port}; }
  Finding finding(const Finding& finding) const;

 private:
  // What prose() looks for.
  enum Sought : unsigned { kAddresses = 1, kUris = 2, kMailboxes = 4, kHosts = 8, kNumbers = 16, kHardware = 32 };
  static constexpr unsigned kAll = 63, kNoWords = kAddresses | kUris | kMailboxes | kHardware;

  // mask_text.cc: texts of any kind
  std::string words(std::string_view text, bool keep_protocol = false) const;    // every word
  std::string strict(std::string_view text) const { return words(text, true); }  // every word that is not SIP's own
  std::string prose(std::string_view text, unsigned sought) const;
  std::string address_as_written(std::string_view written, const Address& address) const;

  // mask_fields.cc: parts of headers
  std::string host(std::string_view text) const;
  std::string host_port(std::string_view text) const;
  std::string user(std::string_view text) const;
  std::string number(std::string_view text) const;
  std::string sip_uri(std::string_view text) const;  // behind its scheme
  std::string uri_headers(std::string_view text) const;
  std::string params(std::string_view text) const;
  std::string param(std::string_view name, std::string_view text) const;
  std::string name_addr(std::string_view text) const;
  std::string via(std::string_view text) const;
  std::string credentials(std::string_view text) const;
  std::string credential(std::string_view text) const;

  // mask_message.cc: messages and what they carry
  std::string start_line(std::string_view line) const;
  std::string header(std::string_view name, std::string_view value) const;
  std::string product(std::string_view value, std::string_view message) const;
  std::string entity(std::string_view bytes, int depth) const;  // headers, empty line, body
  std::string body(std::string_view type, std::string_view bytes, int depth) const;
  std::string multipart(std::string_view boundary, std::string_view bytes, int depth) const;
  std::string message(std::string_view sip, int depth) const;

  // mask_sdp.cc
  std::string sdp(std::string_view bytes) const;
  std::string sdp_line(char type, std::string_view value) const;
  std::string origin(std::string_view value) const;
  std::string connection(std::string_view value) const;
  std::string attribute(std::string_view value) const;

  Pseudonyms pseudonyms_;
};

}  // namespace vialens
