// Sorting, compiled once: std::sort is three kilobytes for every type and every order.
#pragma once

#include <cstddef>
#include <vector>

namespace pos {

/// Whether the thing at one position comes before the thing at another. A view: what it was made of
/// must outlive it.
class Before {
 public:
  template <typename Function>
  Before(const Function& function)  // NOLINT(google-explicit-constructor): it stands for any
      : function_(&function), call_([](const void* self, std::size_t a, std::size_t b) {
          return (*static_cast<const Function*>(self))(a, b);
        }) {}

  bool operator()(std::size_t a, std::size_t b) const { return call_(function_, a, b); }

 private:
  const void* function_;
  bool (*call_)(const void* self, std::size_t a, std::size_t b);
};

/// The positions 0 to count - 1 in that order. O(n log n) always: what is sorted here comes from
/// outside. Of equal things either may come first.
[[nodiscard]] std::vector<std::size_t> sorted_indices(std::size_t count, Before before);

}  // namespace pos
