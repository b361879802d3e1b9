#include "explore/workers.hpp"

#include <algorithm>
#include <stdexcept>

#include "harness/seals.hpp"

namespace explore {
namespace {

using pos::io::OutcomeKind;

pos::io::Outcome spoken(const Texts& texts, const Outcome& outcome, pos::io::CommandId id,
                        pos::json::Document& document) {
  pos::io::Outcome said;
  said.id = id;
  said.kind = outcome.kind;
  const std::string& text = texts.text(outcome.text);
  switch (outcome.kind) {
    case OutcomeKind::d1_done:
    case OutcomeKind::sealed:
    case OutcomeKind::day_boundaries:
      if (!document.parse(text)) throw std::logic_error(document.error());
      said.results = document.root();
      break;
    case OutcomeKind::d1_failed:
    case OutcomeKind::not_sealed:
      said.error = text;
      break;
    case OutcomeKind::replied:
      said.reply.transport = outcome.transport;
      said.reply.status = outcome.status;
      said.reply.body = text;
      said.reply.retry_after = texts.text(outcome.retry_after);
      break;
    case OutcomeKind::slept:
    case OutcomeKind::unknown_time_zone:
      break;
  }
  return said;
}

/// The waits that the core takes when D1 has failed it.
bool is_pause(std::int64_t duration_ms) {
  return duration_ms == 200 || duration_ms == 800 || duration_ms == 3200;
}

std::uint64_t hash_of(const Worker& worker) {
  std::uint64_t hash = mixed(worker.job.index(), worker.done ? 1 : 0);
  for (const Asked& each : worker.out) {
    hash = mixed(hash, each.id);
    hash = mixed(hash, each.kind == AskedKind::d1 ? each.batch : each.body);
    hash = mixed(hash, each.credential);
    hash = mixed(hash, static_cast<std::uint64_t>(each.due_ms));
  }
  if (const auto* tick = std::get_if<pos::drain::Tick>(&worker.job)) {
    hash = mixed(hash, static_cast<std::uint64_t>(tick->tally().booked));
    hash = mixed(hash, static_cast<std::uint64_t>(tick->tally().d1_calls));
    hash = mixed(hash, static_cast<std::uint64_t>(tick->tally().requests));
  }
  return hash;
}

pos::runtime::RunContext run_context_of(const Beginning& beginning) {
  pos::runtime::RunContext context;
  context.settings = beginning.settings;
  context.id = beginning.id;
  context.actor = beginning.actor;
  context.repair.has_seal_key = true;
  return context;
}

/// A copy of a job that hears once more what it has heard.
template <typename Kind>
bool minds_a_repeat(const Job& job, const pos::io::Input& input) {
  const auto* known = std::get_if<Kind>(&job);
  if (known == nullptr) return false;
  Kind again = *known;
  pos::io::Commands nothing;
  again.step(input, nothing);
  return !nothing.empty() || !(again == *known);
}

Job job_of(const Beginning& beginning) {
  if (const auto* request = std::get_if<pos::api::Request>(&beginning.request)) {
    pos::api::Request mine = *request;
    mine.id = beginning.id;
    mine.settings = beginning.settings;
    switch (mine.route) {
      case pos::api::Route::create:
        return pos::api::Enqueue(std::move(mine));
      case pos::api::Route::replay:
      case pos::api::Route::cancel:
      case pos::api::Route::mark_done:
      case pos::api::Route::undo_mark_done:
        return pos::api::OperatorAction(std::move(mine));
      case pos::api::Route::replay_many:
        return pos::api::ReplayMany(std::move(mine));
      case pos::api::Route::list:
      case pos::api::Route::show:
      case pos::api::Route::status:
      case pos::api::Route::accounts:
        return pos::api::Queries(std::move(mine));
      case pos::api::Route::account_put:
      case pos::api::Route::account_pause:
      case pos::api::Route::account_resume:
      case pos::api::Route::account_renew:
        return pos::api::Accounts(std::move(mine));
      case pos::api::Route::webhook:
        return pos::api::Webhook(std::move(mine));
      case pos::api::Route::ready:
      case pos::api::Route::unknown:
        break;
    }
    throw std::logic_error("no such route");
  }
  if (const auto* request = std::get_if<pos::runtime::RepairRequest>(&beginning.request)) {
    pos::runtime::RepairRequest mine = *request;
    mine.context = run_context_of(beginning);
    return pos::repair::RepairRetry(std::move(mine));
  }
  if (!beginning.batch.statements.empty()) return OneBatch(beginning.batch);
  if (beginning.repairs) return pos::jobs::RepairTick(run_context_of(beginning), 0, 0);
  pos::drain::Tick tick(beginning.settings, beginning.id, beginning.actor, beginning.id);
  if (!beginning.only.empty()) tick.only(beginning.only, "square");
  return tick;
}

}  // namespace

void OneBatch::start(pos::io::Commands& out) {
  command_.id = 1;
  out.emplace_back(command_);
}

void OneBatch::step(const pos::io::Input& input, pos::io::Commands& out) {
  for (const pos::io::Outcome& each : input.outcomes) {
    if (each.id != command_.id) continue;
    ++command_.id;
    if (each.kind == OutcomeKind::d1_failed) {
      out.emplace_back(command_);
    } else {
      out.emplace_back(pos::io::DoneCommand{});
    }
  }
}

OutcomeId Workers::outcome(const Outcome& outcome) {
  const std::array<std::uint64_t, 3> key = {
      (static_cast<std::uint64_t>(outcome.kind) << 32) | outcome.text,
      (static_cast<std::uint64_t>(outcome.transport) << 32) |
          static_cast<std::uint64_t>(outcome.status),
      outcome.retry_after};
  const auto [found, is_new] =
      outcome_numbers_.emplace(key, static_cast<OutcomeId>(outcomes_.size()));
  if (is_new) outcomes_.push_back(outcome);
  return found->second;
}

void Workers::receive(Worker& worker, pos::io::Commands& commands, bool paused,
                      std::int64_t elapsed_ms) {
  pos::io::CommandId pause = 0;
  const pos::io::SealCommand* seal = nullptr;
  const pos::io::SignCommand* sign = nullptr;
  for (pos::io::Command& each : commands) {
    Asked asked;
    if (const auto* batch = std::get_if<pos::io::D1Command>(&each)) {
      asked.id = batch->id;
      asked.batch = databases_.batch(*batch);
    } else if (const auto* fetch = std::get_if<pos::io::FetchCommand>(&each)) {
      asked.kind = AskedKind::fetch;
      asked.id = fetch->id;
      asked.path = texts_.id(fetch->url.substr(fetch->url.find('/', fetch->url.find("://") + 3)));
      asked.body = texts_.id(fetch->fillings.empty() ? fetch->body : fetch->fillings);
      asked.credential = texts_.id(fetch->credential.sealed);
    } else if (const auto* texts = std::get_if<pos::io::SealCommand>(&each)) {
      seal = texts;
      continue;
    } else if (const auto* signs = std::get_if<pos::io::SignCommand>(&each)) {
      sign = signs;
      continue;
    } else if (const auto* sleep = std::get_if<pos::io::SleepCommand>(&each)) {
      if (paused && pause == 0 && is_pause(sleep->duration_ms)) {
        pause = sleep->id;
        continue;
      }
      asked.kind = AskedKind::timer;
      asked.id = sleep->id;
      asked.due_ms = elapsed_ms + sleep->duration_ms;
    } else {
      if (const auto* done = std::get_if<pos::io::DoneCommand>(&each)) {
        worker.done = true;
        worker.status = done->status;
      }
      continue;
    }
    worker.out.push_back(asked);
  }
  if (pause != 0) feed(worker, pause, {}, elapsed_ms);
  if (sign != nullptr) {
    Outcome outcome;
    outcome.kind = OutcomeKind::sealed;
    outcome.text = texts_.id(world::signed_or_verified(*sign));
    feed(worker, sign->id, outcome, elapsed_ms);
  }
  if (seal == nullptr) return;
  // The shell seals by itself.
  std::string sealed;
  for (const std::string& each : seal->texts) {
    sealed += (sealed.empty() ? "[\"v1.k." : ",\"v1.k.") + each + "\"";
  }
  Outcome outcome;
  outcome.kind = OutcomeKind::sealed;
  outcome.text = texts_.id(sealed + "]");
  feed(worker, seal->id, outcome, elapsed_ms);
}

void Workers::feed(Worker& worker, pos::io::CommandId id, const Outcome& outcome,
                   std::int64_t elapsed_ms) {
  pos::json::Document document;
  const pos::io::Input input{elapsed_ms, {spoken(texts_, outcome, id, document)}};
  pos::io::Commands commands;
  std::visit([&](auto& job) { job.step(input, commands); }, worker.job);
  if (minds_a_repeat<pos::drain::Tick>(worker.job, input) ||
      minds_a_repeat<pos::jobs::RepairTick>(worker.job, input)) {
    minded_a_repeat_ = true;
  }
  receive(worker, commands, outcome.kind == OutcomeKind::d1_failed, elapsed_ms);
}

WorkerId Workers::begin(const Beginning& beginning) {
  Worker worker;
  worker.job = job_of(beginning);
  pos::io::Commands commands;
  std::visit([&](auto& job) { job.start(commands); }, worker.job);
  receive(worker, commands, false, 0);
  const auto next = static_cast<WorkerId>(workers_.size());
  const WorkerId id = intern(std::move(worker), {next, 0, 0, 0, next});
  beginnings_.emplace_back(id, beginning);
  return id;
}

WorkerId Workers::step(WorkerId worker, std::size_t which, OutcomeId outcome,
                       std::int64_t elapsed_ms) {
  const std::array<std::uint64_t, 3> key = {(std::uint64_t{worker} << 32) | which, outcome,
                                            static_cast<std::uint64_t>(elapsed_ms)};
  const auto found = steps_.find(key);
  if (found != steps_.end()) return found->second;
  Worker next = workers_[worker];
  const pos::io::CommandId command = next.out.at(which).id;
  next.out.erase(next.out.begin() + static_cast<std::ptrdiff_t>(which));
  feed(next, command, outcomes_[outcome], elapsed_ms);
  if (next.done) next.out.clear();
  // Nobody will ask again what it did, and many end in many ways.
  if (next.done && std::holds_alternative<pos::jobs::RepairTick>(next.job))
    next.job = pos::jobs::RepairTick();
  const WorkerId id =
      intern(std::move(next), {worker, static_cast<std::uint32_t>(which), outcome, elapsed_ms, 0});
  steps_.emplace(key, id);
  return id;
}

WorkerId Workers::intern(Worker worker, const Step& origin) {
  worker.hash = hash_of(worker);
  const auto [first, last] = numbers_.equal_range(worker.hash);
  for (auto each = first; each != last; ++each) {
    const Worker& known = workers_[each->second];
    if (known.done == worker.done && known.out == worker.out && known.job == worker.job) {
      return each->second;
    }
  }
  const auto id = static_cast<WorkerId>(workers_.size());
  numbers_.emplace(worker.hash, id);
  workers_.push_back(std::move(worker));
  origins_.push_back(origin);
  origins_.back().to = id;
  return id;
}

std::vector<Workers::Step> Workers::all_steps() const {
  std::vector<Step> all;
  all.reserve(steps_.size());
  for (const auto& [key, to] : steps_) {
    all.push_back({static_cast<WorkerId>(key[0] >> 32), static_cast<std::uint32_t>(key[0]),
                   static_cast<OutcomeId>(key[1]), static_cast<std::int64_t>(key[2]), to});
  }
  std::sort(all.begin(), all.end(), [](const Step& a, const Step& b) {
    return std::tie(a.from, a.which, a.outcome, a.elapsed_ms) <
           std::tie(b.from, b.which, b.outcome, b.elapsed_ms);
  });
  return all;
}

}  // namespace explore
