// A world of repairs in motion: which moves there are, and what each of them does.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "explore/coverage.hpp"
#include "explore/databases.hpp"
#include "explore/machine.hpp"
#include "explore/repair/ledger.hpp"
#include "explore/repair/square_models.hpp"
#include "explore/repair/state.hpp"
#include "explore/repair/world.hpp"
#include "explore/workers.hpp"

namespace explore::repair {

/// What the tables say, as far as every state is asked about it.
struct Digest {
  std::array<RepairFact, targets_most> repairs;
  std::vector<std::int64_t> boundaries;  // on D1's clock, where something changes by itself
  bool any_open = false;
  bool groups_are_whole = true;
};

class Machine {
 public:
  using State = repair::State;
  using Move = explore::Move;  // land: how says what the refund is; deed: which

  explicit Machine(const World& world);

  [[nodiscard]] const World& world() const { return world_; }
  State beginning();
  /// While a world is prepared everything may happen, at no cost.
  void prepare(bool preparing) { preparing_ = preparing; }
  static void renew_budgets(State& state);
  /// All moves of a state, in a fixed order.
  void moves(const State& state, std::vector<Move>& out);
  /// Makes the move; returns what it broke.
  Broken perform(State& state, const Move& move);
  /// What a state breaks by being.
  Broken look(const State& state);
  /// Kills the workers, lets nothing more go wrong, and ticks until all is at rest.
  Broken come_to_rest(State state);

  [[nodiscard]] std::string label(const State& state, const Move& move);
  [[nodiscard]] std::string story(const State& state, const Move& move);
  [[nodiscard]] const Digest& digest(DbId db);
  /// D1's, and Square's, which does not step.
  [[nodiscard]] std::int64_t clock(const State& state) const {
    return epoch_ms + state.real_ms + state.skew_ms;
  }
  [[nodiscard]] std::int64_t time_at_square(const State& state) const {
    return epoch_ms + state.real_ms;
  }

  [[nodiscard]] Texts& texts() { return texts_; }
  [[nodiscard]] Databases& databases() { return databases_; }
  [[nodiscard]] Workers& workers() { return workers_; }
  [[nodiscard]] const std::array<std::uint64_t, fault_count>& faults() const { return faults_; }
  [[nodiscard]] std::set<std::string> moves_made() const;
  /// What was there when faults stopped, as far as it matters, in full.
  [[nodiscard]] std::set<std::string> ends() const;

 private:
  void worker_moves(const State& state, std::uint8_t slot, std::vector<Move>& out) const;
  void request_moves(const State& state, std::vector<Move>& out);
  void read_moves(const State& state, std::uint8_t which, std::vector<Move>& out);
  void jump_moves(const State& state, std::vector<Move>& out);
  [[nodiscard]] bool has_effect(const State& state, std::size_t deed);

  void begin(State& state, std::uint8_t slot, const Beginning& beginning);
  Broken adopt(State& state, std::uint8_t slot, WorkerId next);
  Broken tell(State& state, std::uint8_t slot, std::size_t which, OutcomeId outcome);
  Broken run_batch(State& state, const Move& move);
  Broken send(State& state, std::uint8_t slot, const Asked& asked);
  Broken land(State& state, Request& request, const std::string& status);
  Broken answer(State& state, const Move& move);
  void act(State& state, std::uint8_t which);
  void kill(State& state, std::uint8_t slot);
  void forget_history(State& state);
  void tidy(State& state) const;
  Broken tick_cleanly(State& state, int number);

  [[nodiscard]] OutcomeId read(const State& state, const Request& request, RequestFault fault);
  [[nodiscard]] std::uint8_t target_of(TextId path, TextId body);
  [[nodiscard]] bool in_flight(const State& state, const Request& request) const;
  [[nodiscard]] bool may_land(const State& state, std::size_t target) const;
  [[nodiscard]] std::int64_t elapsed(const State& state, const Slot& slot) const {
    return state.real_ms - slot.started_ms;
  }
  Broken checked(DbId before, DbId after, BatchId batch, std::int64_t now_ms);
  [[nodiscard]] Digest digested(DbId db) const;
  [[nodiscard]] std::vector<std::string> made_as() const;
  [[nodiscard]] std::string name_of(std::uint8_t slot) const;
  [[nodiscard]] std::string read_by(const Request& request) const;
  [[nodiscard]] std::string effect_of(const State& state, const Move& move, const Asked& asked);

  const World& world_;
  pos::Settings margins_;  // what a batch is held to: a clock that has stepped uses up its margin
  bool preparing_ = false;
  Texts texts_;
  Databases databases_;
  Workers workers_;
  SquareModels shelves_;
  std::unordered_map<DbId, Digest> digests_;  // does not move what it holds
  std::unordered_map<std::array<std::uint64_t, 3>, Broken, HashOfNumbers> checks_;
  std::unordered_map<std::array<std::uint64_t, 3>, DbId, HashOfNumbers> essences_;
  std::unordered_map<std::array<std::uint64_t, 2>, Broken, HashOfNumbers> rests_;
  std::vector<State> rested_;  // those that were asked for
  std::unordered_map<std::array<std::uint64_t, 2>, std::uint8_t, HashOfNumbers> targets_;
  std::unordered_map<std::string, WorkerId> begun_;
  std::array<std::uint64_t, fault_count> faults_{};
  std::uint32_t kinds_made_ = 0;
  std::uint32_t batch_ends_ = 0;
};

[[nodiscard]] Coverage coverage_of(Machine& machine);

}  // namespace explore::repair
