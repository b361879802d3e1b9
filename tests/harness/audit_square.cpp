#include "harness/audit_square.hpp"

#include <algorithm>
#include <string_view>

#include "base/json/value.hpp"
#include "base/json/writer.hpp"
#include "base/timestamp.hpp"

namespace world {
namespace {

using pos::parse_rfc3339_ms;
using pos::to_rfc3339;

std::string money(std::int64_t amount) {
  return R"({"amount":)" + std::to_string(amount) + R"(,"currency":"TRY"})";
}

std::string quoted(const std::string& text) {
  std::string out;
  pos::json::append_string(out, text);
  return out;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
    i += 2;
  }
  return out;
}

/// The parameter of a query; "" if it is not there.
std::string parameter(const std::string& url, const std::string& name) {
  const std::size_t at = url.find_first_of("?&");
  const std::size_t found = url.find(name + "=", at);
  if (at == std::string::npos || found == std::string::npos) return {};
  const std::size_t begins = found + name.size() + 1;
  return decoded(std::string_view(url).substr(begins, url.find('&', begins) - begins));
}

std::int64_t time_or(const std::string& text, std::int64_t otherwise) {
  return text.empty() ? otherwise : *parse_rfc3339_ms(text);
}

std::int64_t integer_or(const std::string& text, std::int64_t otherwise) {
  return text.empty() ? otherwise : std::stoll(text);
}

constexpr std::int64_t for_ever = std::int64_t{9'000'000'000'000};

}  // namespace

void AuditSquare::sell(const Sold& sold) {
  const std::string at = quoted(to_rfc3339(sold.at_ms));
  const std::string updated =
      quoted(to_rfc3339(sold.updated_ms != 0 ? sold.updated_ms : sold.at_ms));
  const std::string payment = quoted("p-" + sold.id);
  std::string order =
      R"({"id":)" + quoted(sold.id) + R"(,"location_id":)" + quoted(sold.location) +
      R"(,"created_at":)" + at + R"(,"updated_at":)" + updated + R"(,"state":)" +
      quoted(sold.state) + R"(,"total_money":)" + money(sold.total) + R"(,"total_tip_money":)" +
      money(0) + R"(,"net_amount_due_money":)" + money(sold.paid ? 0 : sold.total) +
      R"(,"ticket_name":)" + quoted(sold.table) + R"(,"line_items":[{"uid":"1","name":)" +
      quoted(sold.item) + R"(,"quantity":"1","base_price_money":)" + money(sold.total) + "}]";
  if (!sold.reference.empty()) order += R"(,"reference_id":)" + quoted(sold.reference);
  if (sold.paid) {
    order += R"(,"tenders":[{"id":)" + payment + R"(,"payment_id":)" + payment +
             R"(,"amount_money":)" + money(sold.total) + "}]";
  }
  orders.push_back({sold.at_ms, sold.location, order + sold.more + "}"});
  if (!sold.paid) return;
  payments.push_back({sold.at_ms, sold.location,
                      R"({"id":)" + payment + R"(,"order_id":)" + quoted(sold.id) +
                          R"(,"location_id":)" + quoted(sold.location) + R"(,"created_at":)" + at +
                          R"(,"status":"COMPLETED","source_type":)" + quoted(sold.source) +
                          R"(,"amount_money":)" + money(sold.total) + R"(,"total_money":)" +
                          money(sold.total) +
                          R"(,"processing_fee":[{"type":"INITIAL","amount_money":)" +
                          money(sold.total / 50) + "}]}"});
}

void AuditSquare::refund(const std::string& order_id, std::int64_t amount, std::int64_t at_ms,
                         const std::string& status) {
  refunds.push_back({at_ms, "L1",
                     R"({"id":)" + quoted("r-" + order_id) + R"(,"payment_id":)" +
                         quoted("p-" + order_id) + R"(,"order_id":"return","status":)" +
                         quoted(status) + R"(,"amount_money":)" + money(amount) +
                         R"(,"created_at":)" + quoted(to_rfc3339(at_ms)) + "}"});
}

void AuditSquare::dispute(const std::string& order_id, std::int64_t at_ms) {
  disputes.push_back({at_ms, "L1",
                      R"({"id":)" + quoted("d-" + order_id) +
                          R"(,"state":"PROCESSING","disputed_payment":{"payment_id":)" +
                          quoted("p-" + order_id) + "}}"});
}

SquareReply AuditSquare::page(const char* name, const std::vector<Thing>& things,
                              const std::string& location, std::int64_t from_ms, std::int64_t to_ms,
                              std::size_t limit, const std::string& cursor) const {
  std::vector<const Thing*> all;
  for (const Thing& each : things) {
    const bool wanted = each.location == location && each.at_ms >= from_ms && each.at_ms <= to_ms;
    if (wanted) all.push_back(&each);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Thing* a, const Thing* b) { return a->at_ms < b->at_ms; });
  const auto first = static_cast<std::size_t>(integer_or(cursor, 0));
  const std::size_t last = std::min(all.size(), first + std::min(limit, page_most));
  std::string list;
  for (std::size_t i = first; i < last; ++i) list += (list.empty() ? "" : ",") + all[i]->json;
  std::string body = list.empty() ? "{" : std::string("{\"") + name + "\":[" + list + "]";
  if (last < all.size()) {
    body += std::string(list.empty() ? "" : ",") + R"("cursor":")" + std::to_string(last) + "\"";
  }
  return {200, body + "}"};
}

SquareReply AuditSquare::search(const std::string& text) const {
  pos::json::Document document;
  if (!document.parse(text)) return {400, "{}"};
  const auto body = document.root();
  const std::string location(body["location_ids"].first().text());
  const auto times = body["query"]["filter"]["date_time_filter"].first();
  const bool by_update = times.key() == "updated_at";
  std::vector<Thing> things = orders;
  for (Thing& each : things) {
    pos::json::Document order;
    if (!by_update || !order.parse(each.json)) continue;
    each.at_ms = *parse_rfc3339_ms(order.root()["updated_at"].text());
  }
  const auto limit = static_cast<std::size_t>(body["limit"].integer());
  SquareReply reply =
      page("orders", things, location, time_or(std::string(times["start_at"].text()), 0),
           time_or(std::string(times["end_at"].text()), for_ever), limit,
           std::string(body["cursor"].text()));
  if (std::min(limit, page_most) > fits) return {0, "too large"};
  return reply;
}

SquareReply AuditSquare::answer(const pos::io::FetchCommand& fetch) {
  const std::string path = fetch.url.substr(fetch.url.find("/v2/"));
  asked.push_back(path);
  if (instead) {
    SquareReply reply = instead(fetch);
    if (reply.status != 0) return reply;
  }
  if (path.rfind("/v2/orders/search", 0) == 0) return search(fetch.body);
  if (path.rfind("/v2/locations/", 0) == 0) {
    return {200, R"({"location":{"id":"L1","name":"Kadıköy","business_email":"k@example.com",)"
                 R"("language_code":"tr-TR","currency":"TRY","timezone":")" +
                     time_zone + "\"}}"};
  }
  const std::string location = parameter(path, "location_id");
  const std::int64_t from = time_or(parameter(path, "begin_time"), 0);
  const std::int64_t to = time_or(parameter(path, "end_time"), for_ever);
  const auto limit = static_cast<std::size_t>(integer_or(parameter(path, "limit"), 1000));
  const std::string cursor = parameter(path, "cursor");
  if (path.rfind("/v2/payments", 0) == 0) {
    return page("payments", payments, location, from, to, limit, cursor);
  }
  if (path.rfind("/v2/refunds", 0) == 0) {
    return page("refunds", refunds, location, from, to, limit, cursor);
  }
  if (path.rfind("/v2/disputes", 0) == 0) {
    return page("disputes", disputes, location, 0, for_ever, limit, cursor);
  }
  return {404, "{}"};
}

}  // namespace world
