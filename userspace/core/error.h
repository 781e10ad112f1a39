// What ends the program with a sentence: thrown before the first packet, never while packets are handled.
#pragma once

#include <stdexcept>

namespace vialens {

// The question cannot be answered: no such file, no privilege, no such interface. Exit code 3.
// what() says what was attempted, why it failed, and what to do.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The question makes no sense as asked. Exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace vialens
