#include "simulate/simulation.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "harness/duration.hpp"
#include "simulate/running.hpp"
#include "simulate/violation.hpp"

namespace simulate {
namespace {
using duration::day;
using duration::minute;
using duration::second;

// Without faults a run has come to rest long before.
constexpr int calm_ticks_most = 600;
// So many come as a cron does; the ones behind them come when all that waits is due.
constexpr int calm_ticks_early = 8;

}  // namespace

Simulation::Simulation(std::uint64_t seed, Ground& ground, Trace& trace, world::Trace* record)
    : ground_(ground),
      trace_(trace),
      record_(record),
      luck_(seed),
      profile_(luck_),
      flights_(profile_.settings.quiet_ms) {
  deployed_ = profile_.settings;
  square_.remembers_ms = profile_.remembers_ms;
  square_.search_lag_ms = profile_.search_lag_ms;
  square_.page_most = profile_.page_most;
  offset_least_ms_ = -luck_.up_to(profile_.settings.clock_step_ms);
  ground_.database.random_state = luck_.next();
  // At midnight too, and never at a round time.
  now_ms_ += luck_.up_to(day);
  set_clock();
}

bool Simulation::happens(Fault fault) {
  if (!faults_ || !luck_.permille(profile_.permille[fault])) return false;
  note(fault);
  return true;
}

void Simulation::run() {
  const std::int64_t began_ms = now_ms_;
  ground_.oracle.begin();
  plan();
  storm();
  calm();
  ground_.oracle.look_at_rest(max_attempts_, tally_.ticks);
  count();
  tally_.simulated_ms = now_ms_ - began_ms;
  say(pos::concat("all is counted: ", tally_.booked, " booked, ", tally_.dead, " dead, ",
                  tally_.gone, " gone, ", tally_.at_square, " at Square"));
}

void Simulation::plan() {
  for (std::int64_t i = 0; i < profile_.own_accounts; ++i) {
    ground_.database.execute(
        "INSERT INTO pos_accounts (restaurant_id, location_id) VALUES (?1, ?2)",
        {pos::concat("r", i + 1), pos::concat("L-r", i + 1)});
  }
  ground_.oracle.after_others();
  plan_crons();
  plan_orders();
}

void Simulation::plan_crons() {
  std::int64_t at = now_ms_;
  const auto tick = [this] {
    if (happens(Fault::redeploy)) deployed_ = profile_.redeployed(luck_);
    start_tick(deployed_);
  };
  for (std::int64_t i = 0; i < profile_.ticks; ++i) {
    at += luck_.up_to(second);
    ticks_at_.push_back(at);
    agenda_.at(at, tick);
    if (happens(Fault::cron_twice)) agenda_.at(at, tick);
    if (happens(Fault::cron_overlaps)) {
      const std::int64_t more = luck_.between(1, 3);
      for (std::int64_t n = 0; n < more; ++n) agenda_.at(at + luck_.skewed(20 * minute), tick);
    }
    if (happens(Fault::clock_step)) {
      agenda_.at(at + luck_.up_to(profile_.cron_ms), [this] {
        offset_ms_ = offset_least_ms_ + luck_.up_to(profile_.settings.clock_step_ms);
        say(pos::concat("D1's clock is ahead by ", offset_ms_));
      });
    }
    at += profile_.cron_ms;
    if (happens(Fault::cron_missed)) at += luck_.between(1, 6) * profile_.cron_ms;
    if (happens(Fault::time_jump)) at += luck_.skewed(luck_.percent(90) ? 2 * day : 60 * day);
  }
  horizon_ms_ = at;
}

void Simulation::plan_orders() {
  const std::int64_t length = horizon_ms_ - now_ms_;
  const std::int64_t busy = luck_.percent(50) ? length : length / 4;
  for (std::int64_t number = 0; number < profile_.orders; ++number) {
    agenda_.at(now_ms_ + luck_.up_to(busy), [this, number] { enqueue(number); });
  }
  for (std::int64_t i = 0; i < profile_.interferences; ++i) {
    // Half of it while a tick is at work.
    const std::int64_t starts =
        ticks_at_[static_cast<std::size_t>(luck_.up_to(profile_.ticks - 1))];
    const std::int64_t busy_ms = starts + luck_.skewed(20 * profile_.latency_ms);
    const bool meets_a_tick = luck_.percent(50);
    agenda_.at(meets_a_tick ? busy_ms : now_ms_ + luck_.up_to(length), [this] { interfere(); });
  }
}

// When a tick is at work that started after the leases of today: what comes then meets a successor.
std::int64_t Simulation::in_a_later_tick() {
  const std::int64_t over = now_ms_ + luck_.up_to(profile_.settings.lease_ms * 5 / 4);
  const auto tick = std::upper_bound(ticks_at_.begin(), ticks_at_.end(), over);
  return (tick == ticks_at_.end() ? over : *tick) + luck_.skewed(20 * profile_.latency_ms);
}

void Simulation::run_until(std::int64_t ms) {
  while (!agenda_.empty() && agenda_.next_ms() <= ms) {
    now_ms_ = std::max(now_ms_, agenda_.next_ms());
    const Agenda::Action action = agenda_.take();
    action();
  }
  now_ms_ = std::max(now_ms_, ms);
}

void Simulation::run_out() {
  while (!agenda_.empty()) run_until(agenda_.next_ms());
}

void Simulation::storm() {
  run_until(horizon_ms_);
  faults_ = false;
  const bool all_die = luck_.percent(50);
  while (all_die && !running_.empty()) kill(running_.front(), " is killed at the end");
  run_out();
  ground_.oracle.look();
  say("the faults stop");
}

void Simulation::calm() {
  profile_.latency_ms = std::min<std::int64_t>(profile_.latency_ms, 200);
  pos::Settings settings = profile_.settings;
  settings.batch_size = 50;
  settings.subrequest_budget = 900;
  constexpr const char* waiting =
      "SELECT (SELECT count(*) FROM pos_sync_queue WHERE status IN ('pending', 'failed')) + "
      "(SELECT count(*) FROM pos_sync_claims WHERE settled_at IS NULL AND holder <> '')";
  // When everything is due: rows, accounts, leases.
  constexpr const char* last_due =
      "SELECT max(coalesce((SELECT max(next_attempt_at) FROM pos_sync_queue "
      "WHERE status IN ('pending', 'failed')), 0), "
      "(SELECT max(paused_until) FROM pos_accounts), "
      "coalesce((SELECT max(lease_until) FROM pos_sync_claims "
      "WHERE settled_at IS NULL AND holder <> ''), 0))";
  for (int tick = 0; tick < calm_ticks_most && ground_.database.integer(waiting, {}) > 0; ++tick) {
    std::int64_t wait = settings.quiet_on_clock_ms() + minute;
    if (tick >= calm_ticks_early) {
      const std::int64_t due = ground_.database.integer(last_due, {}) - offset_ms_ - now_ms_;
      wait = std::max(wait, due + second);
    }
    run_until(now_ms_ + wait);
    start_tick(settings);
    run_out();
  }
}

void Simulation::count() {
  world::Database& database = ground_.database;
  tally_.seeds = 1;
  tally_.hundred_orders = tally_.orders >= 100 ? 1 : 0;
  tally_.fifty_ticks = tally_.ticks >= 50 ? 1 : 0;
  for (const std::string& id : taken_) {
    if (id.empty()) continue;
    const std::string state = database.text(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM pos_sync_ledger WHERE order_id = ?1 "
        "AND booked_at IS NOT NULL) THEN 'booked' ELSE (SELECT status FROM pos_sync_queue "
        "WHERE order_id = ?1 ORDER BY id DESC LIMIT 1) END",
        {id});
    if (state == "booked" || state == "success") {
      ++tally_.booked;
    } else if (state == "dead") {
      ++tally_.dead;
    } else if (state.empty() && deleted_.count(id) > 0) {
      ++tally_.gone;
    } else {
      ++tally_.lost;
      throw Violation(invariant::comes_to_rest, id, "lost: its row is " + state + " or gone");
    }
  }
}

}  // namespace simulate
