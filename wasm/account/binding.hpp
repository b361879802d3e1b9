// What a sealed token is bound to, so that it opens in its own place only: not in another
// restaurant's row, and a refresh token not as an access token.
#pragma once

#include <string>
#include <string_view>

#include "base/text.hpp"
#include "io/command.hpp"

namespace pos::account {

/// `kind` is "access" or "refresh".
[[nodiscard]] inline std::string bound_to(std::string_view restaurant_id, const char* kind) {
  return concat(restaurant_id, ":square:", kind);
}

}  // namespace pos::account
