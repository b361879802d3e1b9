// Ids that a provider gives.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/json/value.hpp"

namespace pos {

/// Whether a text can be an id: 1 to `most` bytes, and no control character among them.
[[nodiscard]] bool is_id(std::string_view text, std::size_t most);

/// The id that a value is; "" if it is none.
[[nodiscard]] std::string_view id_in(json::Value value, std::size_t most);

}  // namespace pos
