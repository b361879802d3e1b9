#include "repair/row.hpp"

#include "account/binding.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "identity/keys.hpp"
#include "square/provider.hpp"
#include "square/refund.hpp"

namespace pos::repair {
namespace {

LookupReason look_of(json::Value text) {
  if (text.equals("conflict")) return LookupReason::conflict;
  return text.equals("refused") ? LookupReason::refused : LookupReason::nothing;
}

std::string body_for(const RepairRow& row, const std::string& location_id, const std::string& key,
                     std::string_view version) {
  if (row.cancels) return square::cancel_body(location_id, number_of(version), key);
  const std::string reason = square::refund_reason(row.survivor_order_id, key);
  return square::refund_body({row.target, row.amount, row.currency}, key, reason, version);
}

push::Ledger ledger_of(const RepairRow& row) {
  push::Ledger ledger;
  ledger.last_sent_at = row.last_sent_at;
  ledger.absent_at = row.absent_at;
  return ledger;
}

push::Limits limits_of(const RepairRow& row, const Settings& settings) {
  push::Limits limits;
  limits.now = row.claimed_at;
  limits.quiet_ms = settings.quiet_on_clock_ms();
  limits.settle_delay_ms = settings.settle_on_clock_ms();
  return limits;
}

std::vector<std::string> read_id_list(json::Value list) {
  std::vector<std::string> ids;
  for (json::Value each = list.first(); each.present(); each = each.next()) {
    ids.emplace_back(each.text());
  }
  return ids;
}

/// What cannot be read, or lacks a fingerprint, was approved by no person.
Approved read_approved(std::string_view text) {
  Approved out;
  json::Document document;
  if (!document.parse(text)) return out;
  const json::Value root = document.root();
  const json::Value survivor = root["survivor"];
  out.total = root["total"].integer();
  out.content = root["content"].text();
  out.payments = read_id_list(root["payments"]);
  out.survivor_paid = survivor["paid"].is(json::Kind::boolean) && survivor["paid"].boolean();
  out.survivor_total = survivor["total"].integer();
  out.survivor_content = survivor["content"].text();
  out.survivor_payments = read_id_list(survivor["payments"]);
  out.is_there = !out.content.empty() && !out.survivor_content.empty();
  return out;
}

}  // namespace

io::Credential RepairRow::credential() const {
  if (token.empty()) return {"SQUARE_ACCESS_TOKEN", {}, {}};
  return {{}, token, account::bound_to(account, "access")};
}

FrozenRequest read_frozen(std::string_view text) {
  FrozenRequest out;
  json::Document request;
  json::Document body;
  if (text.empty() || !request.parse(text)) return out;
  out.text = text;
  out.key = request.root()["key"].text();
  out.square_version = request.root()["square_version"].text();
  out.body = request.root()["body"].text();
  // It was frozen by us, so it can be read.
  if (!body.parse(out.body)) return out;
  const json::Value version = body.root()["order"]["version"];
  out.version = version.present() ? concat(version.integer())
                                  : std::string(body.root()["payment_version_token"].text());
  return out;
}

RepairRow read_repair_row(json::Value row) {
  RepairRow out;
  json::Value cell = row.first();
  const auto next = [&] {
    const json::Value value = cell;
    cell = cell.next();
    return value;
  };
  out.cancels = next().equals("cancel");
  out.target = next().text();
  out.location_id = next().text();
  out.external_order_id = next().text();
  out.survivor_order_id = next().text();
  out.amount = next().integer();
  out.currency = next().text();
  out.pending = next().equals("pending");
  out.generation = next().integer();
  out.frozen = read_frozen(next().text());
  out.first_sent_at = next().integer();
  out.last_sent_at = next().integer();
  out.in_doubt_since = next().integer();
  out.look = look_of(next());
  out.absent_at = next().integer();
  out.external_refund_id = next().text();
  out.attempts = next().integer();
  out.claimed_at = next().integer();
  out.approved = read_approved(next().text());
  out.account = next().text();
  out.token = next().text();
  out.seal = next().text();
  out.sealed = next().text();
  return out;
}

std::string key_of(const RepairRow& row, std::int64_t generation) {
  const Identity identity{row.target, std::string(square::provider_name), generation};
  return idempotency_key(identity, row.cancels ? Operation::cancel : Operation::refund);
}

std::int64_t generation_for(const RepairRow& row, std::string_view version) {
  const bool moves_on = row.frozen.is_there() && row.frozen.version != version;
  return row.generation + (moves_on ? 1 : 0);
}

bool is_of_row(const FrozenRequest& frozen, const RepairRow& row, const std::string& location_id) {
  const std::string key = key_of(row, row.generation);
  return frozen.body == body_for(row, location_id, key, frozen.version);
}

FrozenRequest request_for(const RepairRow& row, const std::string& location_id,
                          std::string_view version, const Settings& settings) {
  const std::string key = key_of(row, generation_for(row, version));
  json::Writer out;
  out.begin_object().member("v", std::int64_t{1}).member("key", key);
  out.member("square_version", settings.square_version);
  out.member("body", body_for(row, location_id, key, version)).end_object();
  return read_frozen(out.text());
}

RepairFacts evidence_of(const RepairRow& row, const Settings& settings) {
  RepairFacts evidence;
  evidence.pending = row.pending;
  evidence.in_doubt = row.in_doubt_since != 0;
  evidence.look = row.look;
  evidence.attempts = row.attempts;
  evidence.generation = row.generation;
  evidence.most_attempts = settings.max_attempts;
  return evidence;
}

RepairEvent absence_of(const RepairRow& row, const Settings& settings) {
  const push::Event proven = push::absence(ledger_of(row), limits_of(row, settings));
  if (proven == push::Event::absent_early) return RepairEvent::absent_early;
  const bool two_looks = proven == push::Event::absent || row.cancels;
  return two_looks ? RepairEvent::absent : RepairEvent::absent_once;
}

std::int64_t next_look_in_ms(const RepairRow& row, const Settings& settings) {
  return push::next_look_in_ms(ledger_of(row), limits_of(row, settings));
}

}  // namespace pos::repair
