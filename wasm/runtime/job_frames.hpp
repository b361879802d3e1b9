// Frame to frame: what every kind of job has in common.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "base/json/value.hpp"
#include "config/secrets.hpp"
#include "io/frame.hpp"
#include "runtime/http_answer.hpp"

namespace pos::runtime {

constexpr const char* unreadable_frame = "the frame cannot be read";

/// Feeds what came of a job's commands to whichever of its kinds there is.
template <typename Kinds>
void step_kind(Kinds& kinds, const io::Input& input, io::Commands& out) {
  std::visit(
      [&](auto& kind) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(kind)>, std::monostate>) {
          kind.step(input, out);
        }
      },
      kinds);
}

template <typename Job>
std::string start_job(std::string_view frame, Job& job) {
  io::FrameReader reader(frame);
  io::Commands out;
  if (reader.valid()) {
    job.start(reader, out);
  } else {
    problem(out, 500, unreadable_frame);
  }
  return io::write_commands(out);
}

template <typename Job>
std::string step_job(Job& job, std::string_view frame) {
  io::FrameReader reader(frame);
  io::Commands out;
  if (reader.valid()) {
    job.step(io::read_input(reader), out);
  } else {
    // A job that waited for an outcome it could not read would wait for ever.
    problem(out, 500, unreadable_frame);
  }
  return io::write_commands(out);
}

}  // namespace pos::runtime
