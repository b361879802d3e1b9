#include "square/paging.hpp"

#include "ablation/layer.hpp"
#include "base/sha256.hpp"

namespace pos::square {
namespace {

constexpr std::size_t digest_length = 16;

std::string digest_of(std::string_view cursor) {
  return hex(sha256(cursor)).substr(0, digest_length);
}

bool is_power_of_two(std::int64_t number) { return (number & (number - 1)) == 0; }

}  // namespace

// R. P. Brent, "An improved Monte Carlo factorization algorithm" (1980), section 7: one cursor is
// remembered, of the page whose number is the last power of two. However long a circle is, it is
// noticed before it has been walked three times.
bool Paging::follow(std::string_view next, std::int64_t most) {
  ++pages_;
  if (next.empty() || !ablation::intact(ablation::Layer::list_bound)) return true;
  const std::string digest = digest_of(next);
  if (digest == mark_ || pages_ >= most) return false;
  if (is_power_of_two(pages_)) mark_ = digest;
  return true;
}

}  // namespace pos::square
