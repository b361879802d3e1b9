// ONE seed: restaurants, producers, crons and operators, workers that overlap and die, a D1 and a
// Square that go wrong. Then the faults stop, what is left is drained, and all is counted at
// Square. The core is the real one, behind its frames, and the database is SQLite; only time, the
// network and the people are made up.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/database.hpp"
#include "harness/square_model.hpp"
#include "simulate/agenda.hpp"
#include "simulate/fault_profile.hpp"
#include "simulate/flights.hpp"
#include "simulate/invocation.hpp"
#include "simulate/luck.hpp"
#include "simulate/oracle.hpp"
#include "simulate/tally.hpp"
#include "simulate/trace.hpp"

namespace simulate {

/// What one run leaves for the next one: a database is cheaper to empty than to make.
struct Ground {
  world::Database database;
  Oracle oracle{database};
};

class Simulation {
 public:
  /// `record` receives the frames of every job, one job behind the other; nullptr: nobody asks.
  Simulation(std::uint64_t seed, Ground& ground, Trace& trace, world::Trace* record = nullptr);

  /// The whole run. Throws a Violation at the first promise that is broken.
  void run();

  [[nodiscard]] const Tally& tally() const { return tally_; }
  /// Square keeps keys for so long only: to break what the promise rests on.
  void forget_keys_after(std::int64_t ms) { square_.remembers_ms = ms; }
  /// Searches show an order only that long after it landed: the same.
  void lag_searches_by(std::int64_t ms) { square_.search_lag_ms = ms; }

 private:
  struct Running;
  using Job = std::shared_ptr<Running>;

  // simulation.cpp
  void plan();
  void plan_crons();
  void plan_orders();
  void storm();
  void calm();
  void run_until(std::int64_t ms);
  void run_out();
  void count();
  void say(const std::string& words) { trace_.line(now_ms_, words); }
  void note(Fault fault) { ++tally_.faults[fault]; }
  bool happens(Fault fault);
  void set_clock() { ground_.database.now_ms = now_ms_ + offset_ms_; }
  [[nodiscard]] std::int64_t in_a_later_tick();
  std::int64_t latency() { return 1 + luck_.skewed(profile_.latency_ms); }

  // jobs.cpp
  void start_tick(const pos::Settings& settings);
  void push_at_once(const std::string& order_id);
  Job start_job(const std::string& id, const std::string& frame, std::int64_t max_attempts);
  void answer(const Job& job, std::int64_t command, const std::string& members,
              const std::string& body = {});
  void step(const Job& job);
  void perform(const Job& job, const std::vector<world::Asked>& asked);
  void disturb(const Job& job);
  void kill(const Job& job, const char* how);
  void close(const Job& job);

  // database.cpp
  void ask_database(const Job& job, const world::Asked& asked);
  void run_batch(const Job& job, const std::shared_ptr<const world::Asked>& asked, bool good,
                 std::int64_t answer_ms);

  // provider.cpp
  /// What Square says; `more` are further members of the outcome.
  struct Answer {
    int status = 200;
    std::string body;
    std::string more;
  };
  Answer bad_answer(Fault fault);
  void read_square(const Job& job, const world::Asked& asked);
  void hear(const Job& job, std::int64_t command, const Answer& said);
  void ask_square(const Job& job, const world::Asked& asked);
  bool draw_request(Fault& drawn);
  void land(std::size_t flight, Fault fault, world::SquareModel::Reply& reply);
  void land_later(std::size_t flight, Fault fault, std::int64_t at_ms);
  void reply(const Job& job, std::int64_t command, std::size_t flight, const Answer& said,
             bool definite);
  void fail_request(const Job& job, std::int64_t command, const char* failure);

  // people.cpp
  void enqueue(std::int64_t number);
  void enqueue_by_sql(const std::string& how, const std::string& order_id,
                      const std::string& restaurant, std::int64_t revision,
                      const std::string& payload);
  void post_order(const std::string& order_id, const std::string& restaurant, std::int64_t revision,
                  const std::string& payload);
  void interfere();
  std::int64_t some_order();
  void operate(const char* route, const std::string& order_id, std::int64_t revision,
               const std::string& body);
  void mark_done(const std::string& order_id, bool by_hand);
  void cancel_at_square();
  void tell(const world::Booking& order);
  void write_by_hand(const char* sql, const std::string& order_id, const std::string& more = {});
  [[nodiscard]] std::string order_id_of(std::int64_t number) const;
  [[nodiscard]] std::string restaurant_of(std::int64_t number) const;
  [[nodiscard]] std::string payload_of(std::int64_t number, bool other);

  Ground& ground_;
  Trace& trace_;
  world::Trace* record_;
  Luck luck_;
  FaultProfile profile_;
  world::SquareModel square_;
  Flights flights_;
  Agenda agenda_;
  Tally tally_;

  std::int64_t now_ms_ = 1'795'000'000'000;  // what the time really is
  std::int64_t offset_ms_ = 0;               // D1's clock is ahead by that
  std::int64_t offset_least_ms_ = 0;
  bool faults_ = true;
  pos::Settings deployed_;
  std::int64_t horizon_ms_ = 0;
  std::int64_t outage_until_ms_ = 0;
  Fault outage_ = Fault::timeout;
  bool erred_ = false;  // a read was wrongly empty
  std::int64_t jobs_ = 0;
  std::int64_t takeovers_ = 0;
  std::int64_t max_attempts_ = 0;
  std::int64_t enqueued_ = 0;
  std::int64_t by_hand_ = 0;
  std::int64_t until_look_ = 0;
  std::vector<std::int64_t> ticks_at_;
  std::vector<Job> running_;
  std::set<std::string> taken_;    // orders that a row was made for
  std::set<std::string> deleted_;  // of those, whose rows a producer has deleted
};

}  // namespace simulate
