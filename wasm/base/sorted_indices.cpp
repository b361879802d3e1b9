#include "base/sorted_indices.hpp"

#include <algorithm>
#include <numeric>

namespace pos {

std::vector<std::size_t> sorted_indices(std::size_t count, Before before) {
  std::vector<std::size_t> positions(count);
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  std::make_heap(positions.begin(), positions.end(), before);
  std::sort_heap(positions.begin(), positions.end(), before);
  return positions;
}

}  // namespace pos
