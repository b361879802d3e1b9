// The names of an enumeration's values, from a table in the order of the values.
#pragma once

#include <array>
#include <cstddef>

namespace pos {

template <typename Enum, std::size_t N>
const char* enum_name(const std::array<const char*, N>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

}  // namespace pos
