#include "harness/square_read_model.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <tuple>
#include <utility>

#include "base/json/value.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"

namespace world {
namespace {

using pos::json::Document;
using pos::json::Kind;
using pos::json::Value;
using pos::json::Writer;

// SearchOrdersRequest.limit: "Default: 500, maximum 1000"; ListPayments: 100 and 100.
constexpr std::int64_t orders_on_a_page = 500;
constexpr std::int64_t payments_on_a_page = 100;
constexpr std::size_t retrieved_at_once = 100;
constexpr std::size_t locations_at_once = 10;

constexpr std::string_view orders_path = "/v2/orders";
constexpr std::string_view payments_path = "/v2/payments";

std::string_view without_query(std::string_view path) { return path.substr(0, path.find('?')); }

/// Milliseconds of an RFC 3339 time in UTC; nothing where it is none.
std::optional<std::int64_t> unix_ms(std::string_view text) {
  std::array<int, 7> part{};
  char zone = 0;
  const std::string copy(text);
  const int read = std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3d%c", &part[0], &part[1],
                               &part[2], &part[3], &part[4], &part[5], &part[6], &zone);
  const int whole = read == 8
                        ? 8
                        : std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%c", &part[0], &part[1],
                                      &part[2], &part[3], &part[4], &part[5], &zone);
  if ((read != 8 && whole != 7) || zone != 'Z') return std::nullopt;
  if (read != 8) part[6] = 0;
  using namespace std::chrono;
  const sys_days day = year(part[0]) / part[1] / part[2];
  const auto at = day + hours(part[3]) + minutes(part[4]) + seconds(part[5]);
  return duration_cast<milliseconds>(at.time_since_epoch()).count() + part[6];
}

/// The value as it came, with all that is in it.
void copy(Writer& out, Value value) {
  switch (value.kind()) {
    case Kind::missing:
    case Kind::null:
      out.null();
      return;
    case Kind::boolean:
      out.boolean(value.boolean());
      return;
    case Kind::integer:
      out.integer(value.integer());
      return;
    case Kind::number:
      out.raw(value.text());
      return;
    case Kind::string:
      out.string(value.text());
      return;
    case Kind::array:
      out.begin_array();
      for (Value each = value.first(); !each.is(Kind::missing); each = each.next()) {
        copy(out, each);
      }
      out.end_array();
      return;
    case Kind::object:
      out.begin_object();
      for (Value each = value.first(); !each.is(Kind::missing); each = each.next()) {
        out.key(each.key());
        copy(out, each);
      }
      out.end_object();
      return;
  }
}

std::int64_t sum_of_lines(Value order) {
  std::int64_t total = 0;
  for (Value line = order["line_items"].first(); line.present(); line = line.next()) {
    total += pos::number_of(line["quantity"].text()) * line["base_price_money"]["amount"].integer();
  }
  return total;
}

void write_money(Writer& out, const char* name, std::int64_t amount, std::string_view currency) {
  out.object(name).member("amount", amount).member("currency", currency).end_object();
}

/// What was sent, and what Square adds to it.
void write_order(Writer& out, const OrderThere& order, std::size_t padding) {
  Document document;
  static_cast<void>(document.parse(order.body));
  const Value sent = document.root()["order"];
  const std::string_view currency =
      sent["line_items"].first()["base_price_money"]["currency"].text();
  const std::int64_t total = sum_of_lines(sent) + order.more;
  const bool paid = !order.payments.empty() || order.completed;
  out.begin_object().member("id", order.id);
  for (Value each = sent.first(); !each.is(Kind::missing); each = each.next()) {
    out.key(each.key());
    copy(out, each);
  }
  out.member("state", order.canceled ? "CANCELED" : paid ? "COMPLETED" : "OPEN");
  out.member("version", std::int64_t{1} + (order.canceled ? 1 : 0) + (paid ? 1 : 0));
  out.member("created_at", rfc3339(order.created_at_ms));
  write_money(out, "total_money", total, currency);
  write_money(out, "net_amount_due_money", paid || order.canceled ? 0 : total, currency);
  if (!order.payments.empty()) {
    out.array("tenders");
    for (const std::string& each : order.payments) {
      out.begin_object().member("id", each).member("payment_id", each).member("type", "OTHER");
      out.end_object();
    }
    out.end_array();
  }
  if (padding > 0) out.member("note", std::string(padding, '.'));
  out.end_object();
}

void write_payment(Writer& out, const PaymentThere& payment) {
  Document document;
  static_cast<void>(document.parse(payment.body));
  const Value sent = document.root();
  out.begin_object().member("id", payment.id).member("status", "COMPLETED");
  out.member("created_at", rfc3339(payment.created_at_ms));
  out.member("order_id", sent["order_id"].text());
  out.member("location_id", sent["location_id"].text());
  out.member("reference_id", sent["reference_id"].text());
  out.key("amount_money");
  copy(out, sent["amount_money"]);
  write_money(out, "total_money",
              sent["amount_money"]["amount"].integer() + sent["tip_money"]["amount"].integer(),
              sent["amount_money"]["currency"].text());
  out.end_object();
}

/// One page of a list that is sorted by when things were made. Its cursor is where the next page
/// begins: the time and the id of the last one, so that what shows up late shifts nothing.
template <typename Thing>
std::vector<const Thing*> page_of(std::vector<const Thing*> all, bool descending,
                                  std::string_view cursor, std::int64_t limit,
                                  std::string& next_cursor) {
  const auto place = [](const Thing* thing) {
    return std::pair(thing->created_at_ms, std::string_view(thing->id));
  };
  std::sort(all.begin(), all.end(), [&](const Thing* a, const Thing* b) {
    return descending ? place(b) < place(a) : place(a) < place(b);
  });
  if (!cursor.empty()) {
    const std::size_t dot = cursor.find('.');
    const std::pair from(pos::number_of(cursor.substr(0, dot)), cursor.substr(dot + 1));
    std::erase_if(all, [&](const Thing* each) {
      return descending ? !(place(each) < from) : !(from < place(each));
    });
  }
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, limit));
  if (all.size() > most) {
    all.resize(most);
    next_cursor = pos::concat(all.back()->created_at_ms, ".", all.back()->id);
  }
  return all;
}

template <typename Thing, typename Write>
std::string list_reply(const char* name, const std::vector<const Thing*>& page,
                       const std::string& cursor, Write write) {
  Writer out;
  out.begin_object();
  // Square leaves an empty list out.
  if (!page.empty()) {
    out.array(name);
    for (const Thing* each : page) write(out, *each);
    out.end_array();
  }
  out.member_if_any("cursor", cursor).end_object();
  return out.take();
}

SquareReply bad(const char* code, std::string_view detail) { return refused(400, code, detail); }

bool has_text(Value list, std::string_view text) {
  for (Value each = list.first(); each.present(); each = each.next()) {
    if (each.text() == text) return true;
  }
  return false;
}

/// A time range of a filter; both ends are inside. False where an end is no time.
struct Range {
  std::int64_t from = 0;
  std::int64_t to = INT64_MAX;

  bool set(std::string_view start, std::string_view end) {
    if (!start.empty()) {
      const auto at = unix_ms(start);
      if (!at) return false;
      from = *at;
    }
    if (!end.empty()) {
      const auto at = unix_ms(end);
      if (!at) return false;
      to = *at;
    }
    return true;
  }
  [[nodiscard]] bool holds(std::int64_t ms) const { return from <= ms && ms <= to; }
};

SquareReply search(const SquareReadModel& read_model, Value request) {
  const Value locations = request["location_ids"];
  if (locations.size() == 0 || locations.size() > locations_at_once) {
    return bad("BAD_REQUEST", "location_ids: expected 1 to 10");
  }
  const Value filter = request["query"]["filter"];
  const Value sort = request["query"]["sort"];
  const Value created = filter["date_time_filter"]["created_at"];
  // "sort_field must match the filtered field" (SearchOrdersDateTimeFilter).
  if (created.present() && sort.present() && sort["sort_field"].text() != "CREATED_AT") {
    return bad("BAD_REQUEST", "sort_field: expected CREATED_AT");
  }
  Range range;
  if (!range.set(created["start_at"].text(), created["end_at"].text())) {
    return bad("INVALID_TIME", "created_at: expected a time of RFC 3339");
  }
  std::int64_t limit = orders_on_a_page;
  if (request["limit"].present()) limit = request["limit"].integer();
  if (limit < 1 || limit > 1000) return bad("VALUE_TOO_HIGH", "limit: expected 1 to 1000");

  const Value sources = filter["source_filter"]["source_names"];
  std::vector<const OrderThere*> found;
  for (const OrderThere& each : read_model.orders) {
    Document document;
    if (!range.holds(each.created_at_ms) || !document.parse(each.body)) continue;
    const Value order = document.root()["order"];
    if (!has_text(locations, order["location_id"].text())) continue;
    if (sources.present() && !has_text(sources, order["source"]["name"].text())) continue;
    found.push_back(&each);
  }
  std::string cursor;
  const auto page =
      page_of(std::move(found), sort["sort_order"].text() != "ASC", request["cursor"].text(),
              std::min(limit, read_model.page_most), cursor);
  return {200, list_reply("orders", page, cursor,
                          [](Writer& out, const OrderThere& each) { write_order(out, each, 0); })};
}

SquareReply retrieve(const SquareReadModel& read_model, std::string_view id) {
  for (const OrderThere& each : read_model.orders) {
    if (each.id == id) return {200, order_reply(each)};
  }
  return refused(404, "NOT_FOUND", pos::concat("Order not found for id ", id));
}

// Ids that it does not know are left out without a word.
SquareReply batch_retrieve(const SquareReadModel& read_model, Value request) {
  const Value ids = request["order_ids"];
  if (ids.size() == 0 || ids.size() > retrieved_at_once) {
    return bad("BAD_REQUEST", "order_ids: expected 1 to 100");
  }
  std::vector<const OrderThere*> found;
  for (Value id = ids.first(); id.present(); id = id.next()) {
    for (const OrderThere& each : read_model.orders) {
      if (each.id == id.text()) found.push_back(&each);
    }
  }
  return {200, list_reply("orders", found, "",
                          [](Writer& out, const OrderThere& each) { write_order(out, each, 0); })};
}

/// One parameter of a query, with what is percent-encoded in it made plain.
std::string parameter(std::string_view path, std::string_view name) {
  std::size_t at = path.find('?');
  while (at != std::string_view::npos) {
    const std::string_view rest = path.substr(at + 1);
    const std::string_view pair = rest.substr(0, rest.find('&'));
    if (pair.substr(0, pair.find('=')) == name && pair.size() > name.size()) {
      std::string text;
      const std::string_view value = pair.substr(name.size() + 1);
      for (std::size_t i = 0; i < value.size(); ++i) {
        int byte = 0;
        if (value[i] == '%' && i + 2 < value.size()) {
          std::from_chars(value.data() + i + 1, value.data() + i + 3, byte, 16);
          i += 2;
        }
        text += byte != 0 ? static_cast<char>(byte) : value[i];
      }
      return text;
    }
    at = path.find('&', at + 1);
  }
  return {};
}

SquareReply list_payments(const SquareReadModel& read_model, std::string_view path) {
  Range range;
  if (!range.set(parameter(path, "begin_time"), parameter(path, "end_time"))) {
    return bad("INVALID_TIME", "begin_time: expected a time of RFC 3339");
  }
  // Without a location it lists the main one's only, and no restaurant of ours is that.
  const std::string location = parameter(path, "location_id");
  std::vector<const PaymentThere*> found;
  for (const PaymentThere& each : read_model.payments) {
    Document document;
    if (!range.holds(each.created_at_ms) || !document.parse(each.body)) continue;
    if (document.root()["location_id"].text() == location) found.push_back(&each);
  }
  const std::string asked = parameter(path, "limit");
  const std::int64_t limit =
      asked.empty() ? payments_on_a_page : std::min(payments_on_a_page, pos::number_of(asked));
  std::string cursor;
  const auto page =
      page_of(std::move(found), parameter(path, "sort_order") != "ASC", parameter(path, "cursor"),
              std::min(limit, read_model.page_most), cursor);
  return {200, list_reply("payments", page, cursor,
                          [](Writer& out, const PaymentThere& each) { write_payment(out, each); })};
}

}  // namespace

Call call_of(std::string_view path) {
  const std::string_view plain = without_query(path);
  if (plain == payments_path) {
    return plain.size() == path.size() ? Call::create_payment : Call::list_payments;
  }
  if (plain == orders_path) return Call::create_order;
  if (plain.substr(0, orders_path.size() + 1) != "/v2/orders/") return Call::unknown;
  const std::string_view rest = plain.substr(orders_path.size() + 1);
  if (rest == "search") return Call::search_orders;
  if (rest == "batch-retrieve") return Call::batch_retrieve;
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return Call::retrieve_order;
  return rest.substr(slash) == "/pay" ? Call::pay_order : Call::unknown;
}

std::string_view order_id_in(std::string_view path) {
  const std::string_view rest = without_query(path).substr(orders_path.size() + 1);
  return rest.substr(0, rest.find('/'));
}

SquareReply refused(int status, const char* code, std::string_view detail) {
  Writer out;
  out.begin_object().array("errors").begin_object();
  out.member("category", "INVALID_REQUEST_ERROR").member("code", code).member("detail", detail);
  out.end_object().end_array().end_object();
  return {status, out.take()};
}

SquareReply SquareReadModel::read(std::string_view path, std::string_view body) const {
  Document document;
  const Call call = call_of(path);
  if ((call == Call::search_orders || call == Call::batch_retrieve) && !document.parse(body)) {
    return bad("BAD_REQUEST", "no JSON");
  }
  switch (call) {
    case Call::search_orders:
      return search(*this, document.root());
    case Call::retrieve_order:
      return retrieve(*this, order_id_in(path));
    case Call::batch_retrieve:
      return batch_retrieve(*this, document.root());
    case Call::list_payments:
      return list_payments(*this, path);
    case Call::create_order:
    case Call::create_payment:
    case Call::pay_order:
    case Call::unknown:
      break;
  }
  return refused(404, "NOT_FOUND", pos::concat("nothing is read at ", path));
}

std::string order_reply(const OrderThere& order, std::size_t padding) {
  Writer out;
  out.begin_object().key("order");
  write_order(out, order, padding);
  out.end_object();
  return out.take();
}

std::string payment_reply(const PaymentThere& payment) {
  Writer out;
  out.begin_object().key("payment");
  write_payment(out, payment);
  out.end_object();
  return out.take();
}

std::int64_t total_of(const OrderThere& order) {
  Document document;
  return document.parse(order.body) ? sum_of_lines(document.root()["order"]) + order.more : 0;
}

std::string rfc3339(std::int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> at{milliseconds(unix_ms)};
  const sys_days day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()));
  return text.data();
}

}  // namespace world
