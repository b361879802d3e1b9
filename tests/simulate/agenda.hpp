// What will happen, in the order in which it does.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

namespace simulate {

class Agenda {
 public:
  using Action = std::function<void()>;

  void at(std::int64_t ms, Action action) {
    entries_.push_back({ms, next_++, std::move(action)});
    std::push_heap(entries_.begin(), entries_.end(), later);
  }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::int64_t next_ms() const { return entries_.front().ms; }

  /// The next thing; of two at one time, the one that was planned first.
  [[nodiscard]] Action take() {
    std::pop_heap(entries_.begin(), entries_.end(), later);
    Action action = std::move(entries_.back().action);
    entries_.pop_back();
    return action;
  }

 private:
  struct Entry {
    std::int64_t ms;
    std::uint64_t number;
    Action action;
  };
  static bool later(const Entry& a, const Entry& b) {
    return a.ms != b.ms ? a.ms > b.ms : a.number > b.number;
  }

  std::vector<Entry> entries_;
  std::uint64_t next_ = 0;
};

}  // namespace simulate
