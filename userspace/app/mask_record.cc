#include "userspace/app/mask_record.h"

#include <memory>

namespace vialens::app {
namespace {

std::shared_ptr<const LoggedMessage> masked(const LoggedMessage& message, const Mask& mask) {
  auto result = std::make_shared<LoggedMessage>(message);
  result->source = mask.endpoint(message.source);
  result->destination = mask.endpoint(message.destination);
  result->bytes = mask.message(message.bytes);
  return result;
}

std::shared_ptr<const LoggedCrossing> masked(const LoggedCrossing& crossing, const Mask& mask) {
  auto result = std::make_shared<LoggedCrossing>(crossing);
  for (LoggedChange& change : result->changes) {
    change.before = mask.value(change.where, change.before);
    change.after = mask.value(change.where, change.after);
  }
  return result;
}

}  // namespace

CallRecord masked(const CallRecord& record, const Mask& mask) {
  CallRecord result;
  result.call_id = mask.call_id(record.call_id);
  for (const std::string& other : record.others) result.others.push_back(mask.call_id(other));
  if (record.call) {
    Call& call = result.call.emplace(*record.call);
    call.call_id = result.call_id;
    call.from = mask.uri(call.from);
    call.to = mask.uri(call.to);
    call.media.clear();
  }
  if (record.registration) {
    Registration& registration = result.registration.emplace(*record.registration);
    registration.aor = mask.uri(registration.aor);
    registration.call_id = mask.call_id(registration.call_id);
    registration.contact = mask.value("Contact", registration.contact);
  }
  for (const auto& message : record.messages) result.messages.push_back(masked(*message, mask));
  for (const auto& crossing : record.crossings) result.crossings.push_back(masked(*crossing, mask));
  for (const Finding& finding : record.findings) result.findings.push_back(mask.finding(finding));
  result.dropped = record.dropped;
  result.dropped_after = record.dropped_after;
  return result;
}

}  // namespace vialens::app
