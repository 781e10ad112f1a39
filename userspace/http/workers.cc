#include "userspace/http/workers.h"

#include <utility>

namespace vialens {

void Workers::enqueue(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  join_finished();
  tasks_.push_back(std::move(task));
  if (idle_ >= tasks_.size() || threads_.size() >= most_) {
    news_.notify_one();
    return;
  }
  threads_.emplace_back();
  const auto self = std::prev(threads_.end());
  *self = std::thread([this, self] { work(self); });
}

void Workers::work(std::list<std::thread>::iterator self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    news_.wait_for(lock, kPatience, [this] { return over_ || !tasks_.empty(); });
    --idle_;
    if (tasks_.empty()) break;
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
  if (!over_) finished_.splice(finished_.end(), threads_, self);  // a thread cannot join itself
}

void Workers::join_finished() {
  for (std::thread& thread : finished_) thread.join();
  finished_.clear();
}

void Workers::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    join_finished();
  }
  news_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace vialens
