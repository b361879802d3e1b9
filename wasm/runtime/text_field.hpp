// A text field of a request's body.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/field_errors.hpp"
#include "base/json/value.hpp"

namespace pos::runtime {

/// The longest name, reason or address that a route takes, in bytes.
inline constexpr std::size_t text_most = 255;

/// Reads a text of 1 to `most` bytes; what is missing leaves `target` as it is. No complaint
/// repeats what was there: it may be a token in the wrong place.
void read_text(json::Value value, std::size_t most, std::string& target, FieldErrors& findings);

/// Whether an address can name it: what is written `.` or `..` there is a step, even where it is
/// encoded, and leads to another resource (WHATWG URL, "double-dot path segment").
[[nodiscard]] inline bool is_addressable(std::string_view id) { return id != "." && id != ".."; }

inline constexpr const char* not_addressable =
    "expected an id other than . and .., which no address can name";

}  // namespace pos::runtime
