// What an HTTP route answers: JSON, or a problem document (RFC 9457). Each of these ends its job.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/field_errors.hpp"
#include "base/json/writer.hpp"
#include "io/command.hpp"

namespace pos::runtime {

/// What was written.
void answer(io::Commands& out, int status, json::Writer& body);

/// A problem document with a title that goes with the status and a detail in plain words. Always
/// true: `return problem(…)` says that there was one.
bool problem(io::Commands& out, int status, const char* detail,
             std::int64_t retry_after_seconds = 0);
bool problem(io::Commands& out, int status, const std::string& detail,
             std::int64_t retry_after_seconds = 0);

/// 422 with `errors`: [{field, message}].
void invalid(io::Commands& out, const std::vector<FieldError>& errors);

}  // namespace pos::runtime
