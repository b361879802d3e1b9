// What an HTTP route answers: JSON, or a problem document (RFC 9457).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/command.hpp"
#include "square/payload.hpp"

namespace pos::door {

[[nodiscard]] io::DoneCommand answer(int status, std::string body);

/// A problem document with a title that goes with the status and a detail in plain words.
[[nodiscard]] io::DoneCommand problem(int status, std::string_view detail,
                                      std::int64_t retry_after_seconds = 0);

/// 422 with `errors`: [{field, message}].
[[nodiscard]] io::DoneCommand invalid(const std::vector<square::FieldError>& errors);

}  // namespace pos::door
