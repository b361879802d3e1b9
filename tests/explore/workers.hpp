// Running jobs of the core as values. Each is numbered; what an outcome makes of one is worked out
// by the core once and remembered.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "api/accounts.hpp"
#include "api/enqueue.hpp"
#include "api/operator_action.hpp"
#include "api/queries.hpp"
#include "api/replay_many.hpp"
#include "api/webhook.hpp"
#include "drain/tick.hpp"
#include "explore/databases.hpp"
#include "explore/interned.hpp"
#include "jobs/repair_tick.hpp"
#include "repair/retry.hpp"
#include "runtime/repair_request.hpp"

namespace explore {

using WorkerId = std::uint32_t;
using OutcomeId = std::uint32_t;

/// Asks for one batch, once more if it fails. What it writes is the real statements' matter, and
/// who asks for them has been read by other tests.
class OneBatch {
 public:
  OneBatch() = default;
  explicit OneBatch(pos::io::D1Command command) : command_(std::move(command)) {}

  void start(pos::io::Commands& out);
  void step(const pos::io::Input& input, pos::io::Commands& out);

  bool operator==(const OneBatch&) const = default;

 private:
  pos::io::D1Command command_;
};

using Job =
    std::variant<pos::drain::Tick, pos::api::OperatorAction, pos::api::Enqueue, pos::api::Queries,
                 pos::api::Accounts, pos::api::ReplayMany, pos::api::Webhook, pos::jobs::RepairTick,
                 pos::repair::RepairRetry, OneBatch>;

/// What came of a command, with its texts by number.
struct Outcome {
  pos::io::OutcomeKind kind = pos::io::OutcomeKind::slept;
  TextId text = 0;  // D1's results or its error, a reply's body
  int status = 0;
  pos::net::Transport transport = pos::net::Transport::replied;
  TextId retry_after = 0;

  bool operator==(const Outcome&) const = default;
};

enum class AskedKind : std::uint8_t { d1 = 0, fetch = 1, timer = 2 };

/// A command that is out.
struct Asked {
  AskedKind kind = AskedKind::d1;
  pos::io::CommandId id = 0;
  BatchId batch = 0;
  TextId path = 0;          // of a fetch, with its query
  TextId body = 0;          // or what the shell fills in, where there is such a thing
  TextId credential = 0;    // sealed; 0: the worker's own
  std::int64_t due_ms = 0;  // of a timer, by the job's own clock

  bool operator==(const Asked&) const = default;
};

/// A job between two calls of the core.
struct Worker {
  Job job;
  std::vector<Asked> out;  // the oldest first
  bool done = false;
  int status = 0;  // what it ended with
  std::uint64_t hash = 0;
};

/// What a job begins with.
struct Beginning {
  std::string id;
  std::string actor = "http";
  pos::Settings settings;
  std::variant<std::monostate, pos::api::Request, pos::runtime::RepairRequest>
      request;                    // none: a tick
  std::string only;               // a push at once of that order
  bool repairs = false;           // what a tick does for the past
  pos::io::D1Command batch = {};  // an approval: this, and nothing else
};

class Workers {
 public:
  Workers(Texts& texts, Databases& databases) : texts_(texts), databases_(databases) {}

  WorkerId begin(const Beginning& beginning);
  OutcomeId outcome(const Outcome& outcome);
  [[nodiscard]] const Outcome& outcome(OutcomeId id) const { return outcomes_[id]; }

  /// Feeds the worker what came of its command `which`. A pause that the core takes because D1
  /// failed is over at once: time is the explorer's to pass.
  WorkerId step(WorkerId worker, std::size_t which, OutcomeId outcome, std::int64_t elapsed_ms);

  [[nodiscard]] const Worker& operator[](WorkerId id) const { return workers_[id]; }
  [[nodiscard]] std::size_t count() const { return workers_.size(); }
  /// How many different calls of the core there were.
  [[nodiscard]] std::size_t steps() const { return steps_.size(); }
  /// Set when feeding an outcome twice changed a job, which it never may.
  [[nodiscard]] bool minded_a_repeat() const { return minded_a_repeat_; }

  /// One remembered call, for whoever wants to ask another build of the core the same.
  struct Step {
    WorkerId from = 0;
    std::uint32_t which = 0;
    OutcomeId outcome = 0;
    std::int64_t elapsed_ms = 0;
    WorkerId to = 0;
  };
  /// The call that first led to each worker; from == to for those that were begun.
  [[nodiscard]] const std::vector<Step>& origins() const { return origins_; }
  [[nodiscard]] const std::vector<std::pair<WorkerId, Beginning>>& beginnings() const {
    return beginnings_;
  }
  [[nodiscard]] std::vector<Step> all_steps() const;

 private:
  WorkerId intern(Worker worker, const Step& origin);
  void receive(Worker& worker, pos::io::Commands& commands, bool paused, std::int64_t elapsed_ms);
  void feed(Worker& worker, pos::io::CommandId id, const Outcome& outcome, std::int64_t elapsed_ms);

  Texts& texts_;
  Databases& databases_;
  std::deque<Worker> workers_;  // does not move what it holds
  std::unordered_multimap<std::uint64_t, WorkerId> numbers_;
  std::vector<Outcome> outcomes_;
  std::unordered_map<std::array<std::uint64_t, 3>, OutcomeId, HashOfNumbers> outcome_numbers_;
  std::unordered_map<std::array<std::uint64_t, 3>, WorkerId, HashOfNumbers> steps_;
  std::vector<Step> origins_;
  std::vector<std::pair<WorkerId, Beginning>> beginnings_;
  bool minded_a_repeat_ = false;
};

}  // namespace explore
