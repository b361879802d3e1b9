#include "drain/tick.hpp"

#include <algorithm>
#include <utility>

#include "ablation/layer.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "store/refusal.hpp"
#include "store/schema.hpp"

namespace pos::drain {
namespace {

using store::DatabaseFault;

constexpr std::uint32_t d1_tries = 4;
constexpr std::int64_t d1_pause_ms = 200;

std::string summary(const Tally& tally, bool more, bool past) {
  json::Writer out;
  out.begin_object();
  out.member("claimed", tally.claimed).member("booked", tally.booked);
  out.member("failed", tally.failed).member("dead", tally.dead).member_boolean("more", more);
  out.member("given_back", tally.given_back).member("lost", tally.lost);
  out.member("requests", tally.requests).member("d1_calls", tally.d1_calls);
  out.member_boolean("past", past).end_object();
  return out.take();
}

std::string next_for_suspects(std::string_view actor) {
  json::Writer out;
  out.begin_object().member("job", "tick").member("door", actor);
  out.member_boolean("suspects", true).end_object();
  return out.take();
}

std::string problem(std::string_view detail) {
  json::Writer out;
  out.begin_object().member("type", "about:blank").member("title", "The tick could not go on");
  out.member("status", std::int64_t{503}).member("detail", detail).end_object();
  return out.take();
}

}  // namespace

Tick::Tick(Settings settings, std::string id, std::string actor, std::string_view seed)
    : settings_(std::move(settings)), id_(std::move(id)), actor_(std::move(actor)), random_(seed) {}

void Tick::only(std::string_view order_id, std::string_view provider) {
  only_ = order_id;
  only_provider_ = provider;
}

void Tick::only_suspects() {
  alone_ = true;
  more_ = false;
  suspect_ = true;
}

void Tick::start(io::Commands& out) { advance(out); }

void Tick::step(const io::Input& input, io::Commands& out) {
  if (done_) return;
  elapsed_ms_ = std::max(elapsed_ms_, input.elapsed_ms);
  for (const io::Outcome& each : input.outcomes) receive(each, out);
  advance(out);
}

void Tick::advance(io::Commands& out) {
  freeze(out);
  renew(out);
  push(out);
  settle(out);
  if (wants_to_claim()) claim(out);
  const bool busy = !orders_.empty() || std::any_of(pending_.begin(), pending_.end(), [](auto& p) {
    return p.purpose != CommandPurpose::timer;
  });
  if (busy) {
    set_timer(out);
  } else if (std::exchange(lacks_tables_, false)) {
    constexpr store::Statement look[] = {store::Statement::schema_look};
    ask(prepare(CommandPurpose::schema, 0, look), out);
  } else if (wants_to_purge()) {
    purge(out);
  } else {
    finish(out);
  }
}

void Tick::receive(const io::Outcome& outcome, io::Commands& out) {
  const auto found = std::find_if(pending_.begin(), pending_.end(),
                                  [&](const Pending& p) { return p.id == outcome.id; });
  if (found == pending_.end()) return;
  const bool failed = outcome.kind == io::OutcomeKind::d1_failed;
  // What it says of itself is definite: to ask again would only take time.
  const bool gone = failed && store::fault_of(outcome.error) != DatabaseFault::unavailable;
  const bool divisible =
      found->purpose == CommandPurpose::freeze || found->purpose == CommandPurpose::settle;
  const bool purges = found->purpose == CommandPurpose::purge && purges_queue_;
  const bool of_content = failed && (divisible || purges) && store::is_of_content(outcome.error);
  if (failed && !gone && !of_content && pause(*found, out)) return;
  if (found->pausing) return ask(*found, out);

  std::list<Pending> done;
  done.splice(done.end(), pending_, found);
  const Pending& pending = done.front();
  if (of_content && purges) return purge_refused(outcome.error, out);
  if (of_content) return refused(pending, outcome.error, out);
  if (failed) return give_up(pending, outcome.error, out);
  switch (pending.purpose) {
    case CommandPurpose::claim:
      claimed(pending, outcome.results, out);
      break;
    case CommandPurpose::freeze:
      frozen(pending, outcome.results);
      break;
    case CommandPurpose::push:
      replied(pending, outcome, out);
      break;
    case CommandPurpose::settle:
      settled(pending, outcome.results, out);
      break;
    case CommandPurpose::renewal:
      renewal_answered(pending, outcome.results);
      break;
    case CommandPurpose::token:
      token_replied(pending, outcome, out);
      break;
    case CommandPurpose::schema:
      failure_ = store::fault_words(DatabaseFault::incomplete, failure_,
                                    outcome.results.first().first().first().text());
      break;
    case CommandPurpose::purge:
      purged(pending, outcome.results);
      break;
    case CommandPurpose::timer:
      break;
  }
}

// D1 never repeats a write by itself, and a failure says nothing about whether it was committed.
// All batches are made so that the same one can be asked again, after a while and a few times.
bool Tick::pause(Pending& pending, io::Commands& out) {
  if (++pending.tries >= d1_tries) return false;
  pending.pausing = true;
  pending.id = next_id_++;
  out.emplace_back(io::SleepCommand{pending.id, d1_pause_ms << (2 * (pending.tries - 1))});
  return true;
}

void Tick::give_up(const Pending& pending, std::string_view error, io::Commands& out) {
  log(io::Level::error, "D1 failed and the tick gave up on a batch", concat(error), out);
  const DatabaseFault fault = store::fault_of(error);
  if (pending.purpose == CommandPurpose::schema) {
    // What it has answered before says more than that it does not answer now.
    failure_ = store::fault_words(DatabaseFault::incomplete, failure_, {});
  } else if (!lacks_tables_) {
    lacks_tables_ = fault == DatabaseFault::incomplete;
    failure_ = lacks_tables_ ? std::string(error) : store::fault_words(fault, error, {});
  }
  failed_ = true;
  more_ = false;
  if (pending.purpose == CommandPurpose::freeze) {
    for (HeldOrder& order : orders_) {
      if (order.batch == pending.batch && order.stage == Stage::freezing) {
        apply(order, net::not_sent(), out);
      }
    }
  }
  if (pending.purpose == CommandPurpose::renewal) renewal_of(pending).step = Renewal::Step::over;
  if (pending.purpose == CommandPurpose::settle)
    tally_.lost += forget(pending.batch, Stage::settling);
}

// Lets go of a batch's orders that are at that stage still; returns how many there were.
std::int64_t Tick::forget(std::uint32_t batch, Stage stage) {
  const std::size_t before = orders_.size();
  orders_.remove_if(
      [&](const HeldOrder& order) { return order.batch == batch && order.stage == stage; });
  return static_cast<std::int64_t>(before - orders_.size());
}

void Tick::finish(io::Commands& out) {
  done_ = true;
  const std::string body = summary(tally_, more_, past_);
  out.emplace_back(
      io::LogCommand{failed_ ? io::Level::error : io::Level::info, "tick ended", body});
  if (failed_) {
    out.emplace_back(io::DoneCommand{503, problem(failure_), 0});
  } else {
    io::DoneCommand done{200, body, 0};
    if (suspect_ && leaves_suspects_) done.next = next_for_suspects(actor_);
    out.emplace_back(std::move(done));
  }
}

std::string Tick::token_of(std::uint32_t call) const {
  const bool each = ablation::intact(ablation::Layer::token_per_call);
  return concat(id_, ".", std::int64_t{each ? call : 1});
}

std::int64_t Tick::commands_in_flight(CommandPurpose purpose) const {
  return std::count_if(pending_.begin(), pending_.end(),
                       [&](const Pending& p) { return p.purpose == purpose; });
}

std::int64_t Tick::count(Stage stage) const {
  return std::count_if(orders_.begin(), orders_.end(),
                       [&](const HeldOrder& order) { return order.stage == stage; });
}

// A batch for ask(); the token of its claim call is ?1, and ?2 and ?3 are for the caller to add.
Pending& Tick::prepare(CommandPurpose purpose, std::uint32_t call,
                       std::span<const store::Statement> statements) {
  Pending& pending = pending_.emplace_back();
  pending.purpose = purpose;
  pending.call = call;
  pending.batch = batches_;
  pending.since_ms = elapsed_ms_;
  pending.command.statements.assign(statements.begin(), statements.end());
  pending.command.parameters.push_back(token_of(call));
  return pending;
}

void Tick::ask(Pending& pending, io::Commands& out) {
  ++tally_.d1_calls;
  ++subrequests_;
  pending.pausing = false;
  pending.id = pending.command.id = next_id_++;
  out.emplace_back(pending.command);
}

void Tick::log(io::Level level, const char* message, const std::string& detail, io::Commands& out) {
  json::Writer fields;
  fields.begin_object().member("tick", id_).member("detail", detail).end_object();
  out.emplace_back(io::LogCommand{level, message, fields.take()});
}

}  // namespace pos::drain
