// The currencies of ISO 4217.
#pragma once

#include <string_view>

namespace pos::square {

/// True for a code of ISO 4217 that people pay with: no metals, no funds, no test codes.
[[nodiscard]] bool is_currency(std::string_view code);

}  // namespace pos::square
