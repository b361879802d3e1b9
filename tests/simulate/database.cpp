// D1, and what can go wrong with it.
#include <algorithm>

#include "base/text.hpp"
#include "simulate/running.hpp"
#include "simulate/simulation.hpp"
#include "simulate/violation.hpp"

namespace simulate {
namespace {

constexpr const char* failure = R"("of":"d1","error":"Network connection lost.")";
constexpr std::int64_t late_most_ms = 20 * 60'000;

}  // namespace

void Simulation::ask_database(const Job& job, const world::Asked& asked) {
  ++tally_.batches;
  const auto batch = std::make_shared<const world::Asked>(asked);
  const std::int64_t done_ms = now_ms_ + latency();
  const std::int64_t answer_ms = done_ms + latency();
  Fault fault = Fault::d1_failed;
  const bool fails = faults_ && profile_.draw(luck_, first_of_d1, Fault::d1_drift, fault);
  say(pos::concat(job->invocation.id(), " asks D1 ", asked.id, " ",
                  std::string(pos::store::name_of(asked.statements.front())), " ",
                  hexadecimal(digest(asked.parameters.back())), fails ? ": " : "",
                  fails ? to_string(fault) : ""));
  if (!fails) {
    return agenda_.at(done_ms,
                      [this, job, batch, answer_ms] { run_batch(job, batch, true, answer_ms); });
  }
  note(fault);
  if (fault == Fault::d1_lost) {
    agenda_.at(done_ms, [this, job, batch, answer_ms] { run_batch(job, batch, false, answer_ms); });
  }
  if (fault == Fault::d1_late) {
    const std::int64_t late_ms = luck_.percent(50) ? std::max(answer_ms, in_a_later_tick())
                                                   : answer_ms + luck_.skewed(late_most_ms);
    agenda_.at(late_ms, [this, job, batch] { run_batch(job, batch, false, now_ms_); });
  }
  agenda_.at(answer_ms, [this, job, id = asked.id] { answer(job, id, failure); });
}

void Simulation::run_batch(const Job& job, const std::shared_ptr<const world::Asked>& asked,
                           bool good, std::int64_t answer_ms) {
  world::Database& database = ground_.database;
  set_clock();
  database.drift_ms_per_statement = happens(Fault::d1_drift) ? luck_.up_to(200) : 0;
  std::string results;
  try {
    results = database.batch(asked->statements, asked->parameters);
  } catch (const std::exception& error) {
    throw Violation(invariant::no_defect, "", error.what());
  }
  now_ms_ = database.now_ms - offset_ms_;
  say(pos::concat("D1 has done ", job->invocation.id(), " ", asked->id, " ",
                  hexadecimal(digest(results))));
  ground_.oracle.after_batch();
  if (!good) return;
  agenda_.at(std::max(answer_ms, now_ms_),
             [this, job, id = asked->id, results = std::move(results)] {
               answer(job, id, pos::concat("\"of\":\"d1\",\"results\":", results));
             });
}

}  // namespace simulate
