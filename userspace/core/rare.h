// A value that most of its owners do not have, and that takes no room there: it reads as T{} until it is made.
#pragma once

#include <memory>

namespace vialens {

template <class T>
class Rare {
 public:
  const T& operator*() const noexcept {
    static const T none{};
    return value_ ? *value_ : none;
  }
  const T* operator->() const noexcept { return &**this; }
  T& make() {
    if (!value_) value_ = std::make_unique<T>();
    return *value_;
  }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace vialens
