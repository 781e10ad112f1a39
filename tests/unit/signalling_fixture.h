// Messages at one side of a router, as transactions and dialogs are told of them.
#pragma once

#include <gtest/gtest.h>

#include "tests/unit/sip_text.h"
#include "userspace/call/dialogs.h"
#include "userspace/call/transactions.h"

namespace vialens::test {

class SignallingTest : public testing::Test {
 protected:
  SignallingTest() : transactions([this](const Transaction& transaction) { timeouts.push_back(transaction.method); }) {}

  struct Result {
    Transactions::Match in;
    Dialogs::Match within;
    const Transaction& transaction() const { return *in.transaction; }
    const Dialog& dialog() const { return *within.dialog; }
  };
  Result see(double time, std::string_view source, std::string_view destination, const std::string& text,
             std::string_view call_id = {}, Side side = Side::wan) {
    bytes = text;
    sip::Message::parse(bytes, message);
    const Endpoint from = endpoint(source), to = endpoint(destination);
    const Arrival arrival{
        side, time_of(time), Transport::udp, from, to, message, call_id.empty() ? message.call_id() : call_id};
    Result result;
    result.in = transactions.observe(arrival);
    result.within = dialogs.observe(arrival, result.in.transaction);
    return result;
  }
  // From the phone, and to it.
  Result out(double time, const std::string& text, std::string_view call_id = {}) {
    return see(time, kRouter, kServer, text, call_id);
  }
  Result in(double time, const std::string& text, std::string_view call_id = {}) {
    return see(time, kServer, kRouter, text, call_id);
  }
  void advance(double time) {
    transactions.advance(time_of(time));
    dialogs.advance(time_of(time));
  }

  std::vector<Method> timeouts;
  Transactions transactions;
  Dialogs dialogs;
  std::string bytes;
  sip::Message message;
};

}  // namespace vialens::test
