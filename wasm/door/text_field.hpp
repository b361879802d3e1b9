// A field of a request's body in which somebody wrote a text.
#pragma once

#include <cstddef>
#include <string>

#include "json/value.hpp"
#include "square/field.hpp"

namespace pos::door {

/// The longest name, reason or address that a route takes, in bytes.
inline constexpr std::size_t text_most = 255;

/// Reads a text of 1 to `most` bytes; what is missing leaves `target` as it is. No complaint
/// repeats what was there: it may be a token in the wrong place.
void read_text(json::Value value, std::size_t most, std::string& target,
               square::Findings& findings);

}  // namespace pos::door
