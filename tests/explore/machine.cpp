#include "explore/machine.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "ablation/layer.hpp"
#include "base/json/value.hpp"
#include "explore/audit_of_batches.hpp"

namespace explore {
namespace {

using pos::io::OutcomeKind;

constexpr std::int64_t another_workers_error_ms = 3'600'000;

template <typename Array>
auto& free_place(Array& places, bool (*is_free)(const typename Array::value_type&)) {
  const auto found = std::find_if(places.begin(), places.end(), is_free);
  if (found == places.end()) throw std::logic_error("a state has no room for this world");
  return *found;
}

}  // namespace

Machine::Machine(const World& world)
    : world_(world),
      databases_(texts_, world.schema),
      workers_(texts_, databases_),
      square_(texts_, world_.subjects) {
  // One machine runs at a time in a thread.
  pos::ablation::removed = world.removed;
  pos::ablation::visited_cells = {};
}

std::int64_t Machine::clock(const State& state) const {
  return epoch_ms + state.real_ms + state.skew_ms;
}

std::int64_t Machine::elapsed(const State& state, const Slot& slot) const {
  const std::int64_t passed = state.real_ms - slot.started_ms;
  return std::max<std::int64_t>(0, passed - (passed > 0 ? world_.elapsed_lost_ms : 0));
}

bool Machine::in_flight(const State& state, const Request& request) const {
  return (request.way == Way::out || request.way == Way::adrift) &&
         state.real_ms < request.started_ms + world_.lands_within_ms;
}

std::string Machine::name_of(std::uint8_t slot) const {
  if (slot < world_.ticks) return std::string(1, static_cast<char>('A' + slot));
  return "V" + std::to_string(slot - world_.ticks + 1);
}

State Machine::beginning() {
  State state;
  std::memset(&state, 0, sizeof(state));
  for (Request& each : state.requests) each = Request();
  for (Booking& each : state.bookings) each = Booking();
  const auto& answer = databases_.edit(databases_.fresh(), world_.enqueued, epoch_ms);
  if (!answer.refused.empty()) throw std::runtime_error(answer.refused);
  state.db = answer.after;
  for (const Stranger& each : world_.strangers) {
    Booking& booking = free_place(
        state.bookings, +[](const Booking& b) { return b.key == 0; });
    booking.at_ms = each.at_ms;
    booking.key = booking.body = texts_.id(each.body);
    booking.identity = each.identity;
    booking.number = 1;
    booking.foreign = 1;
  }
  for (std::size_t i = 0; i < identities_most; ++i) {
    inherited_[i] = digest(state.db).standings[i].attempts;
  }
  return state;
}

void Machine::renew_budgets(State& state) {
  state.jumps = state.d1_faults = state.request_faults = state.wrong_reads = 0;
  state.events = {};
  state.deeds = 0;
}

std::set<std::string> Machine::moves_made() const {
  static constexpr const char* kinds[] = {"start", "visit", "",      "land", "answer", "",
                                          "kill",  "jump",  "event", "skew", "deed"};
  static constexpr const char* ends[] = {"done", "failed", "lost", "drifted", "torn"};
  std::set<std::string> made;
  for (std::size_t i = 0; i < std::size(kinds); ++i) {
    if ((kinds_made_ >> i & 1U) != 0 && *kinds[i] != '\0') made.insert(kinds[i]);
  }
  for (std::size_t i = 0; i < std::size(ends); ++i) {
    if ((batch_ends_ >> i & 1U) != 0) made.insert(ends[i]);
  }
  return made;
}

// ---------------------------------------------------------------- which moves there are

void Machine::moves(const State& state, std::vector<Move>& out) {
  out.clear();
  for (std::uint8_t slot = 0; slot < world_.ticks; ++slot) {
    if (state.slots[slot].phase != Phase::waiting) continue;
    out.push_back({MoveKind::start, slot, 0, 0, 0});
    if (preparing_ || world_.redeploys) out.push_back({MoveKind::start, slot, 0, 1, 0});
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
  for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(world_.events.size()); ++i) {
    if (preparing_ || state.events[i] < world_.events[i].times)
      out.push_back({MoveKind::event, 0, i, 0, 0});
  }
  deed_moves(state, out);
  if (state.skew_ms == 0) {
    for (const std::int64_t each : world_.skews_ms) {
      out.push_back({MoveKind::skew, 0, 0, 0, each});
    }
  }
  if (preparing_ || state.jumps < world_.jumps) jump_moves(state, out);
}

/// It holds what kills it, and so it is as good as dead, with all else that it holds.
bool Machine::is_poisoned(const State& state, std::uint8_t slot) {
  if (world_.poison == nobody) return false;
  const Standing& standing = digest(state.db).standings[world_.poison];
  const std::string owner = (slot == slots_most - 1 ? "Z" : name_of(slot));
  return standing.claim_open && texts_.text(standing.holder).compare(0, owner.size(), owner) == 0;
}

void Machine::worker_moves(const State& state, std::uint8_t slot, std::vector<Move>& out) {
  if (is_poisoned(state, slot)) {
    out.push_back({MoveKind::kill, slot, 0, 0, 0});
    return;
  }
  const Slot& place = state.slots[slot];
  const Worker& worker = workers_[place.worker];
  for (std::uint8_t which = 0; which < static_cast<std::uint8_t>(worker.out.size()); ++which) {
    const Asked& asked = worker.out[which];
    if (asked.kind == AskedKind::timer) {
      if (elapsed(state, place) >= asked.due_ms) {
        out.push_back({MoveKind::ring, slot, which, 0, 0});
      }
    }
    if (asked.kind != AskedKind::d1) continue;
    const auto add = [&](BatchFault end) {
      out.push_back({MoveKind::batch, slot, which, static_cast<std::uint8_t>(end), 0});
    };
    add(BatchFault::done);
    if (world_.drift_ms > 0) add(BatchFault::drifted);
    if (!preparing_ && state.d1_faults >= world_.d1_faults) continue;
    add(BatchFault::failed);
    add(BatchFault::lost);
    if (world_.torn_batches) add(BatchFault::torn);
  }
  if (preparing_ || world_.kills) out.push_back({MoveKind::kill, slot, 0, 0, 0});
}

// A deed waits until nothing of the order is on its way, and until it must be looked for or its key
// is forgotten: under the key Square would tell of the order as it was.
void Machine::deed_moves(const State& state, std::vector<Move>& out) {
  if (!preparing_ && state.deeds > 0) return;
  for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(world_.deeds.size()); ++i) {
    const Deed& deed = world_.deeds[i];
    const Standing& standing = digest(state.db).standings[deed.identity];
    const bool first = deed.kind == DeedKind::pays_first;
    if (!first && (standing.booked || !standing.in_doubt || standing.claim_open)) continue;
    const bool busy =
        !first &&
        std::any_of(state.requests.begin(), state.requests.end(), [&](const Request& request) {
          return request.way != Way::none &&
                 (request.identity == deed.identity || request.operation == Operation::look);
        });
    bool stands = false;
    bool paid = false;
    for (const Booking& each : state.bookings) {
      if (each.key == 0 || each.identity != deed.identity) continue;
      paid = paid || each.operation == Operation::payment;
      const bool forgotten = state.real_ms >= each.at_ms + world_.forgets_after_ms;
      stands = stands || (each.operation == Operation::order && each.canceled == 0 &&
                          (first || forgotten || standing.must_look));
    }
    // What is known to stand as it should may be paid without another look.
    const bool fits = deed.kind == DeedKind::doubles ? standing.ledger_order == 0
                                                     : deed.kind == DeedKind::alters || !paid;
    if (stands && fits && !busy) out.push_back({MoveKind::deed, 0, i, 0, 0});
  }
}

// A read changes nothing, so it lands when it is answered. What it shows is as old as its start at
// most, and a search lags behind that. Late it shows all that it must, and nothing of what it need
// not: a look is about one order, and what else a page shows or hides is nothing to it.
void Machine::read_moves(const State& state, std::uint8_t which, std::vector<Move>& out) {
  const Request& request = state.requests[which];
  const auto add = [&](RequestFault fault) {
    out.push_back({MoveKind::answer, request.slot, which, static_cast<std::uint8_t>(fault), 0});
  };
  const OutcomeId all = read(state, request, RequestFault::answered);
  const OutcomeId late = read(state, request, RequestFault::late);
  const OutcomeId nothing = read(state, request, RequestFault::wrongly_empty);
  add(RequestFault::answered);
  if (late != all) add(RequestFault::late);
  const bool may_err = preparing_ || state.wrong_reads < world_.wrong_reads;
  if (may_err && nothing != all && nothing != late) add(RequestFault::wrongly_empty);
  if (!preparing_ && state.request_faults >= world_.request_faults) return;
  for (const RequestFault fault : preparing_ ? all_faults() : world_.faults) {
    if (befalls_reads(fault)) add(fault);
  }
}

void Machine::request_moves(const State& state, std::vector<Move>& out) {
  for (std::uint8_t which = 0; which < requests_most; ++which) {
    const Request& request = state.requests[which];
    if (request.way == Way::none) continue;
    if (is_shut_out(request)) {
      const auto no = static_cast<std::uint8_t>(RequestFault::unauthorized);
      if (request.way != Way::adrift) out.push_back({MoveKind::answer, request.slot, which, no, 0});
      continue;
    }
    if (request.operation == Operation::look) {
      read_moves(state, which, out);
      continue;
    }
    const auto add = [&](MoveKind kind, std::uint8_t how) {
      out.push_back({kind, request.slot, which, how, 0});
    };
    if (in_flight(state, request)) {
      add(MoveKind::land, 0);
      if (world_.other_totals && request.operation == Operation::order) add(MoveKind::land, 1);
    }
    if (request.way == Way::landed) {
      add(MoveKind::answer, static_cast<std::uint8_t>(RequestFault::answered));
    }
    if (request.way == Way::adrift) continue;
    if (!preparing_ && state.request_faults >= world_.request_faults) continue;
    for (const RequestFault fault : preparing_ ? all_faults() : world_.faults) {
      if (request.way == Way::out || may_hide_an_effect(fault)) {
        add(MoveKind::answer, static_cast<std::uint8_t>(fault));
      }
    }
  }
}

// Time passes to where something changes by itself: where a comparison turns.
void Machine::jump_moves(const State& state, std::vector<Move>& out) {
  std::vector<std::int64_t> instants = world_.instants_ms;
  for (const std::int64_t each : digest(state.db).boundaries) {
    instants.push_back(each - epoch_ms - state.skew_ms);
  }
  for (const Slot& slot : state.slots) {
    if (slot.phase != Phase::running) continue;
    const pos::Settings& settings = settings_of(slot);
    const std::int64_t by_lease =
        settings.lease_ms - settings.quiet_on_clock_ms() - settings.push_timeout_ms;
    instants.push_back(slot.started_ms + by_lease + 1);  // the first moment that is too late
    instants.push_back(slot.started_ms + settings.wall_budget_ms - settings.push_timeout_ms + 1);
    for (const Asked& asked : workers_[slot.worker].out) {
      if (asked.kind == AskedKind::timer) instants.push_back(slot.started_ms + asked.due_ms);
    }
  }
  for (const Request& request : state.requests) {
    if (request.operation == Operation::look) continue;
    if (request.way == Way::out || request.way == Way::adrift) {
      instants.push_back(request.started_ms + world_.lands_within_ms);
    }
  }
  for (const Booking& booking : state.bookings) {
    if (booking.key != 0 && booking.foreign == 0)
      instants.push_back(booking.at_ms + world_.forgets_after_ms);
  }
  if (world_.edges) {
    const std::size_t count = instants.size();
    for (std::size_t i = 0; i < count; ++i) {
      instants.push_back(instants[i] - 1);
      instants.push_back(instants[i] + 1);
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
      const pos::Settings& settings = move.how == 0 ? world_.settings : world_.redeployed;
      broken = begin(state, move.slot,
                     {name_of(move.slot),
                      world_.actor,
                      settings,
                      {},
                      move.slot == 0 ? world_.pushed_at_once : std::string()});
      break;
    }
    case MoveKind::visit:
      broken = begin(
          state, move.slot,
          {name_of(move.slot), "http", world_.settings, world_.visitors[move.which].request, {}});
      break;
    case MoveKind::batch:
      broken = run_batch(state, move);
      break;
    case MoveKind::land:
      land(state, state.requests[move.which], move.how != 0);
      break;
    case MoveKind::answer:
      broken = answer(state, move);
      break;
    case MoveKind::ring:
      broken = tell(state, move.slot, move.which, workers_.outcome(Outcome{}));
      break;
    case MoveKind::kill:
      kill(state, move.slot);
      break;
    case MoveKind::jump:
      state.real_ms = move.amount;
      ++state.jumps;
      break;
    case MoveKind::event:
      ++state.events[move.which];
      state.db = databases_.edit(state.db, world_.events[move.which].sql, clock(state)).after;
      break;
    case MoveKind::skew:
      state.skew_ms = move.amount;
      break;
    case MoveKind::deed:
      act(state, move.which);
      break;
  }
  tidy(state, world_.lands_within_ms);
  return broken;
}

Broken Machine::begin(State& state, std::uint8_t slot, const Beginning& beginning) {
  const std::string key = beginning.id + (beginning.settings == world_.settings ? "" : " anew");
  auto found = begun_.find(key);
  if (found == begun_.end()) found = begun_.emplace(key, workers_.begin(beginning)).first;
  const bool anew = !(beginning.settings == world_.settings);
  state.slots[slot] = {found->second, Phase::running, anew, {}, state.real_ms};
  return adopt(state, slot, found->second);
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
  if (worker.done) place = {0, Phase::gone, 0, {}, 0};
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
  if (end == BatchFault::failed || end == BatchFault::lost || end == BatchFault::torn)
    ++state.d1_faults;
  if (end == BatchFault::failed) {
    return tell(state, move.slot, move.which, workers_.outcome(outcome));
  }
  BatchId batch = asked.batch;
  if (end == BatchFault::torn) {
    pos::io::D1Command half = databases_.command(batch);
    half.statements.resize((half.statements.size() + 1) / 2);
    batch = databases_.batch(half);
  }
  const std::int64_t error = world_.worker_clock && move.slot == 1 ? another_workers_error_ms : 0;
  const std::int64_t drift = end == BatchFault::drifted ? world_.drift_ms : 0;
  const DbId before = state.db;
  const auto& answer = databases_.run(before, batch, clock(state) + error, drift);
  const bool accepted = answer.refused.empty() || world_.unstorable != nobody;
  Broken broken = accepted ? 0 : bit(Invariant::every_batch_is_accepted);
  if (!answer.refused.empty() && accepted) outcome.text = texts_.id(answer.refused);
  if (answer.disturbs) broken |= bit(Invariant::foreign_claims_stay);
  state.db = answer.after;
  if (drift == 0) {
    const pos::Settings& settings = settings_of(state.slots[move.slot]);
    broken |= checked(before, answer.after, batch, clock(state), settings);
  }
  if (answer.refused.empty() && (end == BatchFault::done || end == BatchFault::drifted)) {
    outcome.kind = OutcomeKind::d1_done;
    outcome.text = answer.results;
  }
  return broken | tell(state, move.slot, move.which, workers_.outcome(outcome));
}

const pos::Settings& Machine::settings_of(const Slot& slot) const {
  return slot.anew == 0 ? world_.settings : world_.redeployed;
}

Broken Machine::checked(DbId before, DbId after, BatchId batch, std::int64_t now_ms,
                        const pos::Settings& settings) {
  const std::array<std::uint64_t, 3> key = {(std::uint64_t{before} << 32) | batch, after,
                                            static_cast<std::uint64_t>(now_ms)};
  const auto found = checks_.find(key);
  if (found != checks_.end()) return found->second;
  const Facts was = read_facts(databases_, before, world_.subjects);
  const Facts is = read_facts(databases_, after, world_.subjects);
  const Broken broken = check_batch(was, is, databases_.command(batch), now_ms, settings);
  checks_.emplace(key, broken);
  return broken;
}

Broken Machine::send(State& state, std::uint8_t slot, const Asked& asked) {
  Broken broken = 0;
  const auto expect = [&](bool holds, Invariant invariant) {
    if (!holds) broken |= bit(invariant);
  };
  const Asking& asking = square_.read(asked.path, asked.body);
  if (asking.operation == Operation::look || asking.operation == Operation::token) {
    expect(has_room(state, slot), Invariant::budgets_are_kept);
    free_place(
        state.requests, +[](const Request& r) { return r.way == Way::none; }) = {
        state.real_ms, asked.body, asked.id,         0, Way::out,
        slot,          nobody,     asking.operation, 0, token_of(asked.credential),
        asked.path};
    return broken;
  }
  const std::string& order_id = world_.subjects[asking.identity].order_id;
  const Standing& standing = digest(state.db).standings[asking.identity];
  const pos::Settings& settings = settings_of(state.slots[slot]);

  const std::string owner = name_of(slot) + ".";
  const bool owned =
      standing.claim_open && texts_.text(standing.holder).compare(0, owner.size(), owner) == 0;
  expect(owned, Invariant::only_the_owner_sends);
  expect(
      !owned || clock(state) + settings.push_timeout_ms + settings.quiet_ms <= standing.lease_until,
      Invariant::sends_within_the_lease);
  for (const Request& other : state.requests) {
    if (other.way == Way::none || other.identity == nobody) continue;
    const bool same_order = world_.subjects[other.identity].order_id == order_id;
    expect(!same_order || !in_flight(state, other), Invariant::never_two_in_flight);
  }
  expect(has_room(state, slot), Invariant::budgets_are_kept);
  expect(standing.active_attempts < settings.max_attempts, Invariant::attempts_are_bounded);
  const bool is_order = asking.operation == Operation::order;
  expect(!standing.booked && (is_order ? standing.ledger_order : standing.ledger_payment) == 0,
         Invariant::booked_is_never_sent_again);

  bool sighted = false;
  for (const Sighting& each : state.sightings) {
    if (each.key == 0) continue;
    if (each.key == asking.key) {
      expect(each.body == asked.body, Invariant::one_body_per_key);
      sighted = sighted || each.body == asked.body;
    } else {
      const Asking& earlier = square_.read(each.path, each.body);
      const bool other =
          earlier.identity != asking.identity || earlier.operation != asking.operation;
      expect(other || each.refused != 0, Invariant::one_key_per_order);
    }
  }
  // What was refused under another key is of no interest any more.
  for (Sighting& each : state.sightings) {
    if (each.key == 0 || each.refused == 0) continue;
    const Asking& earlier = square_.read(each.path, each.body);
    const bool same = earlier.identity == asking.identity && earlier.operation == asking.operation;
    if (same && each.key != asking.key) each = {};
    if (same && each.key == asking.key && !world_.saves_refusals) each.refused = 0;
  }
  if (!sighted) {
    free_place(
        state.sightings, +[](const Sighting& s) { return s.key == 0; }) = {asking.key, asked.body,
                                                                           asked.path, 0};
  }
  for (const Booking& each : state.bookings) {
    expect(each.key != asking.key || each.foreign != 0 ||
               state.real_ms + world_.lands_within_ms < each.at_ms + world_.forgets_after_ms,
           Invariant::no_key_past_its_window);
  }

  Request& request = free_place(
      state.requests, +[](const Request& r) { return r.way == Way::none; });
  request = {state.real_ms, asked.body,      asked.id,         0, Way::out,
             slot,          asking.identity, asking.operation, 0, token_of(asked.credential),
             asked.path};
  if (state.sends[asking.identity] < 255) ++state.sends[asking.identity];
  return broken;
}

/// One more request keeps to the slots of its tick, and to its time.
bool Machine::has_room(const State& state, std::uint8_t slot) const {
  const pos::Settings& settings = settings_of(state.slots[slot]);
  const auto out =
      std::count_if(state.requests.begin(), state.requests.end(), [&](const Request& request) {
        return request.way != Way::none && request.way != Way::adrift && request.slot == slot;
      });
  return out < settings.concurrency &&
         elapsed(state, state.slots[slot]) + settings.push_timeout_ms <= settings.wall_budget_ms;
}

void Machine::act(State& state, std::uint8_t which) {
  const Deed& deed = world_.deeds[which];
  ++state.deeds;
  state.deed_ms = state.real_ms;
  const auto found =
      std::find_if(state.bookings.begin(), state.bookings.end(), [&](const Booking& booking) {
        return booking.key != 0 && booking.identity == deed.identity &&
               booking.operation == Operation::order;
      });
  switch (deed.kind) {
    case DeedKind::cancels:
      found->canceled = 1;
      return;
    case DeedKind::alters:
      found->other_total = found->altered = 1;
      return;
    case DeedKind::doubles: {
      Booking twin = *found;
      twin.number = 2;
      twin.foreign = 1;
      free_place(
          state.bookings, +[](const Booking& b) { return b.key == 0; }) = twin;
      return;
    }
    case DeedKind::pays:
    case DeedKind::pays_first:
    case DeedKind::pays_twice: {
      Booking taken = *found;
      taken.operation = Operation::payment;
      taken.body = square_.payment_by_hand(*found);
      taken.at_ms = state.real_ms;
      taken.foreign = 1;
      const std::uint8_t last = deed.kind == DeedKind::pays_twice ? 2 : 1;
      for (taken.number = 1; taken.number <= last; ++taken.number) {
        free_place(
            state.bookings, +[](const Booking& b) { return b.key == 0; }) = taken;
      }
      return;
    }
  }
}

OutcomeId Machine::read(const State& state, const Request& request, RequestFault fault) {
  const world::Call call = square_.read(request.path, request.body).call;
  const bool is_list = call == world::Call::search_orders || call == world::Call::list_payments;
  const std::int64_t lag_ms = is_list ? world_.search_lag_ms : world_.retrieve_lag_ms;
  std::vector<Booking> shown;
  for (const Booking& each : state.bookings) {
    if (each.key == 0 || fault == RequestFault::wrongly_empty) continue;
    if (fault == RequestFault::late && each.at_ms + lag_ms > request.started_ms) continue;
    shown.push_back(each);
    // It shows as it was before somebody changed it.
    if (fault == RequestFault::late && state.deed_ms + lag_ms > request.started_ms) {
      Booking& before = shown.back();
      before.canceled = 0;
      if (before.altered != 0) before.other_total = before.altered = 0;
    }
  }
  const auto& reading = square_.shown(request.path, request.body, shown, world_.page_most);
  Outcome reply;
  reply.kind = OutcomeKind::replied;
  reply.status = reading.status;
  reply.text = reading.text;
  return workers_.outcome(reply);
}

TextId Machine::id_of(const Booking& booking) { return texts_.id(square_.id_of(booking)); }

/// Canceled there, or paid by somebody else.
bool Machine::takes_no_payment(const State& state, IdentityId identity) {
  return std::any_of(state.bookings.begin(), state.bookings.end(), [&](const Booking& each) {
    const bool paid = each.operation == Operation::payment && each.foreign != 0;
    return each.key != 0 && each.identity == identity && (each.canceled != 0 || paid);
  });
}

/// The number that a token ends with.
std::uint16_t Machine::token_of(TextId text) const {
  std::uint16_t number = 0;
  for (const char each : texts_.text(text)) {
    number = each >= '0' && each <= '9' ? static_cast<std::uint16_t>(number * 10 + (each - '0'))
                                        : std::uint16_t{0};
  }
  return number;
}

bool Machine::is_shut_out(const Request& request) const {
  return world_.tokens && request.operation != Operation::token && request.token == 0;
}

// A refresh token works once. What comes back is sealed by the shell.
void Machine::exchange(State& state, Request& request) {
  pos::json::Document fillings;
  if (!fillings.parse(texts_.text(request.body))) throw std::logic_error("no refresh token");
  const TextId sealed = texts_.id(fillings.root()["refresh_token"]["sealed"].text());
  Outcome reply;
  reply.kind = OutcomeKind::replied;
  if (token_of(sealed) == state.exchanges) {
    const std::string number = std::to_string(++state.exchanges);
    reply.status = 200;
    reply.text =
        texts_.id(R"({"access_token":"v1.k.AT)" + number + R"(","refresh_token":"v1.k.RT)" +
                  number + R"(","expires_at":"2027-01-01T00:00:00Z"})");
  } else {
    const Seen& no = seen(RequestFault::unauthorized);
    reply.status = no.status;
    reply.text = texts_.id(no.body);
  }
  request.way = Way::landed;
  request.reply = workers_.outcome(reply);
}

void Machine::land(State& state, Request& request, bool other_total) {
  if (request.operation == Operation::token) {
    const bool heard = request.way != Way::adrift;
    exchange(state, request);
    if (!heard) request = {};
    return;
  }
  const Asking& asking = square_.read(request.path, request.body);
  const Booking* remembered = nullptr;
  std::uint8_t number = 1;
  for (const Booking& each : state.bookings) {
    if (each.key == 0) continue;
    const bool forgotten = state.real_ms >= each.at_ms + world_.forgets_after_ms;
    if (each.key == asking.key && !forgotten && each.foreign == 0) remembered = &each;
    if (each.identity == asking.identity && each.operation == asking.operation) ++number;
  }
  for (Request& other : state.requests) {
    if (&other == &request || (other.way != Way::out && other.way != Way::adrift)) continue;
    if (other.identity == nobody) continue;
    if (square_.read(other.path, other.body).key == asking.key) other.overlaps = 1;
  }
  const bool known =
      world_.dedupes && remembered != nullptr && !(request.overlaps != 0 && world_.overlap_doubles);
  Outcome reply;
  reply.kind = OutcomeKind::replied;
  reply.status = 200;
  if (const RequestFault no = refusal_of(state, asking.key, request.body);
      no != RequestFault::answered) {
    reply.status = seen(no).status;
    reply.text = texts_.id(seen(no).body);
    refuse(state, asking.key, no);
  } else if (known && remembered->body != request.body) {
    const Seen& conflict = seen(RequestFault::conflict);
    reply.status = conflict.status;
    reply.text = texts_.id(conflict.body);
  } else if (known) {
    reply.text = texts_.id(square_.reply_to(*remembered));
  } else if (asking.operation == Operation::payment && takes_no_payment(state, asking.identity)) {
    const Seen& no = seen(RequestFault::rejected);
    refuse(state, asking.key, RequestFault::rejected);
    reply.status = no.status;
    reply.text = texts_.id(no.body);
  } else {
    Booking& booking = free_place(
        state.bookings, +[](const Booking& b) { return b.key == 0; });
    booking = {state.real_ms,
               asking.key,
               request.body,
               asking.operation,
               asking.identity,
               number,
               static_cast<std::uint8_t>(other_total),
               0,
               0,
               0,
               0};
    reply.text = texts_.id(square_.reply_to(booking));
  }
  if (request.way == Way::adrift) {
    request = {};
  } else {
    request.way = Way::landed;
    request.reply = workers_.outcome(reply);
  }
}

/// How Square refuses it, if it does: `answered` if not.
RequestFault Machine::refusal_of(const State& state, TextId key, TextId body) const {
  const std::string place = R"("location_id":")" + world_.closed_location + '"';
  if (!world_.closed_location.empty() && texts_.text(body).find(place) != std::string::npos) {
    return RequestFault::account_refused;
  }
  const auto saved = std::find_if(state.sightings.begin(), state.sightings.end(),
                                  [&](const Sighting& s) { return s.key == key; });
  const bool is_saved = world_.saves_refusals && key != 0 && saved != state.sightings.end();
  return is_saved ? static_cast<RequestFault>(saved->refused) : RequestFault::answered;
}

// Nothing came of it, and Square says so.
void Machine::refuse(State& state, TextId key, RequestFault how) {
  for (Sighting& each : state.sightings) {
    if (each.key == key && key != 0) each.refused = static_cast<std::uint32_t>(how);
  }
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
  const bool is_look = request.operation == Operation::look;
  OutcomeId outcome = request.reply;
  if (is_look && (fault == RequestFault::answered || fault == RequestFault::late ||
                  fault == RequestFault::wrongly_empty)) {
    outcome = read(state, request, fault);
    if (fault == RequestFault::wrongly_empty) ++state.wrong_reads;
  } else if (fault != RequestFault::answered) {
    ++state.request_faults;
    const bool is_no = fault == RequestFault::rejected || fault == RequestFault::account_refused;
    if (is_no && request.way == Way::out && !is_look && request.operation != Operation::token) {
      refuse(state, square_.read(request.path, request.body).key, fault);
    }
    const Seen& what = seen(fault);
    outcome = workers_.outcome({OutcomeKind::replied, texts_.id(what.body), what.status,
                                what.transport, texts_.id(what.retry_after)});
  }
  const bool lands_yet = !is_look && !is_shut_out(request) && request.way == Way::out &&
                         may_hide_an_effect(fault) && world_.lands_late;
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
  state.slots[slot] = {0, Phase::gone, 0, {}, 0};
  for (Request& each : state.requests) {
    if (each.slot != slot || (each.way != Way::out && each.way != Way::landed)) continue;
    if (each.way == Way::out && world_.lands_late && each.operation != Operation::look) {
      each.way = Way::adrift;
      each.slot = 0;
      each.command = 0;
    } else {
      each = {};
    }
  }
}

}  // namespace explore
