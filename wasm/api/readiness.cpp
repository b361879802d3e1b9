#include "api/readiness.hpp"

#include <utility>

#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "runtime/http_answer.hpp"

namespace pos::api {
namespace {

constexpr store::Statement asked[] = {store::Statement::ready_tick};

}  // namespace

Readiness::Readiness(Request&& request, const std::string& problems, bool tells)
    : request_(std::move(request)), tells_(tells) {
  if (!problems.empty()) object(concat("pos-sync is not set up: ", problems));
}

void Readiness::object(const std::string& reason) {
  if (!reasons_.empty()) append(reasons_, "; ");
  append(reasons_, reason);
}

void Readiness::start(io::Commands& out) { dialogue_.ask(asked, {}, {}, out); }

void Readiness::step(const io::Input& input, io::Commands& out) {
  json::Value results;
  switch (dialogue_.receive(input, results, out)) {
    case runtime::D1Exchange::Answer::none:
      return;
    case runtime::D1Exchange::Answer::failed:
    case runtime::D1Exchange::Answer::refused:
      object(dialogue_.failure());
      return finish(out);
    case runtime::D1Exchange::Answer::results:
      break;
  }
  const json::Value row = results.first().first();
  const bool ticked = row.first().is(json::Kind::integer);
  const std::int64_t age_ms = (ticked ? row.first() : row.at(1)).integer();
  if (age_ms > request_.settings.ready_tick_ms) {
    object(concat(ticked ? "the last tick began " : "there was no tick since the installation, ",
                  age_ms / 1000, " seconds ago (READY_TICK_SECONDS allows ",
                  request_.settings.ready_tick_ms / 1000,
                  "): look at the cron trigger and at its failed runs"));
  }
  finish(out);
}

void Readiness::finish(io::Commands& out) const {
  if (!reasons_.empty()) {
    runtime::problem(
        out, 503, tells_ ? reasons_ : std::string("not ready; with a token this route says why"));
    return;
  }
  json::Writer body;
  body.begin_object().member("status", "ready").end_object();
  runtime::answer(out, 200, body);
}

}  // namespace pos::api
