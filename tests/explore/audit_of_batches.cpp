#include "explore/audit_of_batches.hpp"

#include <algorithm>
#include <map>

#include "base/json/value.hpp"

namespace explore {
namespace {

using pos::store::Statement;

/// One batch with everything that its checks look at.
struct Batch {
  const Facts& before;
  const Facts& after;
  const std::string& token;
  const pos::io::D1Command& command;
  std::int64_t now;
  const pos::Settings& settings;
  Broken broken = 0;

  void expect(bool holds, Invariant invariant) {
    if (!holds) broken |= bit(invariant);
  }
  [[nodiscard]] bool owns(const ClaimFact* claim) const {
    return claim != nullptr && claim->open && claim->holder == token;
  }
};

// That a row was brought back, or frozen once more, has a line beside that of its own change.
std::size_t lines_of(const Facts& facts, IdentityId identity, const std::string& token) {
  return static_cast<std::size_t>(
      std::count_if(facts.lines.begin(), facts.lines.end(), [&](const LineFact& line) {
        return line.identity == identity && line.token == token && line.event != "brought_back" &&
               line.event != "frozen_again";
      }));
}

std::size_t new_lines(const Batch& batch, IdentityId identity) {
  return lines_of(batch.after, identity, batch.token) -
         lines_of(batch.before, identity, batch.token);
}

bool says(const Batch& batch, IdentityId identity, const char* event) {
  return std::any_of(batch.after.lines.begin(), batch.after.lines.end(), [&](const LineFact& line) {
    return line.identity == identity && line.token == batch.token && line.event == event;
  });
}

bool has_looked(const Batch& batch, const LedgerFact& old) {
  return says(batch, old.identity, "look_absent") ||
         says(batch, old.identity, "look_found_canceled") ||
         says(batch, old.identity, "look_total_differs");
}

/// Both looks that found nothing count: by then all that was sent had landed and showed in a
/// search, and what showed late to the first was there for the second. They began with their
/// claims.
bool looked_twice(const Batch& batch, const LedgerFact& old) {
  const auto claim =
      std::find_if(batch.before.claims.begin(), batch.before.claims.end(),
                   [&](const ClaimFact& each) { return each.identity == old.identity; });
  if (claim == batch.before.claims.end()) return false;
  const std::int64_t settle = batch.settings.settle_on_clock_ms();
  return old.absent_at >= old.last_sent_at + batch.settings.quiet_on_clock_ms() + settle &&
         claim->claimed_at >= old.absent_at + settle;
}

/// What holds for every batch of the core.
void check_always(Batch& batch) {
  for (const LedgerFact& old : batch.before.ledger) {
    const LedgerFact* now = batch.after.ledger_of(old.identity);
    batch.expect(now != nullptr, Invariant::doubt_is_kept);
    if (now == nullptr) continue;
    batch.expect(!old.frozen || now->request == old.request || (old.refused && !old.in_doubt),
                 Invariant::frozen_bytes_never_change);
    const bool undone = says(batch, old.identity, "mark_undone");
    batch.expect(!old.booked || undone ||
                     (now->booked && now->external_order_id == old.external_order_id &&
                      now->external_payment_id == old.external_payment_id),
                 Invariant::booked_stays_booked);
    // Only what was learned ends a doubt: an id, or two looks.
    const bool ends = old.in_doubt && !now->in_doubt && !now->booked;
    batch.expect(!ends || now->external_order_id != old.external_order_id || has_looked(batch, old),
                 Invariant::doubt_is_kept);
    batch.expect(!ends || !says(batch, old.identity, "look_absent") || looked_twice(batch, old),
                 Invariant::absent_is_seen_twice);
  }
  for (const LineFact& line : batch.before.lines) {
    batch.expect(std::find(batch.after.lines.begin(), batch.after.lines.end(), line) !=
                     batch.after.lines.end(),
                 Invariant::one_line_per_transition);
  }
  for (const ClaimFact& old : batch.before.claims) {
    if (!old.open || old.holder == batch.token || old.lease_until <= batch.now) continue;
    const ClaimFact* now = batch.after.claim_of(old.order_id);
    batch.expect(now != nullptr && *now == old, Invariant::a_held_claim_is_nobody_elses);
  }
}

/// No tick changes a row that has come to rest.
void check_rest(Batch& batch) {
  for (const QueueFact& old : batch.before.rows) {
    const QueueFact* now = batch.after.row_of(old.id);
    const bool back = old.code == "rejected" || old.code == "payment_rejected";
    batch.expect(old.active() || (now != nullptr && *now == old) ||
                     (back && says(batch, old.identity, "brought_back")),
                 Invariant::rest_is_left_alone);
  }
}

void check_settle(Batch& batch) {
  check_rest(batch);
  for (const ClaimFact& old : batch.before.claims) {
    const ClaimFact* now = batch.after.claim_of(old.order_id);
    const bool mine = batch.owns(&old);
    if (!mine) {
      batch.expect(now != nullptr && *now == old, Invariant::stale_release_frees_nobody);
    }
    const bool released = mine && now != nullptr && !now->open;
    batch.expect(new_lines(batch, old.identity) == (released ? 1U : 0U),
                 Invariant::one_line_per_transition);
  }
  for (const LedgerFact& old : batch.before.ledger) {
    const ClaimFact* claim = nullptr;
    for (const ClaimFact& each : batch.before.claims) {
      if (each.identity == old.identity) claim = &each;
    }
    const LedgerFact* now = batch.after.ledger_of(old.identity);
    batch.expect(batch.owns(claim) || (now != nullptr && *now == old),
                 Invariant::stale_settle_writes_nothing);
  }
  for (const QueueFact& old : batch.before.rows) {
    const QueueFact* now = batch.after.row_of(old.id);
    if (now == nullptr || *now == old) continue;
    const bool mine =
        std::any_of(batch.before.claims.begin(), batch.before.claims.end(), [&](const auto& c) {
          return batch.owns(&c) && c.row_id == old.id && c.identity == old.identity;
        });
    batch.expect(mine || says(batch, old.identity, "brought_back"),
                 Invariant::stale_settle_writes_nothing);
    // Who says that nothing was booked may not be in doubt about it. That it was canceled at Square
    // does not say so: a payment may stand.
    const LedgerFact* ledger = batch.after.ledger_of(now->identity);
    const bool denies =
        now->status == Status::dead &&
        (now->code == "rejected" || now->code == "attempts_exhausted" ||
         now->code == "payment_rejected" || now->code == "paid_elsewhere" ||
         now->code == "key_conflict" ||
         (now->code == "canceled" && !says(batch, now->identity, "look_found_canceled")));
    batch.expect(!denies || ledger == nullptr || !ledger->in_doubt,
                 Invariant::dead_means_not_there);
    const bool tried = now->attempts != old.attempts || now->status != old.status ||
                       now->next_attempt_at != old.next_attempt_at;
    const LedgerFact* known = batch.before.ledger_of(now->identity);
    const bool sent = ledger != nullptr && ledger->last_sent_at == batch.now &&
                      (known == nullptr || known->last_sent_at != batch.now);
    // A definite no with nothing in doubt leaves nothing that could still land.
    if (tried && sent && now->status == Status::failed && !ledger->refused) {
      batch.expect(now->next_attempt_at >= batch.now + batch.settings.quiet_on_clock_ms(),
                   Invariant::retries_keep_quiet);
    }
  }
}

void check_freeze(Batch& batch) {
  check_rest(batch);
  for (const LedgerFact& now : batch.after.ledger) {
    const LedgerFact* old = batch.before.ledger_of(now.identity);
    if (old != nullptr && *old == now) continue;
    const bool mine =
        std::any_of(batch.before.claims.begin(), batch.before.claims.end(),
                    [&](const auto& c) { return batch.owns(&c) && c.identity == now.identity; });
    batch.expect(mine, Invariant::stale_freeze_writes_nothing);
  }
}

/// A claim that its owner has left behind, seen from this call.
bool abandoned(const Batch& batch, const ClaimFact& claim) {
  return claim.open && !claim.holder.empty() && claim.lease_until <= batch.now;
}

void check_takeover(Batch& batch, const ClaimFact& old) {
  const ClaimFact* now = batch.after.claim_of(old.order_id);
  batch.expect(now != nullptr && (!now->open || now->holder == batch.token),
               Invariant::leaves_nothing_due);
  batch.expect(new_lines(batch, old.identity) == 1, Invariant::one_line_per_transition);
  const QueueFact* row = batch.before.row_of(old.row_id);
  const QueueFact* then = batch.after.row_of(old.row_id);
  const bool ends = row != nullptr && row->active() && then != nullptr && !then->active();
  batch.expect(!ends || row->attempts >= batch.settings.max_attempts,
               Invariant::attempts_are_bounded);
  const LedgerFact* known = batch.before.ledger_of(old.identity);
  const LedgerFact* marked = batch.after.ledger_of(old.identity);
  // What was refused for good is frozen once more before anything of it is sent.
  const bool sendable = known != nullptr && known->frozen && !known->booked && !known->refused;
  if (sendable && marked != nullptr) {
    batch.expect(marked->in_doubt && marked->last_sent_at >= old.lease_until &&
                     marked->first_sent_at != 0 && marked->first_sent_at <= old.claimed_at,
                 Invariant::doubt_is_kept);
  }
}

/// Whether a row may be taken, by the rules alone.
bool may_take(const Batch& batch, const QueueFact& row, const ClaimFact* claim, bool suspects) {
  if (!row.active() || row.next_attempt_at > batch.now) return false;
  const bool left = claim != nullptr && abandoned(batch, *claim);
  if (claim != nullptr && claim->open && !left) return false;
  // What no worker can hold ends with the call, what has used up its attempts with its takeover;
  // and what is taken over again backs off.
  const QueueFact* now = batch.after.row_of(row.id);
  if (now != nullptr && (!now->active() || (left && now->next_attempt_at > batch.now)))
    return false;
  const std::int64_t takeovers = claim == nullptr ? 0 : claim->takeovers + (left ? 1 : 0);
  if ((takeovers >= 2) != suspects) return false;
  const AccountFact& account = batch.before.account_of(row.restaurant);
  if (!account.active || account.paused_until > batch.now) return false;
  const LedgerFact* marked = batch.after.ledger_of(row.identity);
  return marked == nullptr || !marked->in_doubt ||
         marked->last_sent_at + batch.settings.quiet_on_clock_ms() <= batch.now;
}

/// How many of a claim's orders may be an account's: one where its breaker is open, and its share
/// of the slots where it was throttled.
std::int64_t most_of(const AccountFact& account, std::int64_t room, const pos::Settings& settings) {
  if (account.breaker_opens > 0) return 1;
  if (account.pace == 0) return room;
  return std::max<std::int64_t>(1, room * account.pace / settings.concurrency);
}

void check_claim(Batch& batch) {
  check_rest(batch);
  if (std::find(batch.command.statements.begin(), batch.command.statements.end(),
                Statement::claim_take_one) != batch.command.statements.end()) {
    return;  // of one order: what was left behind is a later call's, and nothing else is taken
  }
  for (const ClaimFact& old : batch.before.claims) {
    if (abandoned(batch, old)) check_takeover(batch, old);
  }
  const bool suspects = std::find(batch.command.statements.begin(), batch.command.statements.end(),
                                  Statement::claim_take_suspect) != batch.command.statements.end();
  pos::json::Document limits;
  if (!limits.parse(batch.command.parameters.at(1))) return;
  const std::int64_t room = suspects ? 1 : limits.root()["batch"].integer();

  std::int64_t eligible = 0;
  std::int64_t taken = 0;
  std::map<const AccountFact*, std::int64_t> given;
  for (const QueueFact& row : batch.before.rows) {
    const ClaimFact* claim = batch.before.claim_of(row.order_id);
    const ClaimFact* now = batch.after.claim_of(row.order_id);
    const bool mine_before =
        batch.owns(claim) && claim->row_id == row.id && !abandoned(batch, *claim);
    const bool mine = batch.owns(now) && now->row_id == row.id && !mine_before;
    const bool may = may_take(batch, row, claim, suspects);
    if (mine) {
      ++taken;
      batch.expect(may && now->claimed_at == batch.now &&
                       now->lease_until == batch.now + batch.settings.lease_ms,
                   Invariant::takes_only_what_is_due);
    }
    if (!may) continue;
    const AccountFact& account = batch.before.account_of(row.restaurant);
    if (!suspects && ++given[&account] > most_of(account, room, batch.settings)) continue;
    ++eligible;
  }
  batch.expect(taken <= std::min(room, eligible), Invariant::takes_only_what_is_due);
  batch.expect(taken >= std::min(room, eligible), Invariant::leaves_nothing_due);
}

/// A call that is asked again, for its reply was lost.
void check_repeated_claim(Batch& batch) {
  batch.expect(batch.before.claims == batch.after.claims && batch.before.rows == batch.after.rows &&
                   batch.before.ledger == batch.after.ledger,
               Invariant::repeats_take_nothing);
}

void check_operator(Batch& batch) {
  for (const QueueFact& old : batch.before.rows) {
    const QueueFact* now = batch.after.row_of(old.id);
    const bool changed = now == nullptr || !(*now == old);
    if (!changed) continue;
    batch.expect(new_lines(batch, old.identity) == 1, Invariant::one_line_per_transition);
    // A wish to cancel may stand beside a claim that its owner has left behind.
    const bool wish = says(batch, old.identity, "cancel_asked");
    for (const ClaimFact& claim : batch.before.claims) {
      batch.expect(
          claim.identity != old.identity || !claim.open || (wish && claim.lease_until <= batch.now),
          Invariant::a_held_claim_is_nobody_elses);
    }
  }
}

/// An event of a webhook: doubts are due, and nothing else is.
void check_hint(Batch& batch) {
  check_rest(batch);
  bool same =
      batch.before.claims == batch.after.claims && batch.before.ledger == batch.after.ledger;
  for (const QueueFact& old : batch.before.rows) {
    const QueueFact* now = batch.after.row_of(old.id);
    if (now == nullptr || *now == old) continue;
    QueueFact due = *now;
    due.next_attempt_at = old.next_attempt_at;
    const LedgerFact* ledger = batch.before.ledger_of(old.identity);
    same = same && due == old && now->next_attempt_at == batch.now && ledger != nullptr &&
           ledger->in_doubt;
  }
  batch.expect(same, Invariant::a_hint_settles_nothing);
}

}  // namespace

Broken check_batch(const Facts& before, const Facts& after, const pos::io::D1Command& command,
                   std::int64_t now_ms, const pos::Settings& settings) {
  static const std::string nothing;
  const std::string& token = command.parameters.empty() ? nothing : command.parameters.front();
  Batch batch{before, after, token, command, now_ms, settings};
  const Statement first = command.statements.front();
  if (first == Statement::purge_claims) return 0;
  check_always(batch);
  if (first == Statement::claim_open) {
    if (before.called(token)) {
      check_repeated_claim(batch);
    } else {
      check_claim(batch);
    }
  }
  if (first == Statement::freeze_write) check_freeze(batch);
  if (first == Statement::settle_audit) check_settle(batch);
  if (first == Statement::operator_line) check_operator(batch);
  if (first == Statement::webhook_event) check_hint(batch);
  return batch.broken;
}

}  // namespace explore
