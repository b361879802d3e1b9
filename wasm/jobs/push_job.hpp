// A job is what one invocation of the worker does: a tick, or one HTTP request. It is a value;
// frames go in and frames come out (io/frame.hpp).
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "api/accounts.hpp"
#include "api/enqueue.hpp"
#include "api/operator_action.hpp"
#include "api/queries.hpp"
#include "api/readiness.hpp"
#include "api/replay_many.hpp"
#include "api/webhook.hpp"
#include "drain/tick.hpp"
#include "io/frame.hpp"

namespace pos::jobs {

class PushJob {
 public:
  /// Makes the job that the frame's header asks for:
  /// {"job": "tick", "door": "cron" | "http", "variables", "secrets", "id", "seed"}, where
  /// "followed" (true) says that other jobs of this invocation come behind it: it leaves them their
  /// share, and names the one that takes the suspects as its next,
  /// {"job": "tick", "suspects": true, "spent_ms", "spent_subrequests", …},
  /// {"job": "tick", "door": "order", "order_id", "provider", …} for a push of one order at once,
  /// or
  /// {"job": "http", "route", "variables", "secrets", "id", "path", "query", "body_bytes"}.
  void start(io::FrameReader& frame, io::Commands& out);
  /// Feeds it what came of its commands. After its DoneCommand nothing comes out.
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const PushJob&) const = default;

 private:
  drain::Tick& start_tick(json::Value header, Settings settings);

  std::variant<std::monostate, drain::Tick, api::Enqueue, api::OperatorAction, api::Queries,
               api::Webhook, api::Accounts, api::ReplayMany, api::Readiness>
      kind_;
};

/// Frame to frame: the door of bindings/abi.h.
[[nodiscard]] std::string start(std::string_view frame, PushJob& job);
[[nodiscard]] std::string step(PushJob& job, std::string_view frame);

}  // namespace pos::jobs
