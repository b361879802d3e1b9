// Tells whether two enqueued orders ask for the same thing.
#pragma once

#include <string>
#include <string_view>

#include "base/json/value.hpp"

namespace pos {

/// The RFC 8785 (JCS) form of a value: members sorted by UTF-16 code units, no white space. A
/// number that is not an integer keeps the spelling it came with; such payloads are refused
/// before anything is frozen, so it never reaches a stored fingerprint.
[[nodiscard]] std::string canonical_json(json::Value value);

/// Lower-case hex SHA-256 of the RFC 8785 form of {"payload": …, "restaurant_id": …}.
[[nodiscard]] std::string fingerprint(json::Value payload, std::string_view restaurant_id);

/// The same of a payload's text; "" for what is no JSON text.
[[nodiscard]] std::string fingerprint_of(const std::string& text, const std::string& restaurant_id);

}  // namespace pos
