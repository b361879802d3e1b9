// A restaurant with an account, what it has sold, and a Square that answers from a script: what a
// reconciliation is tried on.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "harness/database.hpp"
#include "harness/duration.hpp"
#include "harness/history.hpp"
#include "identity/keys.hpp"
#include "reconcile/reconciliation.hpp"
#include "square/bodies.hpp"
#include "square/payload.hpp"
#include "store/statements.hpp"

namespace shop {

using duration::day;
using duration::hour;
using pos::concat;
using pos::to_rfc3339;
using pos::io::DoneCommand;
using pos::json::Document;
using pos::json::Value;
using pos::json::Writer;
using pos::runtime::RepairRequest;

inline const std::string evening = "2026-11-21T18:03:11Z";

inline std::int64_t ms_of(const std::string& time) {
  return pos::parse_rfc3339(time).value_or(0) * 1000;
}

/// How far the clocks of two time zones are ahead, as the runtime knows it.
inline std::int64_t offset_of(const std::string& zone, std::int64_t at_ms) {
  if (zone == "Europe/Istanbul") return 3 * hour;
  const bool summer = at_ms < ms_of("2026-10-25T01:00:00Z");
  return zone == "Europe/Dublin" && summer ? hour : 0;
}

inline std::string date_of(const std::string& zone, std::int64_t at_ms) {
  return to_rfc3339(at_ms + offset_of(zone, at_ms)).substr(0, 10);
}

/// What the shell answers to a DayBoundariesCommand, found hour by hour.
inline std::string days_of(const std::string& zone, std::int64_t from_ms, std::int64_t to_ms) {
  std::vector<std::pair<std::string, std::int64_t>> days;
  for (std::int64_t at = (from_ms / hour - 30) * hour;; at += hour) {
    const std::string date = date_of(zone, at);
    if (!days.empty() && days.back().first == date) continue;
    days.emplace_back(date, at);
    if (at >= to_ms) break;
  }
  while (days.size() > 1 && days[1].second <= from_ms) days.erase(days.begin());
  Writer out;
  out.begin_array();
  for (const auto& [date, at] : days) out.begin_array().string(date).integer(at).end_array();
  out.end_array();
  return out.take();
}

struct Thing {
  std::string id;
  std::int64_t at_ms = 0;
  std::string json;
};

struct Script {
  std::vector<Thing> orders;
  std::vector<Thing> payments;
  std::vector<Thing> refunds;
  std::string zone = "Europe/Istanbul";
  std::size_t page = 1000;
  bool hides_orders = false;    // from searches
  bool hides_payments = false;  // from lists
  std::vector<std::string> urls;
  std::vector<std::string> bodies;
  std::map<std::string, std::int64_t> limit_of;  // of the query that a cursor came of
  /// Answers in its stead: a status and a body; 0 is none.
  std::function<std::pair<int, std::string>(const std::string& url)> mischief;

  std::pair<int, std::string> answer(const pos::io::FetchCommand& command) {
    const std::string path = command.url.substr(std::string("https://square.test").size());
    urls.push_back(path);
    bodies.push_back(command.body);
    if (mischief) {
      const auto spoilt = mischief(path);
      if (spoilt.first != 0) return spoilt;
    }
    if (path.rfind("/v2/locations/", 0) == 0) {
      return {200, R"({"location":{"id":"L1","currency":"TRY","timezone":")" + zone + R"("}})"};
    }
    if (path == "/v2/orders/search") return search(command.body);
    if (path == "/v2/orders/batch-retrieve") return retrieve(command.body);
    if (path.rfind("/v2/payments/", 0) == 0) return one_payment(path.substr(13));
    const bool refunding = path.rfind("/v2/refunds", 0) == 0;
    return list(path, refunding ? refunds : payments, refunding ? "refunds" : "payments");
  }

  std::pair<int, std::string> search(const std::string& body) const {
    Document asked;
    REQUIRE(asked.parse(body));
    const Value range = asked.root()["query"]["filter"]["date_time_filter"]["created_at"];
    REQUIRE(asked.root()["location_ids"].first().text() == "L1");
    const std::string from(range["start_at"].text());
    const std::string to(range["end_at"].text());
    const auto limit = static_cast<std::size_t>(asked.root()["limit"].integer());
    return cut(hides_orders ? std::vector<Thing>{} : orders, from, to,
               std::string(asked.root()["cursor"].text()), std::min(limit, page), "orders");
  }

  static std::string parameter(const std::string& path, const std::string& name) {
    const std::size_t at = path.find(name + "=");
    if (at == std::string::npos) return {};
    std::string text = path.substr(at + name.size() + 1);
    text = text.substr(0, text.find('&'));
    for (std::size_t i = 0; (i = text.find("%3A")) != std::string::npos;) text.replace(i, 3, ":");
    return text;
  }

  std::pair<int, std::string> list(const std::string& path, const std::vector<Thing>& things,
                                   const char* name) const {
    REQUIRE(parameter(path, "location_id") == "L1");
    const std::string to = parameter(path, "end_time");
    return cut(hides_payments ? std::vector<Thing>{} : things, parameter(path, "begin_time"),
               to.empty() ? "9999-01-01T00:00:00.000Z" : to, parameter(path, "cursor"),
               std::min<std::size_t>(100, page), name);
  }

  static std::pair<int, std::string> cut(const std::vector<Thing>& all, const std::string& from,
                                         const std::string& to, const std::string& cursor,
                                         std::size_t limit, const char* name) {
    const std::size_t skip = cursor.empty() ? 0 : static_cast<std::size_t>(std::stoul(cursor));
    std::size_t place = 0;
    std::size_t count = 0;
    bool more = false;
    Writer out;
    out.begin_object().array(name);
    for (const Thing& each : all) {
      const std::string at = to_rfc3339(each.at_ms);
      if (at < from || at > to || place++ < skip) continue;
      if (count == limit) {
        more = true;
        break;
      }
      ++count;
      out.raw(each.json);
    }
    out.end_array();
    if (more) out.member("cursor", concat(static_cast<std::int64_t>(skip + count)));
    return {200, out.end_object().take()};
  }

  std::pair<int, std::string> retrieve(const std::string& body) const {
    Document asked;
    REQUIRE(asked.parse(body));
    Writer out;
    out.begin_object().array("orders");
    const Value ids = asked.root()["order_ids"];
    for (Value id = ids.first(); id.present(); id = id.next()) {
      for (const Thing& each : orders) {
        if (id.text() == each.id) out.raw(each.json);
      }
    }
    return {200, out.end_array().end_object().take()};
  }

  std::pair<int, std::string> one_payment(const std::string& id) const {
    for (const Thing& each : payments) {
      if (each.id == id) return {200, concat(R"({"payment":)", each.json, "}")};
    }
    return {404, R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"NOT_FOUND"}]})"};
  }
};

inline std::string item(std::int64_t price, const std::string& rate,
                        const std::string& quantity = "1") {
  return concat(R"({"name":"Adana","quantity":")", quantity, R"(","unit_price":)", price,
                R"(,"tax_percentage":")", rate, R"("})");
}

inline std::string payload(const std::string& items, const std::string& placed_at,
                           const std::string& more = "") {
  return concat(R"({"currency":"TRY","placed_at":")", placed_at, R"(","items":[)", items, "]", more,
                "}");
}

/// A restaurant's world: what it has sold, and what stands at its Square.
struct Shop {
  world::Database database;
  Script square;
  std::string restaurant;
  std::int64_t wall_ms = 0;  // how long each answer of Square's takes
  std::int64_t subrequests = 900;
  std::int64_t concurrency = 6;
  std::string d1_error;     // how every batch of D1 fails; "": none does
  std::string location;     // SQUARE_LOCATION_ID
  bool one_by_one = false;  // answers come alone, the oldest question's first
  /// Hears of every command that the job gives, its end included.
  std::function<void(const pos::io::Command&)> hears;

  explicit Shop(std::string id = "adana") : restaurant(std::move(id)) {
    if (restaurant.empty()) return;
    database.execute(concat("INSERT INTO pos_accounts (restaurant_id, location_id) VALUES ('",
                            restaurant, "', 'L1')"));
  }

  /// Books an order as a push does: the ledger has its bytes, and Square's id.
  void push(const std::string& id, const std::string& payload_text, std::int64_t at_ms,
            const std::string& external_id = "", std::int64_t revision = 1) {
    Document document;
    REQUIRE(document.parse(payload_text));
    pos::square::Order order;
    REQUIRE(pos::square::read_payload(document.root(), order).empty());
    const pos::Identity identity{id, "square", revision};
    Writer request;
    request.begin_object().member("order", pos::square::create_order_body(identity, order, "L1"));
    request.member("payment", pos::square::create_payment_body(identity, order, "L1"));
    request.end_object();
    database.execute(
        "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, request, "
        "first_sent_at, booked_at, external_order_id) VALUES (?1, 'square', ?2, ?3, ?4, "
        "CAST(?5 AS INTEGER), CAST(?5 AS INTEGER), nullif(?6, ''))",
        {id, concat(revision), restaurant, request.text(), concat(at_ms), external_id});
  }

  /// A row of the queue, as an older pusher has left it.
  void adopt(const std::string& id, const std::string& payload_text, std::int64_t at_ms) {
    database.execute(
        "INSERT INTO pos_sync_queue (order_id, restaurant_id, payload, status, created_at) "
        "VALUES (?1, ?2, ?3, 'success', datetime(?4 / 1000, 'unixepoch'))",
        {id, restaurant, payload_text, concat(at_ms)});
  }

  /// An order at Square, with the payment that has paid it; `tax` is a JSON list of taxes.
  void stand(const std::string& id, const std::string& reference, std::int64_t at_ms,
             std::int64_t gross, const std::string& taxes, std::int64_t tip = 0,
             std::int64_t refunded = 0, const std::string& metadata = "{}") {
    Writer order;
    const auto money = [&](const char* name, std::int64_t amount) {
      order.object(name).member("amount", amount).member("currency", "TRY").end_object();
    };
    order.begin_object().member("id", id).member("location_id", "L1");
    order.member("created_at", to_rfc3339(at_ms)).member("state", "COMPLETED");
    order.member("reference_id", reference).key("metadata").raw(metadata);
    order.key("taxes").raw(taxes);
    money("total_money", gross + tip);
    money("total_tip_money", tip);
    money("net_amount_due_money", 0);
    order.array("tenders").begin_object().member("id", "P" + id).end_object().end_array();
    square.orders.push_back({id, at_ms, order.end_object().take()});
    Writer payment;
    payment.begin_object().member("id", "P" + id).member("order_id", id);
    payment.member("location_id", "L1").member("status", "COMPLETED");
    payment.member("created_at", to_rfc3339(at_ms + 1000));
    payment.object("total_money").member("amount", gross + tip).member("currency", "TRY");
    payment.end_object().object("refunded_money").member("amount", refunded);
    payment.member("currency", "TRY").end_object().array("refund_ids");
    if (refunded > 0) payment.string("R" + id);
    payment.end_array().end_object();
    square.payments.push_back({"P" + id, at_ms + 1000, payment.take()});
  }

  /// Gives the money of an order back.
  void refund(const std::string& id, std::int64_t amount) {
    for (Thing& each : square.payments) {
      if (each.id != "P" + id) continue;
      const std::string before = R"("refunded_money":{"amount":0)";
      const std::size_t at = each.json.find(before);
      REQUIRE(at != std::string::npos);
      each.json.replace(at, before.size(), concat(R"("refunded_money":{"amount":)", amount));
    }
  }

  DoneCommand ask(const std::string& from, const std::string& to, bool csv = false) {
    RepairRequest request;
    request.route = pos::runtime::RepairRoute::reconcile;
    request.restaurant_id = restaurant;
    request.from = from;
    request.to = to;
    request.csv = csv;
    request.context.id = "request-1";
    request.context.settings.base_url = "https://square.test";
    request.context.settings.subrequest_budget = subrequests;
    request.context.settings.concurrency = concurrency;
    request.context.settings.location_id = location;
    pos::reconcile::Reconciliation job(std::move(request));
    pos::io::Commands commands;
    job.start(commands);
    world::note(commands);
    std::int64_t elapsed_ms = 0;
    std::list<pos::io::Command> waiting;
    for (int rounds = 0; rounds < 10'000; ++rounds) {
      for (const pos::io::Command& each : commands) {
        if (hears) hears(each);
        const auto* done = std::get_if<DoneCommand>(&each);
        if (done == nullptr) {
          waiting.push_back(each);
          continue;
        }
        CHECK(done == std::get_if<DoneCommand>(&commands.back()));
        // Whatever is answered now comes too late.
        std::list<Document> documents;
        std::list<std::string> texts;
        pos::io::Input late;
        late.elapsed_ms = elapsed_ms;
        for (const pos::io::Command& asked : waiting) {
          late.outcomes.push_back(perform(asked, documents, texts));
        }
        pos::io::Commands behind;
        job.step(late, behind);
        CHECK(behind.empty());
        return *done;
      }
      // What outcomes point to lives until the job has seen them.
      std::list<Document> documents;
      std::list<std::string> texts;
      pos::io::Input input;
      REQUIRE_FALSE(waiting.empty());
      CHECK(std::count_if(waiting.begin(), waiting.end(), [](const pos::io::Command& each) {
              return std::holds_alternative<pos::io::FetchCommand>(each);
            }) <= concurrency);
      do {
        const pos::io::Command& each = waiting.front();
        if (std::holds_alternative<pos::io::FetchCommand>(each)) elapsed_ms += wall_ms;
        input.outcomes.push_back(perform(each, documents, texts));
        waiting.pop_front();
      } while (!one_by_one && !waiting.empty());
      input.elapsed_ms = elapsed_ms;
      commands.clear();
      job.step(input, commands);
      world::note(commands);
    }
    FAIL("the job does not end");
    return {};
  }

  pos::io::Outcome perform(const pos::io::Command& command, std::list<Document>& documents,
                           std::list<std::string>& texts) {
    pos::io::Outcome outcome;
    if (const auto* d1 = std::get_if<pos::io::D1Command>(&command)) {
      outcome.id = d1->id;
      outcome.kind =
          d1_error.empty() ? pos::io::OutcomeKind::d1_done : pos::io::OutcomeKind::d1_failed;
      outcome.error = d1_error;
      REQUIRE(documents.emplace_back().parse(database.batch(d1->statements, d1->parameters)));
      outcome.results = documents.back().root();
    } else if (const auto* days = std::get_if<pos::io::DayBoundariesCommand>(&command)) {
      outcome.id = days->id;
      outcome.kind = square.zone == "Mars" ? pos::io::OutcomeKind::unknown_time_zone
                                           : pos::io::OutcomeKind::day_boundaries;
      const std::string told = days_of(days->time_zone, days->from_ms, days->to_ms);
      REQUIRE(documents.emplace_back().parse(told));
      outcome.results = documents.back().root();
    } else if (const auto* sleep = std::get_if<pos::io::SleepCommand>(&command)) {
      outcome.id = sleep->id;
      outcome.kind = pos::io::OutcomeKind::slept;
    } else {
      const auto& fetch = std::get<pos::io::FetchCommand>(command);
      auto [status, body] = square.answer(fetch);
      outcome.id = fetch.id;
      outcome.kind = pos::io::OutcomeKind::replied;
      outcome.reply.transport =
          status < 0 ? pos::net::Transport::too_large : pos::net::Transport::replied;
      outcome.reply.status = status;
      outcome.reply.body = texts.emplace_back(std::move(body));
      outcome.reply.retry_after = status == 429 ? "7" : "";
    }
    return outcome;
  }
};

inline std::string tax(const std::string& rate, std::int64_t amount) {
  return concat(R"([{"uid":"t1","percentage":")", rate, R"(","applied_money":{"amount":)", amount,
                R"(,"currency":"TRY"}}])");
}

}  // namespace shop
