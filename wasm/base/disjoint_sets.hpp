// Which of many things belong together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pos {

/// DisjointSets of positions. The root of a set is its smallest one.
class DisjointSets {
 public:
  using Position = std::uint32_t;

  explicit DisjointSets(std::size_t count) : up_(count) {
    for (std::size_t i = 0; i < count; ++i) up_[i] = static_cast<Position>(i);
  }

  [[nodiscard]] Position root(Position each) {
    while (up_[each] != each) {
      up_[each] = up_[up_[each]];
      each = up_[each];
    }
    return each;
  }

  void unite(Position a, Position b) {
    const Position one = root(a);
    const Position other = root(b);
    up_[std::max(one, other)] = std::min(one, other);
  }

 private:
  std::vector<Position> up_;
};

}  // namespace pos
