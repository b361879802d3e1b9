// One job of the core behind its frame door, with a clock of its own that may be wrong. It performs
// nothing: what the job asks for comes out, what came of it goes in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/frames.hpp"
#include "jobs/push_job.hpp"

namespace simulate {

class Invocation {
 public:
  Invocation(std::string id, std::int64_t started_ms, std::int64_t max_attempts)
      : id_(std::move(id)), started_ms_(started_ms), max_attempts_(max_attempts) {}

  /// The first commands.
  [[nodiscard]] std::vector<world::Asked> start(std::string_view frame, world::Trace* record);
  /// What came of a command: members of its outcome, and a reply's body.
  void hear(std::int64_t command, std::string_view members, std::string_view body = {});
  /// Hands over what was heard.
  [[nodiscard]] std::vector<world::Asked> step(std::int64_t now_ms, world::Trace* record);

  /// Its clock is ahead by so much more, or behind.
  void misread(std::int64_t ms) { clock_error_ms_ += ms; }

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] std::int64_t max_attempts() const { return max_attempts_; }
  [[nodiscard]] bool is_tick() const { return max_attempts_ > 0; }
  [[nodiscard]] bool over() const { return dead_ || ended_; }
  [[nodiscard]] bool dead() const { return dead_; }
  /// The status that the job ended with, 0 before.
  [[nodiscard]] std::int64_t status() const { return status_; }
  /// The order that the job, at its end, wants pushed at once; "" for none.
  [[nodiscard]] const std::string& next_order() const { return next_order_; }
  void kill() { dead_ = true; }

  /// Until then its isolate stands still.
  std::int64_t paused_until_ms = 0;
  bool step_is_due = false;
  std::int64_t set_back_ms = 0;  // by how much its clock was set back in all

 private:
  [[nodiscard]] std::vector<world::Asked> commands(const std::string& answer, world::Trace* record);

  std::string id_;
  std::int64_t started_ms_;
  std::int64_t max_attempts_;  // 0: no tick
  pos::jobs::PushJob job_;
  std::string outcomes_;
  std::string bodies_;
  std::int64_t clock_error_ms_ = 0;
  std::int64_t status_ = 0;
  std::string next_order_;
  bool dead_ = false;
  bool ended_ = false;
};

}  // namespace simulate
