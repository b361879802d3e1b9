// What a state is asked about: by being, and at the end of everything.
#include <algorithm>
#include <set>

#include "explore/machine.hpp"
#include "identity/fingerprint.hpp"

namespace explore {
namespace {

// Clean ticks that must be enough to bring everything to rest; of those that die of an order it
// takes a takeover for each of its attempts.
constexpr int ticks_most = 12;
constexpr int poisoned_ticks_most = 48;

using pos::io::OutcomeKind;

bool is_denial(const std::string& code) {
  return code == "rejected" || code == "canceled" || code == "attempts_exhausted" ||
         code == "key_conflict";
}

bool is_known_code(const std::string& code) {
  static const std::set<std::string> known = {
      "rejected",           "total_mismatch",     "payment_rejected",      "key_conflict",
      "unknown_outcome",    "canceled",           "duplicate_at_provider", "content_differs",
      "order_id_collision", "attempts_exhausted", "earlier_revision_open", "duplicate_row",
      "paid_elsewhere"};
  return known.count(code) > 0;
}

}  // namespace

const Digest& Machine::digest(DbId db) {
  if (digests_.size() <= db) {
    digests_.resize(db + 1);
    digested_.resize(db + 1, false);
  }
  if (!digested_[db]) {
    digests_[db] = digested(db);
    digested_[db] = true;
  }
  return digests_[db];
}

Digest Machine::digested(DbId db) {
  const Facts facts = read_facts(databases_, db, world_.subjects);
  const pos::Settings& settings = world_.settings;
  Digest digest;
  for (const LedgerFact& ledger : facts.ledger) {
    if (ledger.identity == nobody) continue;
    Standing& standing = digest.standings[ledger.identity];
    standing.known = true;
    standing.frozen = ledger.frozen;
    standing.in_doubt = ledger.in_doubt;
    standing.booked = ledger.booked;
    standing.asks_payment = ledger.asks_payment;
    standing.must_look = !ledger.look_because.empty();
    standing.ledger_order = texts_.id(ledger.external_order_id);
    standing.ledger_payment = texts_.id(ledger.external_payment_id);
    if (ledger.in_doubt && !ledger.booked) {
      digest.boundaries.push_back(ledger.last_sent_at + settings.quiet_on_clock_ms());
      digest.boundaries.push_back(ledger.first_sent_at + settings.dedupe_window_ms -
                                  settings.lease_ms);
    }
  }
  for (const ClaimFact& claim : facts.claims) {
    if (!claim.open || claim.identity == nobody) continue;
    Standing& standing = digest.standings[claim.identity];
    standing.claim_open = true;
    standing.holder = texts_.id(claim.holder);
    standing.lease_until = claim.lease_until;
    digest.boundaries.push_back(claim.lease_until);
  }
  for (const QueueFact& row : facts.rows) {
    if (row.identity == nobody) continue;
    Standing& standing = digest.standings[row.identity];
    standing.newest_row = row.status;
    standing.attempts = std::max(standing.attempts, static_cast<std::uint8_t>(row.attempts));
    if (row.active()) {
      standing.active_attempts = static_cast<std::uint8_t>(row.attempts);
      digest.any_active = true;
      digest.boundaries.push_back(row.next_attempt_at);
      for (std::size_t i = 0; i < world_.subjects.size(); ++i) {
        const bool same = world_.subjects[i].order_id == world_.subjects[row.identity].order_id;
        if (same) ++digest.standings[i].active_rows;
      }
    }
    if (row.status == Status::success) {
      standing.success = true;
      standing.row_order = texts_.id(row.external_order_id);
      standing.row_payment = texts_.id(row.external_payment_id);
      const LedgerFact* ledger = facts.ledger_of(row.identity);
      const bool other = ledger != nullptr && !ledger->fingerprint.empty() &&
                         ledger->fingerprint != pos::fingerprint_of(row.payload, row.restaurant);
      standing.success_differs = standing.success_differs || other;
    }
    if (row.status == Status::dead) {
      standing.denied = standing.denied || is_denial(row.code);
      standing.payment_denied = standing.payment_denied || is_denial(row.code) ||
                                row.code == "payment_rejected" || row.code == "paid_elsewhere" ||
                                row.code == "total_mismatch";
      standing.called_unpaid = row.code == "payment_rejected" &&
                               row.error.find("was not looked for") == std::string::npos;
      standing.without_reason = standing.without_reason || !is_known_code(row.code);
    }
  }
  // A mark that was taken back excuses nothing.
  std::set<IdentityId> undone;
  for (const LineFact& line : facts.lines) {
    if (line.identity == nobody) continue;
    Standing& standing = digest.standings[line.identity];
    if (line.event == "taken_over") ++standing.takeovers;
    if (line.event == "look_unclear") ++standing.unclear;
    if (line.event == "marked_done") standing.told_done = true;
    if (line.event == "mark_undone") undone.insert(line.identity);
  }
  for (const IdentityId each : undone) digest.standings[each].told_done = false;
  for (const AccountFact& account : facts.accounts) {
    if (account.paused_until > 0) digest.boundaries.push_back(account.paused_until);
    if (account.refresh_token.empty()) continue;
    digest.boundaries.push_back(account.renewal_at);
    digest.tokens = {token_of(texts_.id(account.token)), token_of(texts_.id(account.refresh_token)),
                     account.pause_reason == "unauthorized"};
  }
  return digest;
}

Broken Machine::look(const State& state) {
  Broken broken = 0;
  const auto expect = [&](bool holds, Invariant invariant) {
    if (!holds) broken |= bit(invariant);
  };
  const Digest& digest = this->digest(state.db);
  if (world_.tokens) {
    const bool at_rest = std::none_of(state.slots.begin(), state.slots.end(), [](const Slot& slot) {
      return slot.phase == Phase::running;
    });
    const TokenStanding& tokens = digest.tokens;
    expect(tokens.access == tokens.refresh && tokens.refresh <= state.exchanges &&
               (!at_rest || tokens.refresh == state.exchanges),
           Invariant::a_new_token_is_kept);
    expect(tokens.access == 0 || !tokens.shut_out, Invariant::a_good_token_pauses_nobody);
  }
  for (std::size_t i = 0; i < world_.subjects.size(); ++i) {
    const Standing& standing = digest.standings[i];
    int orders = 0;
    int payments = 0;
    bool order_named = false;
    bool payment_named = false;
    bool row_order_named = false;
    bool row_payment_named = false;
    bool other_total = false;
    bool doubled = false;
    bool canceled = false;
    bool taken_at_the_till = false;
    for (const Booking& each : state.bookings) {
      if (each.key == 0 || each.identity != i) continue;
      // What somebody at Square has canceled or doubled is no effect of ours any more; what he has
      // taken at the till pays an order as well as we do.
      const bool is_order = each.operation == Operation::order;
      doubled = doubled || (is_order && each.foreign != 0);
      taken_at_the_till = taken_at_the_till || (!is_order && each.foreign != 0);
      if (is_order && each.foreign != 0) continue;
      const TextId id = id_of(each);
      other_total = other_total || each.other_total != 0;
      canceled = canceled || each.canceled != 0;
      if (each.foreign == 0 && each.canceled == 0) ++(is_order ? orders : payments);
      (is_order ? order_named : payment_named) |=
          id == (is_order ? standing.ledger_order : standing.ledger_payment);
      (is_order ? row_order_named : row_payment_named) |=
          id == (is_order ? standing.row_order : standing.row_payment);
    }
    bool order_may_land = false;
    bool payment_may_land = false;
    for (const Request& each : state.requests) {
      if (each.identity != i || !in_flight(state, each)) continue;
      (each.operation == Operation::order ? order_may_land : payment_may_land) = true;
    }
    expect(orders <= 1 && payments <= 1, Invariant::at_most_one_effect);
    expect(standing.active_rows <= 1, Invariant::one_active_row);

    const bool told = standing.told_done;
    const bool booked_truly =
        order_named && (!standing.asks_payment || payment_named) && standing.known;
    expect(told || !standing.booked || booked_truly, Invariant::no_false_success);
    expect(told || standing.ledger_order == 0 || order_named, Invariant::no_false_success);
    expect(told || standing.ledger_payment == 0 || payment_named, Invariant::no_false_success);
    expect(told || !standing.success ||
               (row_order_named && (!standing.asks_payment || row_payment_named)),
           Invariant::no_false_success);
    expect(told || !standing.success || (!other_total && !standing.success_differs),
           Invariant::no_false_success);
    // That was before anybody called it booked.
    expect(told || (!standing.success && !standing.booked) || (!doubled && !canceled),
           Invariant::no_false_success);

    const bool nothing_known = !standing.in_doubt && !standing.booked && !standing.claim_open;
    const bool order_unknown = (orders > 0 || order_may_land) && standing.ledger_order == 0;
    const bool payment_unknown = (payments > 0 || payment_may_land) && standing.ledger_payment == 0;
    expect(told || !nothing_known || (!order_unknown && !payment_unknown),
           Invariant::doubt_is_kept);
    expect(told || !standing.denied || !nothing_known || standing.ledger_order != 0 ||
               (orders == 0 && !order_may_land),
           Invariant::dead_means_not_there);
    expect(
        told || !standing.payment_denied || !nothing_known || (payments == 0 && !payment_may_land),
        Invariant::dead_means_not_there);

    // Where no reading failed.
    expect(!world_.tells_who_paid || state.request_faults > 0 || !standing.called_unpaid ||
               !taken_at_the_till,
           Invariant::paid_is_not_called_unpaid);

    const std::int64_t most = std::max<std::int64_t>(world_.settings.max_attempts, inherited_[i]);
    expect(standing.attempts <= most + 1, Invariant::attempts_are_bounded);
    expect(
        standing.attempts <= state.sends[i] + standing.takeovers + standing.unclear + inherited_[i],
        Invariant::unsent_costs_nothing);
  }
  return broken;
}

// A tick without any fault, in a place of its own.
Broken Machine::tick_cleanly(State& state, int number) {
  constexpr std::uint8_t place = slots_most - 1;
  const std::string name = "Z" + std::to_string(number);
  auto found = begun_.find(name);
  if (found == begun_.end()) {
    found = begun_.emplace(name, workers_.begin({name, "http", world_.settings, {}, {}})).first;
  }
  state.slots[place] = {found->second, Phase::running, 0, {}, state.real_ms};
  while (state.slots[place].phase == Phase::running) {
    const Worker& worker = workers_[state.slots[place].worker];
    Move move{MoveKind::batch, place, 0, 0, 0};
    bool moved = false;
    for (std::uint8_t which = 0; which < worker.out.size() && !moved; ++which) {
      const Asked& asked = worker.out[which];
      if (asked.kind == AskedKind::d1) {
        move.which = which;
        perform(state, move);
        moved = true;
      } else if (asked.kind == AskedKind::fetch) {
        const pos::io::CommandId command = asked.id;
        OutcomeId reply = 0;
        // What is sent now is answered now; of what it breaks other moves have told.
        const Asking& asking = square_.read(asked.path, asked.body);
        Request request{
            state.real_ms, asked.body,      command,          0, Way::out,
            place,         asking.identity, asking.operation, 0, token_of(asked.credential),
            asked.path};
        if (is_shut_out(request)) {
          const Seen& no = seen(RequestFault::unauthorized);
          reply = workers_.outcome(
              {OutcomeKind::replied, texts_.id(no.body), no.status, no.transport, 0});
        } else if (asking.operation == Operation::look) {
          reply = read(state, request, RequestFault::answered);
        } else {
          land(state, request, false);
          reply = request.reply;
        }
        for (Request& each : state.requests) {
          if (each.slot == place && each.command == command) each = {};
        }
        static_cast<void>(tell(state, place, which, reply));
        moved = true;
      }
    }
    if (!moved) return bit(Invariant::comes_to_rest);
    if (is_poisoned(state, place)) {
      kill(state, place);
      return 0;
    }
  }
  return 0;
}

Broken Machine::come_to_rest(State state) {
  for (std::uint8_t slot = 0; slot < slots_most; ++slot) kill(state, slot);
  for (Request& each : state.requests) each = {};
  const auto forget = [&] {
    for (Sighting& each : state.sightings) {
      if (!world_.saves_refusals || each.refused == 0) each = {};
    }
  };
  const auto deaths = [&] {
    if (!world_.spares) return Broken{0};
    for (const Standing& each : digest(state.db).standings) {
      if (each.newest_row == Status::dead) return bit(Invariant::nothing_dies_of_its_account);
    }
    return Broken{0};
  };
  forget();
  state.jumps = state.d1_faults = state.request_faults = state.wrong_reads = 0;
  state.deeds = 0;
  state.events = {};
  state.sends = {};
  for (Slot& each : state.slots) each = {};
  tidy(state, world_.lands_within_ms);
  if (!digest(state.db).any_active) return deaths();
  state.db = databases_.essence(state.db);

  const Fingerprint print = fingerprint_of(state);
  const std::array<std::uint64_t, 2> key = {print.low, print.high};
  const auto found = rests_.find(key);
  if (found != rests_.end()) return found->second;
  Broken broken = 0;
  for (int number = 1; digest(state.db).any_active && broken == 0; ++number) {
    if (number > (world_.poison == nobody ? ticks_most : poisoned_ticks_most)) {
      broken = bit(Invariant::comes_to_rest);
      break;
    }
    broken |= tick_cleanly(state, number);
    forget();
    state.slots[slots_most - 1] = {};
    std::int64_t next = 0;
    for (const std::int64_t each : digest(state.db).boundaries) {
      const std::int64_t real = each - epoch_ms - state.skew_ms;
      if (real > state.real_ms && (next == 0 || real < next)) next = real;
    }
    if (next != 0) state.real_ms = next;
  }
  for (const Standing& each : digest(state.db).standings) {
    if (each.without_reason) broken |= bit(Invariant::comes_to_rest);
  }
  broken |= deaths();
  // An order that kills its workers, or cannot be written down, ends in front of a human, and takes
  // none of the others with it.
  const IdentityId bad = world_.poison != nobody ? world_.poison : world_.unstorable;
  for (std::size_t i = 0; bad != nobody && i < world_.subjects.size(); ++i) {
    const auto& newest = digest(state.db).standings[i].newest_row;
    const Status due = i == bad ? Status::dead : Status::success;
    if (newest != due) broken |= bit(Invariant::comes_to_rest);
  }
  broken |= look(state) & (bit(Invariant::at_most_one_effect) | bit(Invariant::no_false_success) |
                           bit(Invariant::dead_means_not_there) | bit(Invariant::one_active_row));
  rests_.emplace(key, broken);
  return broken;
}

}  // namespace explore
