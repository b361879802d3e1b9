#include "explore/repair/machine.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <numeric>
#include <stdexcept>

#include "ablation/layer.hpp"
#include "base/json/value.hpp"

namespace explore::repair {
namespace {

using pos::io::OutcomeKind;

template <typename Array>
auto& free_place(Array& places) {
  const auto found = std::find_if(places.begin(), places.end(),
                                  [](const auto& each) { return each.way == Way::none; });
  if (found == places.end()) throw std::logic_error("a state has no room for this world");
  return *found;
}

}  // namespace

Machine::Machine(const World& world)
    : world_(world),
      margins_(world.settings),
      databases_(texts_, world.schema),
      workers_(texts_, databases_),
      shelves_(texts_, world_) {
  if (!world.skews_ms.empty()) margins_.clock_step_ms = 0;
  // One machine runs at a time in a thread.

  pos::ablation::removed = world.removed;
  pos::ablation::visited_cells = {};
}

bool Machine::in_flight(const State& state, const Request& request) const {
  return (request.way == Way::out || request.way == Way::adrift) &&
         state.real_ms < request.started_ms + world_.lands_within_ms;
}

bool Machine::may_land(const State& state, std::size_t target) const {
  return std::any_of(state.requests.begin(), state.requests.end(), [&](const Request& request) {
    return request.target == target && in_flight(state, request);
  });
}

std::string Machine::name_of(std::uint8_t slot) const {
  if (slot < world_.ticks) return std::string(1, static_cast<char>('A' + slot));
  return "V" + std::to_string(slot - world_.ticks + 1);
}

State Machine::beginning() {
  if (world_.deeds.size() > deeds_most) throw std::logic_error("a world of too many deeds");
  State state;
  std::memset(static_cast<void*>(&state), 0, sizeof(state));
  for (Request& each : state.requests) each = Request();
  const auto& answer = databases_.edit(databases_.fresh(), world_.approved, epoch_ms);
  if (!answer.refused.empty()) throw std::runtime_error(answer.refused);
  state.db = answer.after;
  state.model = SquareModels::first();
  return state;
}

void Machine::renew_budgets(State& state) {
  state.jumps = state.d1_faults = state.request_faults = 0;
  state.read_faults = state.wrong_lists = 0;
  state.deeds = {};
}

std::set<std::string> Machine::moves_made() const {
  static constexpr const char* kinds[] = {"start", "visit", "", "land", "answer", "",
                                          "kill",  "jump",  "", "skew", "deed"};
  static constexpr const char* ends[] = {"done", "failed", "lost", "drifted"};
  std::set<std::string> made;
  for (std::size_t i = 0; i < std::size(kinds); ++i) {
    if ((kinds_made_ >> i & 1U) != 0 && *kinds[i] != '\0') made.insert(kinds[i]);
  }
  for (std::size_t i = 0; i < std::size(ends); ++i) {
    if ((batch_ends_ >> i & 1U) != 0) made.insert(ends[i]);
  }
  return made;
}

std::set<std::string> Machine::ends() const {
  std::set<std::string> all;
  for (const State& each : rested_) {
    std::set<std::string> rows;
    for (const std::uint32_t number : databases_.rows_of(each.db)) {
      const Row& row = databases_.row(number);
      std::string text = std::to_string(row.table);
      for (const auto& column : row.columns) text += "|" + column.value_or("NULL");
      rows.insert(text);
    }
    std::string end = std::to_string(each.real_ms) + shelves_[each.model].spelled();
    for (const std::string& row : rows) end += "\n" + row;
    all.insert(end);
  }
  return all;
}

/// What a request changes; nothing if it reads.
std::uint8_t Machine::target_of(TextId path, TextId body) {
  if (body == 0) return no_target;
  const std::array<std::uint64_t, 2> key = {path, body};
  const auto found = targets_.find(key);
  if (found != targets_.end()) return found->second;
  pos::json::Document document;
  if (!document.parse(texts_.text(body))) throw std::logic_error("a body that is no JSON");
  std::string id(document.root()["payment_id"].text());
  const std::string& text = texts_.text(path);
  const bool cancels = id.empty();
  if (cancels) id = text.substr(text.rfind('/') + 1);
  for (std::size_t i = 0; i < world_.targets.size(); ++i) {
    const Target& each = world_.targets[i];
    if (each.id == id && each.cancels == cancels) {
      return targets_[key] = static_cast<std::uint8_t>(i);
    }
  }
  throw std::logic_error("a request about " + id + ", which nobody has approved");
}

// ---------------------------------------------------------------- which moves there are

void Machine::moves(const State& state, std::vector<Move>& out) {
  out.clear();
  for (std::uint8_t slot = 0; slot < world_.ticks; ++slot) {
    if (state.slots[slot].phase != Phase::waiting) continue;
    out.push_back({MoveKind::start, slot, 0, 0, 0});
    break;  // ticks differ in their names only, so they may as well begin in their order
  }
  for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(world_.visitors.size()); ++i) {
    const auto slot = static_cast<std::uint8_t>(world_.ticks + i);
    if (state.slots[slot].phase == Phase::waiting) out.push_back({MoveKind::visit, slot, i, 0, 0});
  }
  for (std::uint8_t slot = 0; slot < slots_most; ++slot) {
    if (state.slots[slot].phase == Phase::running) worker_moves(state, slot, out);
  }
  request_moves(state, out);
  const int done = std::accumulate(state.deeds.begin(), state.deeds.end(), 0);
  for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(world_.deeds.size()); ++i) {
    const bool may =
        preparing_ || (state.deeds[i] < world_.deeds[i].times && done < world_.deeds_in_all);
    if (may && has_effect(state, i)) out.push_back({MoveKind::deed, 0, i, 0, 0});
  }
  if (state.skew_ms == 0) {
    for (const std::int64_t each : world_.skews_ms) out.push_back({MoveKind::skew, 0, 0, 0, each});
  }
  if (preparing_ || state.jumps < world_.jumps) jump_moves(state, out);
}

bool Machine::has_effect(const State& state, std::size_t deed) {
  const Deed& what = world_.deeds[deed];
  if (what.at_square) {
    return shelves_.after(state.model, deed, time_at_square(state)) != state.model;
  }
  return databases_.edit(state.db, what.sql, clock(state)).after != state.db;
}

void Machine::worker_moves(const State& state, std::uint8_t slot, std::vector<Move>& out) const {
  const Worker& worker = workers_[state.slots[slot].worker];
  for (std::uint8_t which = 0; which < static_cast<std::uint8_t>(worker.out.size()); ++which) {
    if (worker.out[which].kind == AskedKind::timer) throw std::logic_error("nobody waits here");
    if (worker.out[which].kind != AskedKind::d1) continue;
    const auto add = [&](BatchFault end) {
      out.push_back({MoveKind::batch, slot, which, static_cast<std::uint8_t>(end), 0});
    };
    add(BatchFault::done);
    if (world_.drift_ms > 0) add(BatchFault::drifted);
    if (!preparing_ && state.d1_faults >= world_.d1_faults) continue;
    add(BatchFault::failed);
    add(BatchFault::lost);
  }
  if (preparing_ || world_.kills) out.push_back({MoveKind::kill, slot, 0, 0, 0});
}

// A reading changes nothing, so it lands when it is answered. Late it shows what stood there as
// long ago as it may lag.
void Machine::read_moves(const State& state, std::uint8_t which, std::vector<Move>& out) {
  const Request& request = state.requests[which];
  const auto add = [&](RequestFault fault) {
    out.push_back({MoveKind::answer, request.slot, which, static_cast<std::uint8_t>(fault), 0});
  };
  const OutcomeId all = read(state, request, RequestFault::answered);
  const OutcomeId late = read(state, request, RequestFault::late);
  add(RequestFault::answered);
  if (late != all) add(RequestFault::late);
  const bool is_list = texts_.text(request.path).find('?') != std::string::npos;
  if (is_list && (preparing_ || state.wrong_lists < world_.wrong_lists)) {
    const OutcomeId nothing = read(state, request, RequestFault::empty);
    if (nothing != all && nothing != late) add(RequestFault::empty);
  }
  if (!preparing_ && state.read_faults >= world_.read_faults) return;
  for (const RequestFault fault : preparing_ ? all_faults() : world_.faults) {
    if (befalls_reads(fault)) add(fault);
  }
}

std::vector<std::string> Machine::made_as() const {
  return world_.new_refunds.empty() ? std::vector<std::string>{"COMPLETED"} : world_.new_refunds;
}

void Machine::request_moves(const State& state, std::vector<Move>& out) {
  for (std::uint8_t which = 0; which < requests_most; ++which) {
    const Request& request = state.requests[which];
    if (request.way == Way::none) continue;
    if (request.body == 0) {
      read_moves(state, which, out);
      continue;
    }
    const auto add = [&](MoveKind kind, std::uint8_t how) {
      out.push_back({kind, request.slot, which, how, 0});
    };
    if (in_flight(state, request)) {
      for (std::uint8_t i = 0; i < made_as().size(); ++i) add(MoveKind::land, i);
    }
    if (request.way == Way::landed) {
      add(MoveKind::answer, static_cast<std::uint8_t>(RequestFault::answered));
    }
    if (request.way == Way::adrift) continue;
    if (!preparing_ && state.request_faults >= world_.request_faults) continue;
    for (const RequestFault fault : preparing_ ? all_faults() : world_.faults) {
      if (!befalls_changes(fault)) continue;
      if (request.way == Way::out || may_follow_an_effect(fault)) {
        add(MoveKind::answer, static_cast<std::uint8_t>(fault));
      }
    }
  }
}

// Time passes to where something changes by itself: where a comparison turns.
void Machine::jump_moves(const State& state, std::vector<Move>& out) {
  std::vector<std::int64_t> instants = world_.instants_ms;
  const auto on_clock = [&](std::int64_t at_ms) { instants.push_back(at_ms - epoch_ms); };
  for (const std::int64_t each : digest(state.db).boundaries) on_clock(each - state.skew_ms);
  const pos::Settings& settings = world_.settings;
  for (const Slot& slot : state.slots) {
    if (slot.phase != Phase::running || !(preparing_ || world_.cutoffs)) continue;
    const std::int64_t by_lease =
        settings.lease_ms - settings.quiet_on_clock_ms() - settings.push_timeout_ms;
    const std::int64_t by_wall = settings.wall_budget_ms - settings.push_timeout_ms;
    // The first moment that is too late for another request.
    instants.push_back(slot.started_ms + std::min(by_lease, by_wall) + 1);
  }
  const world::PastModel& square = shelves_[state.model];
  if (square.dedupes && square.remembers_ms < world::PastModel::for_ever) {
    for (const std::int64_t each : shelves_.times(state.model)) {
      on_clock(each + square.remembers_ms + 1);
    }
  }
  std::sort(instants.begin(), instants.end());
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
  for (const std::int64_t each : instants) {
    const bool near =
        preparing_ || world_.jump_most_ms == 0 || each - state.real_ms <= world_.jump_most_ms;
    if (each > state.real_ms && near) out.push_back({MoveKind::jump, 0, 0, 0, each});
  }
}

// ---------------------------------------------------------------- what each of them does

Broken Machine::perform(State& state, const Move& move) {
  Broken broken = 0;
  kinds_made_ |= 1U << static_cast<unsigned>(move.kind);
  if (move.kind == MoveKind::batch) batch_ends_ |= 1U << move.how;
  switch (move.kind) {
    case MoveKind::start: {
      Beginning beginning{name_of(move.slot), "cron", world_.settings, {}, {}, true};
      begin(state, move.slot, beginning);
      break;
    }
    case MoveKind::visit: {
      const Visitor& visitor = world_.visitors[move.which];
      Beginning beginning{name_of(move.slot), "http", world_.settings, {}, {}, true};
      if (visitor.batch.statements.empty()) {
        beginning.request = visitor.request;
      } else {
        beginning.batch = visitor.batch;
      }
      begin(state, move.slot, beginning);
      break;
    }
    case MoveKind::batch:
      broken = run_batch(state, move);
      break;
    case MoveKind::land:
      broken = land(state, state.requests[move.which], made_as().at(move.how));
      break;
    case MoveKind::answer:
      broken = answer(state, move);
      break;
    case MoveKind::kill:
      kill(state, move.slot);
      break;
    case MoveKind::jump:
      state.real_ms = move.amount;
      ++state.jumps;
      break;
    case MoveKind::deed:
      act(state, move.which);
      break;
    case MoveKind::skew:
      state.skew_ms = move.amount;
      break;
    case MoveKind::ring:
    case MoveKind::event:
      break;
  }
  if (!world_.keeps_history) forget_history(state);
  tidy(state);
  return broken;
}

void Machine::begin(State& state, std::uint8_t slot, const Beginning& beginning) {
  auto found = begun_.find(beginning.id);
  if (found == begun_.end()) found = begun_.emplace(beginning.id, workers_.begin(beginning)).first;
  state.slots[slot] = {state.real_ms, found->second, Phase::running, 0, {}};
}

// Takes what the worker has become: an end, or further requests that are on their way from now on.
Broken Machine::adopt(State& state, std::uint8_t slot, WorkerId next) {
  Slot& place = state.slots[slot];
  Broken broken = 0;
  const Worker& worker = workers_[next];
  place.worker = next;
  for (const Asked& asked : worker.out) {
    if (asked.kind != AskedKind::fetch) continue;
    const bool known =
        std::any_of(state.requests.begin(), state.requests.end(), [&](const Request& request) {
          return (request.way == Way::out || request.way == Way::landed) && request.slot == slot &&
                 request.command == asked.id;
        });
    if (!known) broken |= send(state, slot, asked);
  }
  if (worker.done) place = {0, 0, Phase::gone, 0, {}};
  return broken;
}

Broken Machine::tell(State& state, std::uint8_t slot, std::size_t which, OutcomeId outcome) {
  const Slot& place = state.slots[slot];
  const WorkerId next = workers_.step(place.worker, which, outcome, elapsed(state, place));
  Broken broken = adopt(state, slot, next);
  if (workers_.minded_a_repeat()) broken |= bit(Invariant::repeats_change_nothing);
  return broken;
}

Broken Machine::run_batch(State& state, const Move& move) {
  const auto end = static_cast<BatchFault>(move.how);
  const Asked asked = workers_[state.slots[move.slot].worker].out.at(move.which);
  Outcome outcome;
  outcome.kind = OutcomeKind::d1_failed;
  outcome.text = texts_.id("Network connection lost.");
  if (end == BatchFault::failed || end == BatchFault::lost) ++state.d1_faults;
  if (end == BatchFault::failed) {
    return tell(state, move.slot, move.which, workers_.outcome(outcome));
  }
  const DbId before = state.db;
  const std::int64_t drift = end == BatchFault::drifted ? world_.drift_ms : 0;
  const auto& answer = databases_.run(before, asked.batch, clock(state), drift);
  Broken broken = answer.refused.empty() ? 0 : bit(Invariant::every_batch_is_accepted);
  if (answer.disturbs) broken |= bit(Invariant::foreign_claims_stay);
  state.db = answer.after;
  if (drift == 0) broken |= checked(before, answer.after, asked.batch, clock(state));
  if (before != answer.after) {
    const Digest& was = digest(before);
    const Digest is = digest(answer.after);
    for (std::size_t i = 0; i < world_.targets.size(); ++i) {
      // Whoever takes a repair now learns what the order that stays is like from now on.
      if (is.repairs[i].holder == was.repairs[i].holder || is.repairs[i].holder.empty()) continue;
      const Standing& stands = shelves_.standing(state.model, i);
      std::uint8_t& bits = state.slots[move.slot].not_as_approved;
      const auto note = [&](bool is_so, std::size_t bit) {
        const auto mask = static_cast<std::uint8_t>(1U << bit);
        bits = static_cast<std::uint8_t>(is_so ? bits | mask : bits & ~mask);
      };
      note(stands.survivor_gone, i);
      note(stands.changed, targets_most + i);
    }
  }
  if (answer.refused.empty() && (end == BatchFault::done || end == BatchFault::drifted)) {
    outcome.kind = OutcomeKind::d1_done;
    outcome.text = answer.results;
  }
  return broken | tell(state, move.slot, move.which, workers_.outcome(outcome));
}

Broken Machine::checked(DbId before, DbId after, BatchId batch, std::int64_t now_ms) {
  if (before == after) return 0;
  const std::array<std::uint64_t, 3> key = {(std::uint64_t{before} << 32) | batch, after,
                                            static_cast<std::uint64_t>(now_ms)};
  const auto found = checks_.find(key);
  if (found != checks_.end()) return found->second;
  const Ledger was = read_ledger(databases_, before, world_.targets);
  const Ledger is = read_ledger(databases_, after, world_.targets);
  const Broken broken =
      check_batch(was, is, world_.targets, databases_.command(batch), now_ms, margins_);
  checks_.emplace(key, broken);
  return broken;
}

Broken Machine::send(State& state, std::uint8_t slot, const Asked& asked) {
  Broken broken = 0;
  const auto expect = [&](bool holds, Invariant invariant) {
    if (!holds) broken |= bit(invariant);
  };
  const std::uint8_t target = target_of(asked.path, asked.body);
  if (target != no_target) {
    const RepairFact& repair = digest(state.db).repairs[target];
    const std::string owner = name_of(slot) + ".";
    const bool owned = repair.holder.compare(0, owner.size(), owner) == 0;
    expect(owned, Invariant::only_the_holder_refunds);
    expect(!owned || clock(state) + margins_.push_timeout_ms + margins_.quiet_on_clock_ms() <=
                         repair.lease_until,
           Invariant::refunds_within_the_lease);
    expect(!owned || (repair.in_doubt_since == 0 && repair.state == RepairStatus::due),
           Invariant::nothing_in_doubt_is_sent);
    expect(!owned || repair.body == texts_.text(asked.body), Invariant::sent_as_frozen);
    expect(!owned || repair.attempts < world_.settings.max_attempts,
           Invariant::repairs_are_tried_so_often);
    expect(!may_land(state, target), Invariant::one_request_per_repair);
    expect(!world_.targets[target].forged, Invariant::only_what_was_approved);
    const std::uint8_t not_as_approved = state.slots[slot].not_as_approved;
    expect((not_as_approved >> target & 1U) == 0, Invariant::the_survivor_is_whole);
    expect((not_as_approved >> (targets_most + target) & 1U) == 0,
           Invariant::only_what_was_approved);
    state.model = shelves_.noted(state.model, asked.body);
    expect(shelves_[state.model].one_body_per_key(), Invariant::one_body_per_repair_key);
  }
  Request& request = free_place(state.requests);
  request.started_ms = state.real_ms;
  request.path = asked.path;
  request.body = asked.body;
  request.command = asked.id;
  request.reply = 0;
  request.way = Way::out;
  request.slot = slot;
  request.target = target;
  return broken;
}

void Machine::act(State& state, std::uint8_t which) {
  const Deed& deed = world_.deeds[which];
  ++state.deeds[which];
  if (deed.at_square) {
    state.model = shelves_.after(state.model, which, time_at_square(state));
  } else {
    state.db = databases_.edit(state.db, deed.sql, clock(state)).after;
  }
}

OutcomeId Machine::read(const State& state, const Request& request, RequestFault fault) {
  const std::int64_t now_ms = time_at_square(state);
  if (fault == RequestFault::empty) {
    return workers_.outcome(
        {OutcomeKind::replied, texts_.id("{}"), 200, pos::net::Transport::replied, 0});
  }
  if (fault == RequestFault::answered) {
    return workers_.outcome(shelves_.read(state.model, request.path, now_ms, 0, 0));
  }
  // What happened in the very millisecond before which it lags is not shown yet.
  const auto behind = [&](std::int64_t lag_ms) {
    return lag_ms == 0 ? 0 : state.real_ms - request.started_ms + lag_ms;
  };
  return workers_.outcome(shelves_.read(state.model, request.path, now_ms,
                                        behind(world_.list_lag_ms), behind(world_.read_lag_ms)));
}

Broken Machine::land(State& state, Request& request, const std::string& status) {
  const SquareModels::Landing& landing = shelves_.land(
      state.model, request.path, request.body, epoch_ms + request.started_ms, clock(state), status);
  Broken broken = 0;
  if (landing.has_refunded && shelves_.standing(state.model, request.target).others > 0) {
    broken |= bit(Invariant::none_beside_anothers);
  }
  state.model = landing.after;
  if (request.way == Way::adrift) {
    request = {};
  } else {
    request.way = Way::landed;
    request.reply = workers_.outcome(landing.reply);
  }
  return broken;
}

Broken Machine::answer(State& state, const Move& move) {
  Request& request = state.requests[move.which];
  const auto fault = static_cast<RequestFault>(move.how);
  ++faults_[move.how];
  const std::uint8_t slot = request.slot;
  const Worker& worker = workers_[state.slots[slot].worker];
  const auto found = std::find_if(worker.out.begin(), worker.out.end(), [&](const Asked& asked) {
    return asked.kind == AskedKind::fetch && asked.id == request.command;
  });
  if (found == worker.out.end()) throw std::logic_error("nobody waits for this request");
  const bool reads = request.body == 0;
  OutcomeId outcome = request.reply;
  if (reads && (fault == RequestFault::answered || fault == RequestFault::late ||
                fault == RequestFault::empty)) {
    outcome = read(state, request, fault);
    if (fault == RequestFault::empty) ++state.wrong_lists;
  } else if (fault != RequestFault::answered) {
    ++(reads ? state.read_faults : state.request_faults);
    const Seen& what = seen(fault);
    outcome = workers_.outcome({OutcomeKind::replied, texts_.id(what.body), what.status,
                                what.transport, texts_.id(what.retry_after)});
  }
  const bool lands_yet =
      !reads && request.way == Way::out && may_hide_an_effect(fault) && world_.lands_late;
  if (lands_yet) {
    request.way = Way::adrift;
    request.slot = 0;
    request.command = 0;
  } else {
    request = {};
  }
  return tell(state, slot, static_cast<std::size_t>(found - worker.out.begin()), outcome);
}

void Machine::kill(State& state, std::uint8_t slot) {
  state.slots[slot] = {0, 0, Phase::gone, 0, {}};
  for (Request& each : state.requests) {
    if (each.slot != slot || (each.way != Way::out && each.way != Way::landed)) continue;
    if (each.way == Way::out && world_.lands_late && each.body != 0) {
      each.way = Way::adrift;
      each.slot = 0;
      each.command = 0;
    } else {
      each = {};
    }
  }
}

// Many histories have one essence.
void Machine::forget_history(State& state) {
  std::vector<std::string> tokens;
  std::uint64_t out = 0;
  bool keep_lines = false;
  for (std::uint8_t slot = 0; slot < slots_most; ++slot) {
    if (state.slots[slot].phase != Phase::running) continue;
    keep_lines = keep_lines || (slot >= world_.ticks && slot < slots_most - 1);
    for (const Asked& asked : workers_[state.slots[slot].worker].out) {
      if (asked.kind != AskedKind::d1) continue;
      tokens.push_back(databases_.command(asked.batch).parameters.front());
      out = mixed(out, texts_.id(tokens.back()));
    }
  }
  const std::array<std::uint64_t, 3> key = {(std::uint64_t{state.db} << 1) | (keep_lines ? 1 : 0),
                                            out, static_cast<std::uint64_t>(clock(state))};
  const auto found = essences_.find(key);
  if (found != essences_.end()) {
    state.db = found->second;
    return;
  }
  state.db = databases_.with_rows(state.db, [&](std::vector<Row>& rows) {
    // A clock that is set back makes waiting of what was due.
    const std::int64_t now_ms = world_.skews_ms.empty() ? clock(state) : 0;
    keep_what_matters(rows, now_ms, tokens, keep_lines);
  });
  essences_.emplace(key, state.db);
}

// Brings lists into one order and forgets what can no longer matter.
void Machine::tidy(State& state) const {
  for (Request& each : state.requests) {
    if (each.way == Way::adrift && !in_flight(state, each)) each = {};
  }
  std::sort(state.requests.begin(), state.requests.end(), [](const Request& a, const Request& b) {
    if ((a.way == Way::none) != (b.way == Way::none)) return b.way == Way::none;
    return std::tie(a.slot, a.target, a.started_ms, a.path, a.command, a.body) <
           std::tie(b.slot, b.target, b.started_ms, b.path, b.command, b.body);
  });
}

// ---------------------------------------------------------------- what must hold

const Digest& Machine::digest(DbId db) {
  const auto found = digests_.find(db);
  return found != digests_.end() ? found->second : digests_.emplace(db, digested(db)).first->second;
}

Digest Machine::digested(DbId db) const {
  const Ledger ledger = read_ledger(databases_, db, world_.targets);
  Digest digest;
  digest.repairs = ledger.repairs;
  const std::int64_t quiet_ms = world_.settings.quiet_on_clock_ms();
  for (const RepairFact& each : digest.repairs) {
    if (!each.is_open()) continue;
    digest.any_open = true;
    digest.boundaries.push_back(each.next_attempt_at);
    if (!each.holder.empty()) digest.boundaries.push_back(each.lease_until);
    if (each.in_doubt_since != 0) digest.boundaries.push_back(each.last_sent_at + quiet_ms);
  }
  for (const PlaceFact& each : ledger.places) {
    int places = 0;
    int survivors = 0;
    for (const PlaceFact& other : ledger.places) {
      places += other.order == each.order ? 1 : 0;
      survivors += other.group == each.group && other.survives ? 1 : 0;
    }
    if (places != 1 || survivors != 1) digest.groups_are_whole = false;
  }
  return digest;
}

Broken Machine::look(const State& state) {
  Broken broken = 0;
  const auto expect = [&](bool holds, Invariant invariant) {
    if (!holds) broken |= bit(invariant);
  };
  const Digest& digest = this->digest(state.db);
  expect(digest.groups_are_whole, Invariant::an_order_has_one_group);
  for (std::size_t i = 0; i < world_.targets.size(); ++i) {
    const bool cancels = world_.targets[i].cancels;
    const RepairFact& repair = digest.repairs[i];
    const Standing& stands = shelves_.standing(state.model, i);
    expect(stands.ours <= 1, Invariant::one_refund_of_ours);
    expect(!stands.overdrawn, Invariant::never_more_than_was_paid);
    const bool is_ours = stands.ours > 0 && texts_.text(stands.refund_id) == repair.refund_id;
    expect(repair.state != RepairStatus::done ||
               (cancels ? stands.canceled : is_ours && stands.completed > 0),
           Invariant::done_is_done);
    expect(repair.state != RepairStatus::pending || is_ours, Invariant::done_is_done);
    if (cancels) continue;

    const bool may_stand = stands.ours_standing > 0 || may_land(state, i);
    const bool known = repair.state == RepairStatus::done ||
                       repair.state == RepairStatus::pending || !repair.refund_id.empty() ||
                       repair.in_doubt_since != 0 || !repair.holder.empty() ||
                       repair.code == "refunded_twice";
    const bool stopped = repair.state == RepairStatus::stopped;
    expect(!may_stand || known || stopped, Invariant::no_refund_is_lost);
    expect(!may_stand || known || !stopped, Invariant::stopped_is_not_there);
  }
  const world::PastModel& square = shelves_[state.model];
  const bool all_gone = !world_.copies.empty() &&
                        std::all_of(world_.copies.begin(), world_.copies.end(),
                                    [&](const std::string& id) { return square.ours(id) > 0; });
  expect(!all_gone, Invariant::one_copy_stays);
  return broken;
}

// A tick without any fault, in a place of its own.
Broken Machine::tick_cleanly(State& state, int number) {
  constexpr std::uint8_t place = slots_most - 1;
  const std::string name = "Z" + std::to_string(number);
  begin(state, place, {name, "cron", world_.settings, {}, {}, true});
  Broken broken = 0;
  while (state.slots[place].phase == Phase::running) {
    const Worker& worker = workers_[state.slots[place].worker];
    if (worker.out.empty()) return bit(Invariant::comes_to_rest);
    const Asked asked = worker.out.front();
    if (asked.kind == AskedKind::d1) {
      broken |= run_batch(state, {MoveKind::batch, place, 0, 0, 0});
      continue;
    }
    const auto request =
        std::find_if(state.requests.begin(), state.requests.end(), [&](const Request& each) {
          return each.slot == place && each.way == Way::out && each.command == asked.id;
        });
    OutcomeId reply = 0;
    if (request->body == 0) {
      reply = read(state, *request, RequestFault::answered);
    } else {
      broken |= land(state, *request, "COMPLETED");
      reply = request->reply;
    }
    *request = {};
    broken |= tell(state, place, 0, reply);
  }
  return broken;
}

Broken Machine::come_to_rest(State state) {
  constexpr int ticks_enough = 16;
  for (std::uint8_t slot = 0; slot < slots_most; ++slot) kill(state, slot);
  for (Request& each : state.requests) each = {};
  for (Slot& each : state.slots) each = {};
  renew_budgets(state);
  state.model = shelves_.settled(state.model, world_.pending_ends, time_at_square(state));
  forget_history(state);
  tidy(state);

  const Fingerprint print = fingerprint_of(state);
  const std::array<std::uint64_t, 2> key = {print.low, print.high};
  const auto found = rests_.find(key);
  if (found != rests_.end()) return found->second;
  rested_.push_back(state);
  // What a clean tick breaks by the way has been told of where it was about somebody's fault.
  constexpr Broken of_names = bit(Invariant::only_the_holder_refunds);
  Broken broken = 0;
  for (int number = 1; digest(state.db).any_open && broken == 0; ++number) {
    if (number > ticks_enough) {
      broken = bit(Invariant::comes_to_rest);
      break;
    }
    broken |= tick_cleanly(state, number) & ~of_names;
    state.slots[slots_most - 1] = {};
    forget_history(state);
    std::int64_t next = 0;
    for (const std::int64_t each : digest(state.db).boundaries) {
      const std::int64_t real = each - epoch_ms - state.skew_ms;
      if (real > state.real_ms && (next == 0 || real < next)) next = real;
    }
    if (next != 0) state.real_ms = next;
  }
  for (std::size_t i = 0; i < world_.targets.size(); ++i) {
    const RepairFact& repair = digest(state.db).repairs[i];
    if (repair.state == RepairStatus::stopped && repair.code.empty()) {
      broken |= bit(Invariant::comes_to_rest);
    }
    // What stands is done, or a human has been told.
    const Standing& stands = shelves_.standing(state.model, i);
    if (stands.completed > 0 && repair.state != RepairStatus::done &&
        repair.state != RepairStatus::stopped) {
      broken |= bit(Invariant::done_is_done);
    }
  }
  broken |= look(state);
  rests_.emplace(key, broken);
  return broken;
}

}  // namespace explore::repair
