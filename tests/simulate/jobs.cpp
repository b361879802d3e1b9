// Workers: how they start, go on, stand still and die.
#include <algorithm>

#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "harness/duration.hpp"
#include "simulate/running.hpp"
#include "simulate/simulation.hpp"
#include "simulate/violation.hpp"

namespace simulate {
namespace {

constexpr std::size_t ticks_at_once = 4;
using duration::minute;
// No job takes so many steps; one that does goes in a circle.
constexpr std::int64_t steps_most = 100'000;

}  // namespace

void Simulation::start_tick(const pos::Settings& settings) {
  const auto ticks = std::count_if(running_.begin(), running_.end(),
                                   [](const Job& each) { return each->invocation.is_tick(); });
  if (static_cast<std::size_t>(ticks) >= ticks_at_once) return;
  ++tally_.ticks;
  tally_.most_at_once = std::max<std::int64_t>(tally_.most_at_once, ticks + 1);
  max_attempts_ = std::max(max_attempts_, settings.max_attempts);
  const std::string id = pos::concat("t", ++jobs_);
  const std::string header = pos::concat(
      R"({"job":"tick","door":"cron","id":")", id, R"(","seed":"seed of )", id,
      R"(","secrets":["SQUARE_ACCESS_TOKEN"],"variables":)", variables_of(settings), "}");
  start_job(id, world::frame_of(header), settings.max_attempts);
}

void Simulation::push_at_once(const std::string& order_id) {
  const std::string id = pos::concat("p", ++jobs_);
  pos::json::Writer order;
  order.string(order_id);
  const std::string header = pos::concat(
      R"({"job":"tick","door":"order","provider":"square","order_id":)", order.text(), R"(,"id":")",
      id, R"(","seed":"seed of )", id, R"(","secrets":["SQUARE_ACCESS_TOKEN"],"variables":)",
      variables_of(deployed_), "}");
  start_job(id, world::frame_of(header), deployed_.max_attempts);
}

Simulation::Job Simulation::start_job(const std::string& id, const std::string& frame,
                                      std::int64_t max_attempts) {
  auto job = std::make_shared<Running>(Invocation(id, now_ms_, max_attempts));
  say(pos::concat(id, " starts ", hexadecimal(digest(frame))));
  running_.push_back(job);
  ++tally_.steps;
  perform(job, job->invocation.start(frame, record_ != nullptr ? &job->record : nullptr));
  return job;
}

void Simulation::answer(const Job& job, std::int64_t command, const std::string& members,
                        const std::string& body) {
  Invocation& invocation = job->invocation;
  if (invocation.over()) return;
  invocation.hear(command, members, body);
  if (invocation.step_is_due) return;
  invocation.step_is_due = true;
  // Sometimes more is heard before it goes on.
  const std::int64_t wait = luck_.percent(20) ? luck_.up_to(50) : 0;
  const std::int64_t due = std::max(now_ms_ + wait, invocation.paused_until_ms);
  agenda_.at(due, [this, job] { step(job); });
}

void Simulation::step(const Job& job) {
  Invocation& invocation = job->invocation;
  invocation.step_is_due = false;
  if (invocation.over()) return;
  ++tally_.steps;
  if (++job->steps > steps_most) {
    throw Violation(invariant::no_defect, "", invocation.id() + " does not come to an end");
  }
  perform(job, invocation.step(now_ms_, record_ != nullptr ? &job->record : nullptr));
}

void Simulation::perform(const Job& job, const std::vector<world::Asked>& asked) {
  Invocation& invocation = job->invocation;
  auto left = static_cast<std::int64_t>(asked.size());
  if (!invocation.over() && happens(Fault::killed_mute)) {
    left = luck_.up_to(left - 1);
    kill(job, " is killed before it spoke");
  }
  for (const world::Asked& each : asked) {
    if (left-- <= 0) break;
    if (each.what == "d1") ask_database(job, each);
    if (each.what == "fetch") ask_square(job, each);
    if (each.what == "sleep") {
      agenda_.at(now_ms_ + each.duration_ms,
                 [this, job, id = each.id] { answer(job, id, "\"of\":\"sleep\""); });
    }
  }
  if (invocation.over()) {
    if (invocation.status() != 0) say(pos::concat(invocation.id(), " ends ", invocation.status()));
    if (invocation.status() == 200 || invocation.status() == 201) taken_.insert(job->takes);
    close(job);
    // A worker may die between the two, or have the push switched off.
    if (!invocation.next_order().empty() && luck_.percent(60))
      push_at_once(invocation.next_order());
    return;
  }
  disturb(job);
}

void Simulation::disturb(const Job& job) {
  Invocation& invocation = job->invocation;
  if (happens(Fault::killed)) {
    agenda_.at(now_ms_ + luck_.skewed(2 * profile_.latency_ms),
               [this, job] { kill(job, " is killed"); });
  }
  if (happens(Fault::paused)) {
    invocation.paused_until_ms =
        luck_.percent(50) ? in_a_later_tick() : now_ms_ + luck_.skewed(profile_.settings.lease_ms);
    say(pos::concat(invocation.id(), " stands still until ", invocation.paused_until_ms));
  }
  if (happens(Fault::clock_wrong)) {
    const std::int64_t back = profile_.settings.clock_step_ms - invocation.set_back_ms;
    const std::int64_t by = luck_.percent(50) ? luck_.skewed(10 * minute)
                                              : -luck_.up_to(std::max<std::int64_t>(0, back));
    if (by < 0) invocation.set_back_ms -= by;
    invocation.misread(by);
    say(pos::concat(invocation.id(), " misreads its clock by ", by));
  }
}

void Simulation::kill(const Job& job, const char* how) {
  if (job->invocation.over()) return;
  say(pos::concat(job->invocation.id(), how));
  job->invocation.kill();
  close(job);
}

void Simulation::close(const Job& job) {
  if (job->closed) return;
  job->closed = true;
  running_.erase(std::find(running_.begin(), running_.end(), job));
  if (record_ != nullptr) record_->append(job->record);
  if (job->invocation.is_tick() && --until_look_ <= 0) {
    ground_.oracle.look();
    until_look_ = 1 + profile_.orders / 25;
  }
}

}  // namespace simulate
