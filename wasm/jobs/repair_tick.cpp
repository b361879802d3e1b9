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

Work::Work(runtime::Charge charge, std::int64_t spent_ms, std::int64_t spent_subrequests)
    : charge_(std::move(charge)), errands_(charge_.settings, spent_ms, spent_subrequests) {}

void Work::start(io::Commands& out) {
  json::Writer limits;
  limits.begin_object().member("quiet_ms", charge_.settings.quiet_on_clock_ms());
  audit::write_bounds(limits);
  limits.end_object();
  errands_.d1(0, 0, {Statement::repair_due}, {charge_.id, limits.take()}, out);
}

void Work::step(const io::Input& input, io::Commands& out) {
  if (phase_ == Phase::over) return;
  errands_.tell_time(input.elapsed_ms);
  for (const io::Outcome& each : input.outcomes) {
    const auto errand = errands_.take(each, out);
    if (errand) receive(*errand, each, out);
  }
  advance(out);
}

void Work::receive(const runtime::Errand& errand, const io::Outcome& outcome, io::Commands& out) {
  switch (phase_) {
    case Phase::asking:
      if (!errand.failed) {
        const json::Value row = outcome.results.first().first();
        reads_ = row.at(0).integer() != 0;
        mends_ = row.at(1).integer() != 0;
        mails_ = row.at(2).integer() != 0;
        purges_ = row.at(3).integer() != 0;
        // However much there is to be looked for, mails and audits get on in each tick.
        if (reads_ || mails_) errands_.keep_back(errands_.subrequests_left() / later_part);
      }
      return;
    case Phase::mending:
      return mending_.receive(charge_, errand, outcome, errands_, out);
    case Phase::mailing:
      return mailing_.receive(charge_, errand, outcome, errands_, out);
    case Phase::reading:
      return reading_.receive(charge_, errand, outcome, errands_, out);
    case Phase::over:
      return;
  }
}

// A phase is over when nothing of it is out and it begins nothing more.
void Work::advance(io::Commands& out) {
  while (phase_ != Phase::over) {
    switch (phase_) {
      case Phase::asking:
        break;
      case Phase::mending:
        if (mends_) mending_.advance(charge_, errands_, out);
        break;
      case Phase::mailing:
        if (mails_) mailing_.advance(charge_, errands_, out);
        break;
      case Phase::reading:
        if (reads_) {
          reading_.advance(charge_, errands_, out);
        } else if (std::exchange(purges_, false) && !mends_ && !mails_) {
          reading_.purge(errands_, out);
        }
        break;
      case Phase::over:
        break;
    }
    if (!errands_.idle()) return;
    if (phase_ == Phase::mending) errands_.keep_back(0);
    phase_ = static_cast<Phase>(static_cast<std::uint8_t>(phase_) + 1);
  }
  finish(out);
}

void Work::finish(io::Commands& out) {
  json::Writer body;
  body.begin_object();
  if (reads_) reading_.report(body);
  if (mends_) mending_.report(body);
  if (mails_) mailing_.report(body);
  body.member("requests", errands_.requests()).member("d1_calls", errands_.d1_calls());
  body.end_object();
  const bool failed = !errands_.failure().empty();
  if (failed || reads_ || mends_ || mails_) {
    out.emplace_back(
        io::LogCommand{failed ? io::Level::error : io::Level::info, "repair ended", body.text()});
  }
  if (failed) {
    runtime::problem(out, 503, errands_.failure());
  } else {
    runtime::answer(out, 200, body);
  }
}

}  // namespace pos::jobs
