// Independent work on several threads, with its results in their order.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace explore {

/// Calls `work(i)` for each i below `count`, and `done(i)` for one at a time once it has ended. An
/// exception ends everything.
template <typename RepairTick, typename Done>
void in_parallel(std::size_t count, std::size_t threads, RepairTick work, Done done) {
  std::atomic<std::size_t> next = 0;
  std::mutex one_at_a_time;
  std::exception_ptr failure;
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
        const std::lock_guard lock(one_at_a_time);
        done(i);
      } catch (...) {
        const std::lock_guard lock(one_at_a_time);
        failure = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::thread> pool;
  for (std::size_t i = 0; i < threads; ++i) pool.emplace_back(run);
  for (std::thread& each : pool) each.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace explore
