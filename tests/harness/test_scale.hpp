// How much a test of many random cases does.
#pragma once

#include "harness/history.hpp"

namespace effort {

/// All of it, but a tenth where sanitizers slow everything down: they look for mistakes of another
/// kind, which need no rare case. Such a test has no recorded history.
template <typename Number>
Number of(Number whole) {
  world::history_varies = true;
#if defined(__SANITIZE_ADDRESS__)
  return whole / 10;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  return whole / 10;
#else
  return whole;
#endif
#else
  return whole;
#endif
}

}  // namespace effort
