// Jobs of the core behind its own door, as the wasm modules have it: frames in, frames out. Every
// frame is written down, so that the modules can be asked the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/frames.hpp"
#include "harness/worker.hpp"
#include "jobs/push_job.hpp"

namespace traces {

using world::Asked;
using world::frame_of;
using world::Trace;

/// One job from its start to its end, in a world.
class Run {
 public:
  /// Starts the job that the frame describes.
  Run(world::World& world, Trace& trace, std::string_view frame);

  [[nodiscard]] bool ended() const { return ended_; }
  /// The commands that are out, the oldest first.
  [[nodiscard]] const std::vector<Asked>& out() const { return out_; }

  /// Does the command, or not, as `end` says; what came of it waits for step().
  void perform(std::size_t which, world::RequestFault end = world::RequestFault::none);
  /// Square has not seen the request; its reply is a header's members and a body.
  void reply(std::size_t which, std::string_view members, std::string_view body);
  /// Hands over what has come of commands. Time passes for everybody.
  void step(std::int64_t took_ms = 20);
  /// Does everything well, in its order, until the job has ended.
  void finish();

 private:
  void receive(std::string_view answer);
  [[nodiscard]] Asked take(std::size_t which);
  void outcome(std::int64_t id, std::string_view members);

  world::World& world_;
  Trace& trace_;
  pos::jobs::PushJob job_;
  std::vector<Asked> out_;
  std::string outcomes_;
  std::string attachments_;
  std::int64_t elapsed_ms_ = 0;
  bool ended_ = false;
};

}  // namespace traces
