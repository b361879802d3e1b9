#include "explore/facts.hpp"

#include <algorithm>
#include <stdexcept>

namespace explore {
namespace {

/// Walks a row's columns from left to right.
class Reader {
 public:
  explicit Reader(const Row& row) : row_(row) {}

  std::string text() {
    const auto& column = row_.columns[at_++];
    return column ? *column : std::string();
  }
  std::int64_t integer() {
    const auto& column = row_.columns[at_++];
    return column ? std::stoll(*column) : 0;
  }
  /// True if the next column is not NULL; does not pass it.
  [[nodiscard]] bool present() const { return row_.columns[at_].has_value(); }
  void skip(std::size_t columns = 1) { at_ += columns; }

 private:
  const Row& row_;
  std::size_t at_ = 0;
};

IdentityId identity_of(const std::vector<Subject>& subjects, const std::string& order_id,
                       std::int64_t revision) {
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    if (subjects[i].order_id == order_id && subjects[i].revision == revision) {
      return static_cast<IdentityId>(i);
    }
  }
  return nobody;
}

Status status_of(const std::string& word) {
  if (word == "pending") return Status::pending;
  if (word == "failed") return Status::failed;
  return word == "success" ? Status::success : Status::dead;
}

QueueFact read_queue(Reader row, const std::vector<Subject>& subjects) {
  QueueFact fact;
  fact.id = row.integer();
  fact.order_id = row.text();
  row.skip();  // provider
  fact.restaurant = row.text();
  fact.identity = identity_of(subjects, fact.order_id, row.integer());
  fact.payload = row.text();
  fact.status = status_of(row.text());
  fact.attempts = row.integer();
  fact.next_attempt_at = row.integer();
  fact.external_order_id = row.text();
  fact.external_payment_id = row.text();
  fact.error = row.text();
  if (fact.status == Status::dead) fact.code = fact.error.substr(0, fact.error.find(':'));
  return fact;
}

constexpr std::size_t order_of_a_claim = 6;

ClaimFact read_claim(Reader row, const std::vector<Subject>& subjects) {
  ClaimFact fact;
  fact.key = row.text();
  fact.holder = row.text();
  fact.claimed_at = row.integer();
  fact.lease_until = row.integer();
  fact.open = !row.present();
  row.skip();
  fact.row_id = row.integer();
  fact.order_id = row.text();
  row.skip();  // provider
  fact.identity = identity_of(subjects, fact.order_id, row.integer());
  fact.takeovers = row.integer();
  return fact;
}

LedgerFact read_ledger(Reader row, const std::vector<Subject>& subjects) {
  LedgerFact fact;
  const std::string order_id = row.text();
  row.skip();  // provider
  fact.identity = identity_of(subjects, order_id, row.integer());
  fact.restaurant = row.text();
  fact.fingerprint = row.text();
  fact.frozen = row.present();
  fact.request = row.text();
  // The frozen request holds its members as texts: a payment that is asked for begins its own.
  fact.asks_payment = fact.request.find(R"("payment":"{)") != std::string::npos;
  fact.first_sent_at = row.integer();
  fact.last_sent_at = row.integer();
  fact.in_doubt = row.present();
  fact.in_doubt_since = row.integer();
  fact.look_because = row.text();
  fact.absent_at = row.integer();
  fact.booked = row.present();
  row.skip();
  fact.external_order_id = row.text();
  fact.external_payment_id = row.text();
  row.skip();  // total_differs
  fact.refused = row.present();
  return fact;
}

LineFact read_line(Reader row, const std::vector<Subject>& subjects) {
  LineFact fact;
  const std::string order_id = row.text();
  row.skip();  // provider
  fact.identity = identity_of(subjects, order_id, row.integer());
  fact.token = row.text();
  fact.event = row.text();
  return fact;
}

AccountFact read_account(Reader row) {
  AccountFact fact;
  fact.restaurant = row.text();
  row.skip(2);  // provider, location
  fact.token = row.text();
  fact.active = row.text() == "active";
  fact.paused_until = row.integer();
  fact.pause_reason = row.text();
  fact.unknown_run = row.integer();
  fact.breaker_opens = row.integer();
  fact.refresh_token = row.text();
  fact.token_version = row.integer();
  row.skip(3);  // token_expires_at to renewal_holder
  fact.renewal_at = row.integer();
  row.skip();  // renewal_error
  fact.pace = row.integer();
  return fact;
}

}  // namespace

Facts read_facts(const Databases& databases, DbId id, const std::vector<Subject>& subjects) {
  Facts facts;
  for (const std::uint32_t number : databases.rows_of(id)) {
    const Row& row = databases.row(number);
    switch (static_cast<Table>(row.table)) {
      case Table::queue:
        facts.rows.push_back(read_queue(Reader(row), subjects));
        break;
      case Table::claims: {
        const std::string& key = *row.columns.front();
        // A stranger's holds whatever he likes.
        if (key.rfind("tick:", 0) == 0) {
          facts.calls.push_back(key.substr(5));
        } else if (row.columns[order_of_a_claim]) {
          facts.claims.push_back(read_claim(Reader(row), subjects));
        }
        break;
      }
      case Table::ledger:
        facts.ledger.push_back(read_ledger(Reader(row), subjects));
        break;
      case Table::audit:
        facts.lines.push_back(read_line(Reader(row), subjects));
        break;
      case Table::accounts:
        facts.accounts.push_back(read_account(Reader(row)));
        break;
      case Table::cursors:
      case Table::sequence:
      case Table::events:
      case Table::codes:
      case Table::hosts:
      case Table::repairs:
      case Table::repair_log:
      case Table::repair_orders:
      case Table::groups:
      case Table::audits:
      case Table::places:
        break;
    }
  }
  return facts;
}

const LedgerFact* Facts::ledger_of(IdentityId identity) const {
  const auto found = std::find_if(ledger.begin(), ledger.end(),
                                  [&](const LedgerFact& l) { return l.identity == identity; });
  return found == ledger.end() ? nullptr : &*found;
}

bool Facts::called(const std::string& token) const {
  return std::find(calls.begin(), calls.end(), token) != calls.end();
}

const ClaimFact* Facts::claim_of(std::string_view order_id) const {
  const auto found = std::find_if(claims.begin(), claims.end(),
                                  [&](const ClaimFact& c) { return c.order_id == order_id; });
  return found == claims.end() ? nullptr : &*found;
}

const QueueFact* Facts::row_of(std::int64_t id) const {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const QueueFact& r) { return r.id == id; });
  return found == rows.end() ? nullptr : &*found;
}

const QueueFact* Facts::active_row_of(IdentityId identity) const {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const QueueFact& r) {
    return r.identity == identity && r.active();
  });
  return found == rows.end() ? nullptr : &*found;
}

const AccountFact& Facts::account_of(const std::string& restaurant) const {
  const AccountFact* worker = nullptr;
  for (const AccountFact& each : accounts) {
    if (each.restaurant == restaurant) return each;
    if (each.restaurant.empty()) worker = &each;
  }
  if (worker == nullptr) throw std::logic_error("there is no default account");
  return *worker;
}

}  // namespace explore
