#include <algorithm>
#include <iterator>
#include <list>

#include "base/json/utf8.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "drain/tick.hpp"

namespace pos::drain {
namespace {

using store::Statement;

// What was learned is written at the latest after so many outcomes or so long.
constexpr std::int64_t gather_most = 50;
constexpr std::int64_t gather_ms = 10'000;

// In bytes, of a row's last_error and of the words in an audit line.
constexpr std::size_t text_most = 1100;

constexpr Statement settling[] = {Statement::settle_audit,  Statement::settle_ledger,
                                  Statement::settle_queue,  Statement::settle_accounts,
                                  Statement::settle_claims, Statement::settle_read};
// Where unknown codes are counted if there are any: while the claims are open still.
constexpr std::ptrdiff_t codes_at = 4;

constexpr const char* keep_set_clear[] = {"keep", "set", "clear"};
constexpr const char* none_set_keep[] = {"none", "set", "keep"};

void optional_text(json::Writer& out, const char* name, const std::string& text) {
  out.key(name);
  if (text.empty()) {
    out.null();
  } else {
    out.string(text);
  }
}

/// What the audit keeps beside the event's name.
std::string detail_of(const HeldOrder& order) {
  const Settlement& settlement = order.settlement;
  json::Writer out;
  out.begin_object();
  out.member_if_any("words", settlement.detail);
  out.member_if_any("external_order_id", order.external_order_id);
  out.member_if_any("external_payment_id", order.external_payment_id);
  if (settlement.delay_ms >= 0) out.member("again_in_ms", settlement.delay_ms);
  out.end_object();
  return out.take();
}

void write_order(json::Writer& out, const HeldOrder& order, const std::string& actor) {
  const Settlement& settlement = order.settlement;
  const std::string nothing;
  const bool placed = settlement.touches_ledger || settlement.status == "success";
  out.begin_object().member("key", order.claim_key).member("revision", order.identity.revision);
  out.member("actor", actor).member("event", settlement.event);
  optional_text(out, "status", settlement.status);
  optional_text(out, "error", settlement.error);
  out.member("detail", detail_of(order));
  out.member("attempts", std::int64_t{settlement.burns_attempt});
  out.member("resets", std::int64_t{settlement.resets_attempts});
  out.key("delay_ms");
  if (settlement.delay_ms < 0) {
    out.null();
  } else {
    out.integer(settlement.delay_ms);
  }
  optional_text(out, "external_order_id", placed ? order.external_order_id : nothing);
  optional_text(out, "external_payment_id", placed ? order.external_payment_id : nothing);
  out.member("ledger", std::int64_t{settlement.touches_ledger});
  out.member("sent", std::int64_t{order.sent}).member("booked", std::int64_t{settlement.booked});
  out.member("total_differs", std::int64_t{settlement.total_differs});
  out.member("doubt", keep_set_clear[static_cast<std::size_t>(settlement.doubt)]);
  out.member("absent", keep_set_clear[static_cast<std::size_t>(settlement.absent)]);
  out.member("refused", none_set_keep[static_cast<std::size_t>(settlement.refused)]);
  out.member("refused_at", order.refused_at);
  // Left out, it leaves the reason as it is; the time that has passed has no word in the ledger.
  if (settlement.look != push::Look::none) {
    out.member("look", push::to_string(settlement.look));
  }
  out.member_if_any("code", settlement.unknown_code).end_object();
}

/// What a batch of outcomes says of one account, in the order in which they were gathered.
struct AccountNews {
  std::uint32_t account = 0;
  std::string key;
  bool reset = false;
  bool opens = false;
  bool release = false;
  bool refused = false;
  bool served = false;
  bool refuses = false;  // and nothing was served since
  bool shuts = false;
  bool ended = false;  // a run of refusals, by a success
  bool anew = false;   // another run begins than the one that D1 knows
  std::string refusal;
  std::int64_t refusals = 0;
  std::int64_t unknowns = 0;
  std::int64_t pause_ms = 0;
  std::int64_t token_version = 0;  // the newest that was refused
  bool without_credential = false;
  std::string detail;  // of what speaks against the account

  void hear_refusal(const Settlement& settlement);

  void hear(const HeldOrder& order) {
    key = order.claim_key;
    hear_refusal(order.settlement);
    switch (order.settlement.account) {
      case push::Account::nothing:
        release = true;
        break;
      case push::Account::alive:
        reset = true;
        unknowns = 0;
        break;
      case push::Account::silent:
        ++unknowns;
        detail = order.settlement.detail;
        break;
      case push::Account::refused:
        refused = true;
        [[fallthrough]];
      case push::Account::throttled:
        pause_ms = std::max({pause_ms, order.settlement.pause_ms, std::int64_t{1}});
        detail = order.settlement.detail;
        break;
      case push::Account::unauthorized:
        return hear_no(order);
    }
  }

  void hear_no(const HeldOrder& order) {
    detail = order.settlement.detail;
    if (order.settlement.shuts) return;
    opens = true;
    token_version = std::max(token_version, order.token_version);
    without_credential = order.settlement.without_credential;
  }
};

void AccountNews::hear_refusal(const Settlement& settlement) {
  served = served || settlement.served;
  shuts = shuts || settlement.shuts;
  if (settlement.served || settlement.refuses) refuses = settlement.refuses;
  if (settlement.ends_run) {
    ended = ended || refusals > 0;
    anew = true;
    refusal.clear();
    refusals = 0;
  }
  if (settlement.refusal.empty()) return;
  if (settlement.refusal != refusal) {
    anew = anew || !refusal.empty();
    refusal = settlement.refusal;
    refusals = 0;
  }
  if (!settlement.counts) return;
  ++refusals;
  if (detail.empty()) detail = settlement.detail;
}

const char* reason_of(const AccountNews& news, const HeldAccount& account) {
  if (!news.opens && news.refused) return "look_refused";
  if (!news.opens) return news.pause_ms > 0 ? "throttled" : "";
  if (!news.without_credential) return "unauthorized";
  return account.token.empty() ? "not_set_up" : "token_unreadable";
}

void write_account(json::Writer& out, const AccountNews& news, const HeldAccount& account,
                   const Settings& settings) {
  out.begin_object().member("restaurant", account.restaurant_id).member("key", news.key);
  out.member("reset", std::int64_t{news.reset}).member("unknowns", news.unknowns);
  out.member("opens", std::int64_t{news.opens}).member("release", std::int64_t{news.release});
  out.member("token_version", news.token_version).member("pause_ms", news.pause_ms);
  out.member("served", std::int64_t{news.served}).member("refuses", std::int64_t{news.refuses});
  out.member("shuts", std::int64_t{news.shuts}).member("refusal", news.refusal);
  out.member("refusals", news.refusals).member("anew", std::int64_t{news.anew});
  out.member("ended", std::int64_t{news.ended});
  out.member("reason", reason_of(news, account)).member("detail", news.detail);
  out.member("quiet_ms", settings.quiet_on_clock_ms());
  out.member("base_ms", settings.retry_base_ms).member("cap_ms", settings.retry_cap_ms);
  out.member("slots", settings.concurrency);
  out.end_object();
}

/// Whether the audit line of this settle is there for that claim: then the settle has won.
bool has_line(json::Value lines, const std::string& claim_key) {
  json::Value line = lines.first();
  while (line.present() && line.first().text() != claim_key) line = line.next();
  return line.present();
}

}  // namespace

// What an outcome says ends in D1, with a limit whatever it was made of.
void Tick::gather(HeldOrder& order) {
  for (std::string* text : {&order.settlement.detail, &order.settlement.error}) {
    if (text->size() > text_most) text->resize(json::cut(*text, text_most).size());
  }
  order.stage = Stage::gathered;
  order.gathered_at_ms = elapsed_ms_;
}

void Tick::settle(io::Commands& out) {
  // The oldest call first: its lease ends first. What is settled is no longer gathered.
  for (std::uint32_t call = 1; call <= calls_; ++call) {
    if (is_due_to_settle(call)) settle_call(call, out);
  }
}

// A claim call's orders are written together, unless some of them take long or an account's pause
// has to be known to others.
bool Tick::is_due_to_settle(std::uint32_t call) const {
  std::int64_t gathered = 0;
  bool others = false;
  bool old = false;
  bool pauses = false;
  for (const HeldOrder& order : orders_) {
    if (order.call != call) continue;
    if (order.stage == Stage::settling) return false;  // one settle of a call at a time
    if (order.stage < Stage::gathered) others = true;
    if (order.stage != Stage::gathered) continue;
    ++gathered;
    old = old || elapsed_ms_ - order.gathered_at_ms >= gather_ms || order.lot != 0;
    pauses = pauses || accounts_[order.account].paused;
  }
  return gathered > 0 && (!others || gathered >= gather_most || old || pauses);
}

void Tick::settle_call(std::uint32_t call, io::Commands& out) {
  json::Writer list;
  list.begin_array();
  ++batches_;
  bool counts = false;
  std::list<AccountNews> news;
  const auto first = std::find_if(orders_.begin(), orders_.end(), [&](const HeldOrder& order) {
    return order.call == call && order.stage == Stage::gathered;
  });
  for (HeldOrder& order : orders_) {
    if (order.call != call || order.stage != Stage::gathered || order.lot != first->lot) continue;
    order.stage = Stage::settling;
    order.batch = batches_;
    write_order(list, order, actor_);
    counts = counts || !order.settlement.unknown_code.empty();
    auto found = std::find_if(news.begin(), news.end(),
                              [&](const AccountNews& n) { return n.account == order.account; });
    if (found == news.end()) {
      news.emplace_back().account = order.account;
      found = std::prev(news.end());
    }
    found->hear(order);
  }
  list.end_array();

  json::Writer accounts;
  accounts.begin_array();
  for (const AccountNews& each : news) {
    write_account(accounts, each, accounts_[each.account], settings_);
  }
  accounts.end_array();

  const bool refusals =
      std::any_of(news.begin(), news.end(), [](const AccountNews& n) { return n.refusals > 0; });

  Pending& pending = prepare(CommandPurpose::settle, call, settling);
  if (refusals) {
    // Behind the accounts, and while the claims are open still.
    std::vector<Statement>& batch = pending.command.statements;
    batch.insert(batch.begin() + codes_at, {Statement::settle_back_line, Statement::settle_back});
  }
  if (counts) {
    std::vector<Statement>& batch = pending.command.statements;
    batch.insert(batch.begin() + codes_at, Statement::settle_codes);
  }
  pending.command.parameters.push_back(list.take());
  pending.command.parameters.push_back(accounts.take());
  ask(pending, out);
}

void Tick::settled(const Pending& pending, json::Value results, io::Commands& out) {
  // The last answer of the batch.
  const json::Value lines = results.at(results.size() - 1);
  for (const HeldOrder& order : orders_) {
    if (order.batch != pending.batch || order.stage != Stage::settling) continue;
    if (has_line(lines, order.claim_key)) {
      count_settled(order);
      welcome_back(order);
      // A look has settled what kept it: nothing stands against going on with it now.
      if (order.settlement.delay_ms == 0) more_ = !failed_;
      if (order.settlement.status == "dead") {
        log(io::Level::warning, "an order waits for a human",
            concat(order.identity.order_id, ": ", order.settlement.error), out);
      }
    } else {
      ++tally_.lost;
      log(io::Level::warning, "a settle came too late: another worker holds the order",
          order.claim_key, out);
    }
  }
  forget(pending.batch, Stage::settling);
}

// The one order that probed has found its account alive: the others need not wait for another tick.
void Tick::welcome_back(const HeldOrder& order) {
  HeldAccount& account = accounts_[order.account];
  // Given back because of a token that has been replaced since.
  if (order.settlement.account == push::Account::unauthorized &&
      order.token_version < account.token_version) {
    more_ = !failed_;
  }
  if (order.settlement.account != push::Account::alive || account.breaker_opens == 0) return;
  account.breaker_opens = 0;
  more_ = !failed_;
}

void Tick::count_settled(const HeldOrder& order) {
  const std::string& status = order.settlement.status;
  if (status == "success") ++tally_.booked;
  if (status == "failed") ++tally_.failed;
  if (status == "dead") ++tally_.dead;
  if (status.empty()) ++tally_.given_back;
}

// Wakes the tick up when gathered outcomes have waited long enough.
void Tick::set_timer(io::Commands& out) {
  if (commands_in_flight(CommandPurpose::timer) > 0) return;
  std::int64_t oldest = -1;
  for (const HeldOrder& order : orders_) {
    if (order.stage != Stage::gathered) continue;
    if (oldest < 0 || order.gathered_at_ms < oldest) oldest = order.gathered_at_ms;
  }
  if (oldest < 0) return;
  Pending& timer = pending_.emplace_back();
  timer.id = next_id_++;
  timer.purpose = CommandPurpose::timer;
  timer.since_ms = elapsed_ms_;
  out.emplace_back(
      io::SleepCommand{timer.id, std::max<std::int64_t>(1, gather_ms - (elapsed_ms_ - oldest))});
}

}  // namespace pos::drain
