#include "ablation/bytes.hpp"

#ifdef POS_SYNC_TEST_SWITCHES

#include "base/json/value.hpp"
#include "base/text.hpp"

namespace pos::ablation {

void alter_key(std::string& body, std::int64_t now, std::int64_t attempts, std::string_view token) {
  std::string end;
  if (!intact(Layer::key_without_time)) append(end, concat(":t", now));
  if (!intact(Layer::key_without_attempt)) append(end, concat(":a", attempts));
  if (!intact(Layer::key_without_random)) append(end, concat(":x", token));
  // No quote is ever part of a key.
  constexpr std::string_view member = "\"idempotency_key\":\"";
  const std::size_t at = body.find(member);
  if (at != std::string::npos) body.insert(body.find('"', at + member.size()), end);
}

void thaw(std::string_view request, push::Ledger& ledger) {
  json::Document document;
  if (request.empty() || !document.parse(request)) return;
  const json::Value mapped = document.root();
  ledger.square_version = mapped["square_version"].text();
  ledger.total = mapped["total"].integer();
  ledger.currency = mapped["currency"].text();
  ledger.order_body = mapped["order"].text();
  ledger.payment_body = mapped["payment"].text();
}

}  // namespace pos::ablation

#endif
