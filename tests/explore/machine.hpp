// The world in motion: which moves there are, and what each of them does.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "explore/databases.hpp"
#include "explore/facts.hpp"
#include "explore/invariant.hpp"
#include "explore/square.hpp"
#include "explore/state.hpp"
#include "explore/workers.hpp"
#include "explore/world.hpp"

namespace explore {

enum class MoveKind : std::uint8_t {
  start = 0,   // a tick begins; how: with which settings
  visit = 1,   // an HTTP request comes
  batch = 2,   // a D1 batch runs; how: BatchFault
  land = 3,    // a request reaches Square; how: 1 with another total
  answer = 4,  // the worker hears of its request; how: RequestFault
  ring = 5,    // a timer of the tick's own
  kill = 6,
  jump = 7,   // time passes; amount: until when
  event = 8,  // somebody writes to the tables
  skew = 9,   // D1's clock steps; amount: to what
  deed = 10,  // somebody does something at Square itself
};

enum class BatchFault : std::uint8_t {
  done = 0,
  failed = 1,   // not run, and reported so
  lost = 2,     // run, and reported as failed
  drifted = 3,  // run while the clock moved on
  torn = 4,     // (wrong) half run, and reported as failed
};

struct Move {
  MoveKind kind = MoveKind::start;
  std::uint8_t slot = 0;
  std::uint8_t which = 0;  // a command of a worker, a request of the state, an event
  std::uint8_t how = 0;
  std::int64_t amount = 0;
};

/// What the tables say of one identity, as far as every state is asked about it.
struct Standing {
  bool known = false;
  bool frozen = false;
  bool in_doubt = false;
  bool booked = false;
  bool asks_payment = false;
  bool must_look = false;        // before anything is sent, whatever the time
  bool claim_open = false;       // on this identity's order, for this identity
  std::uint8_t active_rows = 0;  // of the order, any revision
  bool success = false;
  bool success_differs = false;      // it asked for something else than what was frozen
  bool denied = false;               // dead, and not for doubt: nothing may stand at Square
  bool payment_denied = false;       // dead, the order stands unpaid
  bool without_reason = false;       // dead, and no code says why
  bool called_unpaid = false;        // dead, for Square has refused its payment
  bool told_done = false;            // an operator said that it is booked
  std::uint8_t attempts = 0;         // the most of its rows
  std::uint8_t active_attempts = 0;  // of its row that waits
  std::uint8_t takeovers = 0;
  std::uint8_t unclear = 0;  // looks that said neither yes nor no
  TextId ledger_order = 0;
  TextId ledger_payment = 0;
  TextId row_order = 0;  // of its row that is booked
  TextId row_payment = 0;
  TextId holder = 0;
  std::int64_t lease_until = 0;
  std::optional<Status> newest_row;  // what has become of the order, for stories
};

/// The tokens that an account has, by their numbers.
struct TokenStanding {
  std::uint16_t access = 0;
  std::uint16_t refresh = 0;
  bool shut_out = false;  // it pauses, because its token was refused
};

struct Digest {
  std::array<Standing, identities_most> standings{};
  TokenStanding tokens;
  std::vector<std::int64_t> boundaries;  // on D1's clock, where something changes by itself
  bool any_active = false;
};

class Machine {
 public:
  using State = explore::State;
  using Move = explore::Move;

  explicit Machine(const World& world);

  [[nodiscard]] const World& world() const { return world_; }
  State beginning();
  /// While a world is prepared everything may happen, at no cost.
  void prepare(bool preparing) { preparing_ = preparing; }
  /// As if nothing had gone wrong yet, and nobody had done anything.
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
  [[nodiscard]] std::int64_t clock(const State& state) const;

  [[nodiscard]] Texts& texts() { return texts_; }
  [[nodiscard]] Databases& databases() { return databases_; }
  [[nodiscard]] Workers& workers() { return workers_; }
  [[nodiscard]] const std::array<std::uint64_t, fault_count>& faults() const { return faults_; }
  /// The kinds of moves so far; of batches, how they ended.
  [[nodiscard]] std::set<std::string> moves_made() const;

 private:
  [[nodiscard]] std::int64_t elapsed(const State& state, const Slot& slot) const;
  void worker_moves(const State& state, std::uint8_t slot, std::vector<Move>& out);
  void request_moves(const State& state, std::vector<Move>& out);
  void read_moves(const State& state, std::uint8_t which, std::vector<Move>& out);
  void deed_moves(const State& state, std::vector<Move>& out);
  void jump_moves(const State& state, std::vector<Move>& out);
  Broken begin(State& state, std::uint8_t slot, const Beginning& beginning);
  Broken run_batch(State& state, const Move& move);
  Broken tell(State& state, std::uint8_t slot, std::size_t which, OutcomeId outcome);
  Broken adopt(State& state, std::uint8_t slot, WorkerId next);
  Broken send(State& state, std::uint8_t slot, const Asked& asked);
  [[nodiscard]] RequestFault refusal_of(const State& state, TextId key, TextId body) const;
  void refuse(State& state, TextId key, RequestFault how);
  void land(State& state, Request& request, bool other_total);
  Broken answer(State& state, const Move& move);
  void exchange(State& state, Request& request);
  [[nodiscard]] std::uint16_t token_of(TextId text) const;
  [[nodiscard]] bool is_shut_out(const Request& request) const;
  [[nodiscard]] OutcomeId read(const State& state, const Request& request, RequestFault fault);
  void act(State& state, std::uint8_t which);
  [[nodiscard]] static bool takes_no_payment(const State& state, IdentityId identity);
  [[nodiscard]] bool is_poisoned(const State& state, std::uint8_t slot);
  [[nodiscard]] bool has_room(const State& state, std::uint8_t slot) const;
  void kill(State& state, std::uint8_t slot);
  Broken checked(DbId before, DbId after, BatchId batch, std::int64_t now_ms,
                 const pos::Settings& settings);
  [[nodiscard]] Digest digested(DbId db);
  [[nodiscard]] const pos::Settings& settings_of(const Slot& slot) const;
  [[nodiscard]] TextId id_of(const Booking& booking);
  [[nodiscard]] std::string name_of(const Request& request) const;
  [[nodiscard]] std::string awaited(const Request& request) const;
  [[nodiscard]] std::string name_of(std::uint8_t slot) const;
  Broken tick_cleanly(State& state, int number);
  [[nodiscard]] std::string effect_of(const State& state, const Move& move, const Asked& asked);
  [[nodiscard]] bool in_flight(const State& state, const Request& request) const;

  const World& world_;
  bool preparing_ = false;
  Texts texts_;
  Databases databases_;
  Workers workers_;
  Square square_;
  std::vector<Digest> digests_;
  std::vector<bool> digested_;
  std::unordered_map<std::array<std::uint64_t, 3>, Broken, HashOfNumbers> checks_;
  std::unordered_map<std::array<std::uint64_t, 2>, Broken, HashOfNumbers> rests_;
  std::unordered_map<std::string, WorkerId> begun_;
  std::array<std::uint64_t, fault_count> faults_{};
  std::uint32_t kinds_made_ = 0;
  std::uint32_t batch_ends_ = 0;
  std::array<std::uint8_t, identities_most> inherited_{};  // attempts that the world begins with
};

}  // namespace explore
