#include "jobs/repair_tick.hpp"

#include <utility>

#include "audit/scan/limits.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "runtime/http_answer.hpp"

namespace pos::jobs {

using store::Statement;

namespace {

// One in so many requests is kept for what comes behind the repairs.
constexpr std::int64_t later_part = 4;

}  // namespace

RepairTick::RepairTick(runtime::RunContext context, std::int64_t spent_ms,
                       std::int64_t spent_subrequests)
    : context_(std::move(context)), in_flight_(context_.settings, spent_ms, spent_subrequests) {}

void RepairTick::start(io::Commands& out) {
  json::Writer limits;
  limits.begin_object().member("quiet_ms", context_.settings.quiet_on_clock_ms());
  audit::write_bounds(limits);
  limits.end_object();
  in_flight_.d1(0, 0, {Statement::repair_due}, {context_.id, limits.take()}, out);
}

void RepairTick::step(const io::Input& input, io::Commands& out) {
  if (phase_ == Phase::over) return;
  in_flight_.advance_clock(input.elapsed_ms);
  for (const io::Outcome& each : input.outcomes) {
    const auto pending = in_flight_.take(each, out);
    if (pending) receive(*pending, each, out);
  }
  advance(out);
}

void RepairTick::receive(const runtime::PendingCommand& pending, const io::Outcome& outcome,
                         io::Commands& out) {
  switch (phase_) {
    case Phase::asking:
      if (!pending.failed) {
        const json::Value row = outcome.results.first().first();
        reads_ = row.at(0).integer() != 0;
        mends_ = row.at(1).integer() != 0;
        mails_ = row.at(2).integer() != 0;
        purges_ = row.at(3).integer() != 0;
        // However much there is to be looked for, mails and audits get on in each tick.
        if (reads_ || mails_) in_flight_.keep_back(in_flight_.subrequests_left() / later_part);
      }
      return;
    case Phase::repairing:
      return executor_.receive(context_, pending, outcome, in_flight_, out);
    case Phase::mailing:
      return mailing_.receive(context_, pending, outcome, in_flight_, out);
    case Phase::reading:
      return reading_.receive(context_, pending, outcome, in_flight_, out);
    case Phase::over:
      return;
  }
}

// A phase is over when nothing of it is out and it begins nothing more.
void RepairTick::advance(io::Commands& out) {
  while (phase_ != Phase::over) {
    switch (phase_) {
      case Phase::asking:
        break;
      case Phase::repairing:
        if (mends_) executor_.advance(context_, in_flight_, out);
        break;
      case Phase::mailing:
        if (mails_) mailing_.advance(context_, in_flight_, out);
        break;
      case Phase::reading:
        if (reads_) {
          reading_.advance(context_, in_flight_, out);
        } else if (std::exchange(purges_, false) && !mends_ && !mails_) {
          reading_.purge(in_flight_, out);
        }
        break;
      case Phase::over:
        break;
    }
    if (!in_flight_.idle()) return;
    if (phase_ == Phase::repairing) in_flight_.keep_back(0);
    phase_ = static_cast<Phase>(static_cast<std::uint8_t>(phase_) + 1);
  }
  finish(out);
}

void RepairTick::finish(io::Commands& out) {
  json::Writer body;
  body.begin_object();
  if (reads_) reading_.report(body);
  if (mends_) executor_.report(body);
  if (mails_) mailing_.report(body);
  body.member("requests", in_flight_.requests()).member("d1_calls", in_flight_.d1_calls());
  body.end_object();
  const bool failed = !in_flight_.failure().empty();
  if (failed || reads_ || mends_ || mails_) {
    out.emplace_back(
        io::LogCommand{failed ? io::Level::error : io::Level::info, "repair ended", body.text()});
  }
  if (failed) {
    runtime::problem(out, 503, in_flight_.failure());
  } else {
    runtime::answer(out, 200, body);
  }
}

}  // namespace pos::jobs
