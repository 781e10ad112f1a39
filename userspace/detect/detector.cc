#include "userspace/detect/detector.h"

#include <fmt/format.h>

#include "userspace/call/call_table.h"

namespace vialens {

Subject subject_of(const sip::Message& message, std::string_view call_id) {
  static constexpr std::string_view kOfCalls[] = {"INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "INFO", "REFER"};
  Subject subject;
  if (message.method() == "REGISTER") {
    subject.kind = Subject::Kind::registration;
    subject.aor = aor_of(message);
    return subject;
  }
  for (const std::string_view method : kOfCalls)
    if (message.method() == method) {
      subject.kind = Subject::Kind::call;
      subject.call_id = call_id;
    }
  return subject;
}

std::string describe(const sip::Message& message) {
  return message.is_request() ? std::string(message.method())
                              : fmt::format("{} {}", message.status(), message.method());
}

}  // namespace vialens
