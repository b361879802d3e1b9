// What came of a command.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json/value.hpp"
#include "io/command.hpp"
#include "net/reply.hpp"

namespace pos::io {

enum class OutcomeKind : std::uint8_t {
  d1_done = 0,
  d1_failed = 1,  // says nothing about whether the batch was committed
  replied = 2,    // or failed to reply: see Reply::transport
  slept = 3,
  sealed = 4,
  not_sealed = 5,
  day_boundaries = 6,
  unknown_time_zone = 7,  // there is no such time zone
};

/// Views into the frame and the document it was parsed from; valid during one step.
struct Outcome {
  CommandId id = 0;
  OutcomeKind kind = OutcomeKind::slept;
  json::Value results;     // d1_done: one array of rows per statement, a row is an array of values
                           // sealed: the sealed texts, the signatures, or why they do not hold
                           // day_boundaries: [["2026-11-21", when it begins in Unix ms], …]
  std::string_view error;  // d1_failed: D1's words; not_sealed: the shell's
  net::Reply reply;        // replied
};

/// One call into a job: how long it has been running by the shell's monotonic clock, and what came
/// of its commands since the last call.
struct Input {
  std::int64_t elapsed_ms = 0;
  std::vector<Outcome> outcomes;
};

}  // namespace pos::io
