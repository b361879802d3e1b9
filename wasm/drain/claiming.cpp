#include <algorithm>
#include <utility>

#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "drain/tick.hpp"

namespace pos::drain {
namespace {

using store::Statement;

// An order makes at most two requests, its order and its payment.
constexpr std::int64_t requests_per_order = 2;

// D1 calls that a claim brings with it (itself, freeze, settle), with room to ask each once more.
constexpr std::int64_t d1_calls_per_claim = 6;

constexpr Statement claiming[] = {Statement::claim_open,
                                  Statement::claim_reject_log,
                                  Statement::claim_reject,
                                  Statement::claim_mark,
                                  Statement::claim_audit,
                                  Statement::claim_attempts,
                                  Statement::claim_settle_abandoned,
                                  Statement::claim_take,
                                  Statement::claim_probe,
                                  Statement::claim_close,
                                  Statement::claim_rows,
                                  Statement::claim_more,
                                  Statement::renewal_due,
                                  Statement::schema_guard};
constexpr Statement claiming_suspect[] = {Statement::claim_open,
                                          Statement::claim_reject_log,
                                          Statement::claim_reject,
                                          Statement::claim_mark,
                                          Statement::claim_audit,
                                          Statement::claim_attempts,
                                          Statement::claim_settle_abandoned,
                                          Statement::claim_take_suspect,
                                          Statement::claim_probe,
                                          Statement::claim_close,
                                          Statement::claim_rows,
                                          Statement::claim_more,
                                          Statement::renewal_due,
                                          Statement::schema_guard};

// Of one order: abandoned claims and all other due orders are left to the cron.
constexpr Statement claiming_one[] = {Statement::claim_open, Statement::claim_take_one,
                                      Statement::claim_close, Statement::claim_rows,
                                      Statement::schema_guard};

// Where among them the answers are.
constexpr std::size_t rejected_at = 2;
constexpr std::size_t attempts_at = 5;
constexpr std::size_t rows_at = 10;
constexpr std::size_t more_at = 11;
constexpr std::size_t rows_of_one_at = 3;
constexpr std::size_t renewals_at = 12;

constexpr Statement purging[] = {
    Statement::purge_claims,   Statement::purge_deleted, Statement::purge_claims_cursor,
    Statement::purge_queue,    Statement::purge_deleted, Statement::purge_queue_cursor,
    Statement::purge_audit,    Statement::purge_deleted, Statement::purge_audit_cursor,
    Statement::purge_webhooks, Statement::purge_deleted};
// Where the host keeps the rows of its queue, or deletes them itself.
constexpr Statement purging_all_but_queue[] = {
    Statement::purge_claims,   Statement::purge_deleted, Statement::purge_claims_cursor,
    Statement::purge_audit,    Statement::purge_deleted, Statement::purge_audit_cursor,
    Statement::purge_webhooks, Statement::purge_deleted};

// Each purge walks at most 2,500 rows of each table (purge_sql.hpp). Twenty of them in each of 48
// ticks a day are 2.4 million: more than the rows that a million orders leave in any table.
constexpr std::int64_t purges_most = 20;
// A smaller budget has fewer, and always one.
constexpr std::int64_t subrequests_per_purge = 40;

// The largest random offset into the circle of restaurants.
constexpr std::int64_t start_most = 1'000'000;

// A claim brings at most two megabytes, and one more order (claim.take); what is held already must
// leave them room in a Worker's 128 MB.
constexpr std::size_t held_bytes_most = 4'000'000;

}  // namespace

bool Tick::holds_many_bytes() const {
  std::size_t bytes = 0;
  for (const HeldOrder& order : orders_) {
    bytes +=
        order.request.size() + order.ledger.order_body.size() + order.ledger.payment_body.size();
  }
  return bytes > held_bytes_most;
}

// The next batch is asked for before the last one is done, so that slots do not stand empty; but
// not while a pause is unwritten, for D1 would hand out the paused account's orders. Another
// account's outcomes delay no other account.
bool Tick::wants_to_claim() const {
  if (failed_ || commands_in_flight(CommandPurpose::claim) > 0) return false;
  const bool pause_unwritten =
      std::any_of(orders_.begin(), orders_.end(), [&](const HeldOrder& order) {
        return order.stage >= Stage::gathered && accounts_[order.account].paused;
      });
  if (pause_unwritten || holds_many_bytes()) return false;
  if (alone_ || !more_) {
    return suspect_ && !leaves_suspects_ && orders_.empty() && claim_size() > 0;
  }
  // A look may have to wait for others to end: that keeps no slot busy, and nothing else waits for
  // it.
  const std::int64_t looks =
      std::count_if(orders_.begin(), orders_.end(), [](const HeldOrder& order) {
        return order.stage == Stage::ready && push::is_looking(order.state);
      });
  const std::int64_t waiting =
      count(Stage::to_freeze) + count(Stage::freezing) + count(Stage::ready) - looks;
  return waiting < 2 * settings_.concurrency && looks < settings_.batch_size && claim_size() > 0;
}

// No more than time and subrequests can finish.
std::int64_t Tick::claim_size() const {
  const std::int64_t held = static_cast<std::int64_t>(orders_.size());
  // A suspect that was met is to be claimed behind this tick.
  const std::int64_t for_suspect =
      suspect_ && leaves_suspects_ ? d1_calls_per_claim + requests_per_order : 0;
  const std::int64_t unspent = settings_.subrequest_budget - subrequests_ - d1_calls_per_claim -
                               requests_per_order * held - for_suspect;
  const std::int64_t time_left = settings_.wall_budget_ms - elapsed_ms_ - settings_.push_timeout_ms;
  if (unspent <= 0 || time_left < 0) return 0;
  const std::int64_t latency = std::max<std::int64_t>(latency_ms_, 1);
  const std::int64_t by_time =
      (time_left / latency + 1) * settings_.concurrency - requests_per_order * held;
  return std::max<std::int64_t>(
      0, std::min({settings_.batch_size, unspent / requests_per_order, by_time}));
}

void Tick::claim(io::Commands& out) {
  json::Writer limits;
  limits.begin_object();
  limits.member("batch", claim_size()).member("slots", settings_.concurrency);
  limits.member("lease_ms", settings_.lease_ms);
  limits.member("quiet_ms", settings_.quiet_on_clock_ms());
  limits.member("start", random_.up_to(start_most));
  limits.member("attempts", settings_.max_attempts);
  limits.member("base_ms", settings_.retry_base_ms).member("cap_ms", settings_.retry_cap_ms);
  if (has_stopped_at_) limits.member("restaurant", stopped_at_);
  limits.member_if_any("order_id", only_).member_if_any("provider", only_provider_);
  limits.end_object();

  const bool alone = alone_ || !more_;
  Pending& pending = prepare(CommandPurpose::claim, ++calls_,
                             !only_.empty() ? std::span<const Statement>(claiming_one)
                             : alone        ? std::span<const Statement>(claiming_suspect)
                                            : std::span<const Statement>(claiming));
  pending.command.parameters.push_back(limits.take());
  ask(pending, out);
}

void Tick::claimed(const Pending& pending, json::Value results, io::Commands& out) {
  if (only_.empty()) {
    note_dead(results.at(rejected_at), out);
    note_dead(results.at(attempts_at), out);
  }
  const json::Value rows = results.at(only_.empty() ? rows_at : rows_of_one_at);
  const json::Value answer = results.at(more_at).first();
  const bool found_any = rows.size() > 0;
  more_ = found_any && answer.at(0).integer() != 0;
  suspect_ = (found_any || pending.call == 1) && answer.at(1).integer() != 0;
  past_ = answer.at(3).integer() != 0;

  note_due(results.at(renewals_at));

  std::vector<std::string_view> restaurants;
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    restaurants.push_back(take_in(row, pending).restaurant_id);
  }
  remember_where_it_stopped(answer.at(2).text(), restaurants);
}

// Rows that the claim itself has put in front of a human, among others.
void Tick::note_dead(json::Value rows, io::Commands& out) {
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    if (!row.first().equals("dead")) continue;
    ++tally_.dead;
    log(io::Level::warning, "an order waits for a human",
        concat(row.at(1).text(), ": ", row.at(2).text()), out);
  }
}

HeldOrder& Tick::take_in(json::Value row, const Pending& pending) {
  ++tally_.claimed;
  HeldOrder& order = orders_.emplace_back();
  const json::Value payload = store::read_claimed_row(row, order);
  order.call = pending.call;
  order.asked_at_ms = pending.since_ms;
  order.account = account_of(order, order.call);
  order.refused_at = order.ledger.in_doubt() ? 0 : order.ledger.refused_at;
  order.external_order_id = order.ledger.external_order_id;
  order.external_payment_id = order.ledger.external_payment_id;
  read_payload(order, payload);
  decide(order);
  return order;
}

// The circle of restaurants goes on behind the last one that was served.
void Tick::remember_where_it_stopped(std::string_view begun_at,
                                     const std::vector<std::string_view>& restaurants) {
  std::string_view furthest;
  bool wrapped = false;
  for (const std::string_view each : restaurants) {
    const bool behind = each <= begun_at;
    if (behind && !wrapped) {
      wrapped = true;
      furthest = each;
    } else if (behind == wrapped) {
      furthest = std::max(furthest, each);
    }
  }
  if (restaurants.empty()) return;
  stopped_at_ = furthest;
  has_stopped_at_ = true;
}

// The pause that kept an account's orders back is over if D1 hands one out; but not if it was asked
// before it could know of the pause.
std::uint32_t Tick::account_of(const store::ClaimedRow& row, std::uint32_t call) {
  const auto found = std::find_if(accounts_.begin(), accounts_.end(), [&](const HeldAccount& a) {
    return a.restaurant_id == row.account_key;
  });
  const auto index = static_cast<std::uint32_t>(found - accounts_.begin());
  if (found == accounts_.end()) accounts_.emplace_back().restaurant_id = row.account_key;
  HeldAccount& account = accounts_[index];
  // This tick may have renewed the token since D1 made this answer.
  if (row.token_version >= account.token_version) {
    account.token = row.token;
    account.token_version = row.token_version;
  }
  if (account.paused && call <= account.paused_in_call) return index;
  account.unknown_run = row.unknown_run;
  account.breaker_opens = row.breaker_opens;
  account.pace = row.pace;
  account.refusal = row.refusal;
  account.refusal_run = row.refusal_run;
  account.refusal_began_at = row.refusal_began_at;
  account.paused = false;
  account.paused_in_call = 0;
  return index;
}

// Behind the work of each tick of the cron, however much that was: a queue that is never empty
// would never be purged otherwise. It goes on for as long as there is something to delete.
bool Tick::wants_to_purge() const {
  if (actor_ != "cron" || alone_ || failed_ || !purges_on_) return false;
  if (purges_ == 0) return true;
  return purges_ < std::min(purges_most, settings_.subrequest_budget / subrequests_per_purge) &&
         subrequests_ < settings_.subrequest_budget && elapsed_ms_ < settings_.wall_budget_ms;
}

void Tick::purge(io::Commands& out) {
  ++purges_;
  const bool keeps_queue = settings_.queue_retention_days == 0 || !purges_queue_;
  Pending& pending =
      prepare(CommandPurpose::purge, 0,
              keeps_queue ? std::span<const Statement>(purging_all_but_queue) : std::span(purging));
  pending.command.parameters.push_back(concat(settings_.queue_retention_days));
  ask(pending, out);
}

void Tick::purged(const Pending& pending, json::Value results) {
  std::int64_t deleted = 0;
  for (std::size_t at = 0; at < pending.command.statements.size(); ++at) {
    if (pending.command.statements[at] != Statement::purge_deleted) continue;
    deleted += results.at(at).first().at(0).integer();
  }
  purges_on_ = deleted > 0;
}

// A foreign key or a trigger of the host's keeps what stands in its queue: that is no reason to
// keep all else, nor to fail.
void Tick::purge_refused(std::string_view error, io::Commands& out) {
  log(io::Level::warning,
      "the database keeps old rows of pos_sync_queue: a foreign key or a trigger of yours refuses "
      "the purge. Let it go, or set QUEUE_RETENTION_DAYS to 0",
      concat(error), out);
  purges_queue_ = false;
  --purges_;
}

}  // namespace pos::drain
