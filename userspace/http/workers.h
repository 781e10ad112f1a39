// The threads that serve connections: as many as there are connections, up to a limit, so that those who send nothing,
// or slowly, do not keep the others waiting. What comes above the limit waits for one that ends.
#pragma once

#include <httplib.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace vialens {

class Workers final : public httplib::TaskQueue {
 public:
  explicit Workers(std::size_t most) : most_(most) {}

  void enqueue(std::function<void()> task) override;
  void shutdown() override;  // what is waiting is still done

 private:
  static constexpr std::chrono::seconds kPatience{10};  // of a thread without work, before it ends

  void work(std::list<std::thread>::iterator self);
  void join_finished();

  std::size_t most_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::function<void()>> tasks_;
  std::list<std::thread> threads_, finished_;
  std::size_t idle_ = 0;
  bool over_ = false;
};

}  // namespace vialens
