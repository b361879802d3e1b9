// What a repair makes of each single thing that Square shows before it destroys: the whole of what
// is read, one change at a time, without a database.
#include "repair/inquiry.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "harness/duration.hpp"
#include "square/order_content.hpp"

namespace repair_inspection_test {

using pos::repair::Finding;
using pos::repair::Inquiry;
using pos::repair::RepairRow;
using pos::repair::RepairState;
using Event = pos::repair::RepairEvent;

namespace {

/// What Square shows at each path; what it does not know answers 404.
using Square = std::map<std::string, std::string>;

struct Seen {
  Finding finding;
  std::vector<std::string> paths;
};

pos::net::Reply replied(int status, const std::string& body) {
  pos::net::Reply reply;
  reply.transport = pos::net::Transport::replied;
  reply.status = status;
  reply.body = body;
  return reply;
}

const std::string not_found =
    R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"NOT_FOUND"}]})";

/// Walks an inspection to its end.
Seen inspect(const RepairRow& row, RepairState state, const Square& square) {
  Seen seen;
  Inquiry inspection(row, state);
  for (int i = 0; i < 300; ++i) {
    seen.paths.push_back(inspection.next_path(row));
    const auto body = square.find(seen.paths.back());
    const auto found = inspection.read(
        row, body == square.end() ? replied(404, not_found) : replied(200, body->second));
    if (!found) continue;
    seen.finding = *found;
    return seen;
  }
  FAIL("the inspection does not come to its end");
  return seen;
}

std::string order(const std::string& id, const std::string& payments, const std::string& due,
                  const std::string& state = "OPEN") {
  std::string tenders;
  for (std::size_t at = 0; at < payments.size(); at += 3) {
    const std::string payment = payments.substr(at, 2);
    tenders += std::string(tenders.empty() ? "" : ",") + R"({"id":"t-)" + payment +
               R"(","payment_id":")" + payment + "\"}";
  }
  return R"({"order":{"id":")" + id + R"(","state":")" + state +
         R"(","version":4,"location_id":"L1","created_at":"2026-08-01T12:00:00Z",)"
         R"("line_items":[{"name":"Adana","quantity":"1","base_price_money":{"amount":35000}}],)"
         R"("total_money":{"amount":35000,"currency":"TRY"},)"
         R"("net_amount_due_money":{"amount":)" +
         due + R"(,"currency":"TRY"},"tenders":[)" + tenders + "]}}";
}

std::string payment(const std::string& id, const std::string& order_id,
                    const std::string& source = "CARD") {
  return R"({"payment":{"id":")" + id + R"(","order_id":")" + order_id +
         R"(","location_id":"L1","status":"COMPLETED","source_type":")" + source +
         R"(","total_money":{"amount":35000,"currency":"TRY"},"version_token":"v1"}})";
}

std::string refund(const std::string& id, const std::string& status, const std::string& reason,
                   const std::string& amount = "35000", const std::string& of = "P2") {
  return R"({"id":")" + id + R"(","payment_id":")" + of + R"(","status":")" + status +
         R"(","amount_money":{"amount":)" + amount + R"(,"currency":"TRY"},"reason":")" + reason +
         "\"}";
}

const std::string refunds_from =
    "/v2/refunds?location_id=L1&begin_time=1970-01-10T00%3A00%3A00.000Z&sort_order=ASC&limit=100";
const std::string disputes = "/v2/disputes?location_id=L1";

std::string content_of(const std::string& body) {
  pos::json::Document document;
  REQUIRE(document.parse(body));
  return pos::square::content_fingerprint(document.root()["order"]);
}

/// P2 of O2 is to be refunded; O1, which P1 has paid, stays.
RepairRow row_of_refund() {
  RepairRow row;
  row.target = "P2";
  row.location_id = "L1";
  row.external_order_id = "O2";
  row.survivor_order_id = "O1";
  row.amount = 35000;
  row.currency = "TRY";
  row.first_sent_at = duration::day * 10;
  row.approved.is_there = true;
  row.approved.total = 35000;
  row.approved.content = content_of(order("O2", "P2", "0"));
  row.approved.payments = {"P2"};
  row.approved.survivor_paid = true;
  row.approved.survivor_total = 35000;
  row.approved.survivor_content = content_of(order("O1", "P1", "0"));
  row.approved.survivor_payments = {"P1"};
  return row;
}

Square square_of_refund() {
  return {{"/v2/payments/P2", payment("P2", "O2")},
          {"/v2/orders/O2", order("O2", "P2", "0")},
          {"/v2/orders/O1", order("O1", "P1", "0")},
          {"/v2/payments/P1", payment("P1", "O1")},
          {disputes, "{}"},
          {refunds_from, "{}"}};
}

/// O2, which is open and unpaid, is to be canceled.
RepairRow row_of_cancel() {
  RepairRow row = row_of_refund();
  row.cancels = true;
  row.target = "O2";
  row.amount = 0;
  row.approved.payments.clear();
  return row;
}

Square square_of_cancel() {
  Square square = square_of_refund();
  square["/v2/orders/O2"] = order("O2", "", "35000");
  return square;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  CAPTURE(text);
  CAPTURE(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

struct Change {
  const char* path;
  const char* from;
  const char* to;
  Event event;
  const char* says;  // in the detail
};

void check(const RepairRow& row, Square square, const Change& change, RepairState state) {
  CAPTURE(change.path);
  CAPTURE(change.to);
  const std::string path = change.path;
  square[path] = replaced(square.at(path), change.from, change.to);
  const Seen seen = inspect(row, state, square);
  CAPTURE(seen.finding.detail);
  CHECK(seen.finding.event == change.event);
  CHECK(seen.finding.detail.find(change.says) != std::string::npos);
}

}  // namespace

TEST_CASE("a refund goes out only behind payment, copy, survivor, its payments and the disputes") {
  const Seen seen = inspect(row_of_refund(), RepairState::surveying, square_of_refund());
  CHECK(seen.finding.event == Event::clear);
  CHECK(seen.finding.version == "v1");
  CHECK(seen.finding.location_id == "L1");
  CHECK(seen.paths == std::vector<std::string>{"/v2/payments/P2", "/v2/orders/O2", "/v2/orders/O1",
                                               "/v2/payments/P1", disputes});
}

TEST_CASE("a cancel goes out only behind copy, survivor, its payments and the disputes") {
  const Seen seen = inspect(row_of_cancel(), RepairState::surveying, square_of_cancel());
  CHECK(seen.finding.event == Event::clear);
  CHECK(seen.finding.version == "4");
  CHECK(seen.finding.location_id == "L1");
  CHECK(seen.paths ==
        std::vector<std::string>{"/v2/orders/O2", "/v2/orders/O1", "/v2/payments/P1", disputes});
}

TEST_CASE(
    "each thing that a payment shows otherwise than it was approved keeps it from its refund") {
  const char* p2 = "/v2/payments/P2";
  for (const Change& each : std::vector<Change>{
           {p2, "COMPLETED", "APPROVED", Event::changed, "the payment is APPROVED"},
           {p2, "COMPLETED", "CANCELED", Event::changed, "the payment is CANCELED"},
           {p2, R"("amount":35000)", R"("amount":35001)", Event::changed,
            "35001 TRY, approved 35000 TRY"},
           {p2, "TRY", "EUR", Event::changed, "35000 EUR, approved 35000 TRY"},
           {p2, R"("order_id":"O2")", R"("order_id":"O9")", Event::changed, "for order O9"},
           {p2, R"("order_id":"O2",)", "", Event::changed, "for order"},
           {p2, R"("id":"P2")", R"("id":"P3")", Event::unclear, "P2 cannot be read"},
           {p2, R"("status":"COMPLETED",)", "", Event::unclear, "P2 cannot be read"},
           {p2, R"("version_token")", R"("refund_ids":["R1"],"version_token")", Event::unclear, ""},
           {p2, R"("version_token")",
            R"("refunded_money":{"amount":1,"currency":"TRY"},"version_token")", Event::unclear,
            "1 TRY of it are refunded, and no refund is named"},
           {p2, R"("version_token")",
            R"("refunded_money":{"amount":-1,"currency":"TRY"},"version_token")", Event::unclear,
            ""},
       }) {
    check(row_of_refund(), square_of_refund(), each, RepairState::surveying);
  }
}

TEST_CASE("an open copy is not canceled once a guest was handed what it holds") {
  const auto fulfilled = [](const std::string& body, const char* state) {
    return replaced(body, R"("line_items")",
                    R"("fulfillments":[{"type":"PICKUP","state":"PROPOSED"},{"type":"PICKUP",)"
                    R"("state":")" +
                        std::string(state) + R"("}],"line_items")");
  };
  for (const auto& [state, canceled, refunded] : std::vector<std::tuple<const char*, Event, Event>>{
           {"PREPARED", Event::clear, Event::clear},
           {"CANCELED", Event::clear, Event::clear},
           {"COMPLETED", Event::changed, Event::clear}}) {
    const std::string named = state;
    CAPTURE(named);
    RepairRow cancel = row_of_cancel();
    Square open = square_of_cancel();
    std::string& copy = open["/v2/orders/O2"];
    copy = fulfilled(copy, state);
    cancel.approved.content = content_of(copy);
    CHECK(inspect(cancel, RepairState::surveying, open).finding.event == canceled);
    // A paid copy is refunded: of the two payments for one dish the guest gets one back.
    RepairRow refund = row_of_refund();
    Square paid = square_of_refund();
    std::string& paid_copy = paid["/v2/orders/O2"];
    paid_copy = fulfilled(paid_copy, state);
    refund.approved.content = content_of(paid_copy);
    CHECK(inspect(refund, RepairState::surveying, paid).finding.event == refunded);
  }
}

TEST_CASE("each thing that a copy shows otherwise than it was approved keeps it from its end") {
  const char* o2 = "/v2/orders/O2";
  const std::vector<Change> of_both = {
      {o2, "Adana", "Urfa", Event::changed, "it holds something else"},
      {o2, R"("total_money":{"amount":35000)", R"("total_money":{"amount":35001)", Event::changed,
       ""},
      {o2, R"("id":"O2")", R"("id":"O3")", Event::unclear, "order O2 cannot be read"},
      {o2, R"("line_items")", R"("lines")", Event::unclear, "without line_items"},
      {o2, R"("state":"OPEN")", R"("state":"DRAFT")", Event::changed, "DRAFT"}};
  for (const Change& each : of_both) {
    check(row_of_refund(), square_of_refund(), each, RepairState::surveying);
    check(row_of_cancel(), square_of_cancel(), each, RepairState::surveying);
  }
  for (const Change& each : std::vector<Change>{
           {o2, R"("state":"OPEN")", R"("state":"CANCELED")", Event::changed, "is CANCELED"},
           {o2, R"("state":"OPEN")", R"("state":"COMPLETED")", Event::clear, ""},
           {o2, R"("version":4,)", "", Event::clear, ""},
           {o2, R"("payment_id":"P2"})", R"("payment_id":"P2"},{"id":"P7"})", Event::changed,
            "payment P7 of it was not there"}}) {
    check(row_of_refund(), square_of_refund(), each, RepairState::surveying);
  }
  for (const Change& each : std::vector<Change>{
           {o2, R"("state":"OPEN")", R"("state":"CANCELED")", Event::done, "is canceled"},
           {o2, R"("state":"OPEN")", R"("state":"COMPLETED")", Event::changed, "COMPLETED"},
           {o2, R"("version":4,)", "", Event::unclear, "without a version"},
           {o2, R"("version":4)", R"("version":"4")", Event::unclear, "without a version"},
           {o2, R"("tenders":[])", R"("tenders":[{"id":"P7"}])", Event::changed, "with 1 payments"},
           {o2, R"("net_amount_due_money":{"amount":35000)",
            R"("net_amount_due_money":{"amount":1)", Event::changed, ""}}) {
    check(row_of_cancel(), square_of_cancel(), each, RepairState::surveying);
  }
}

TEST_CASE("each thing by which the order that stays does not stand saves its copy, paid or open") {
  const char* o1 = "/v2/orders/O1";
  const char* p1 = "/v2/payments/P1";
  for (const Change& each : std::vector<Change>{
           {o1, R"("id":"O1")", R"("id":"O3")", Event::unclear, "order O1 cannot be read"},
           {o1, R"("state":"OPEN")", R"("state":"CANCELED")", Event::survivor_gone, "is CANCELED"},
           {o1, R"("state":"OPEN")", R"("state":"DRAFT")", Event::survivor_gone, "is DRAFT"},
           {o1, "Adana", "Urfa", Event::survivor_gone, "has changed"},
           {o1, R"("total_money":{"amount":35000)", R"("total_money":{"amount":34999)",
            Event::survivor_gone, "has changed"},
           {o1, R"("line_items")", R"("lines")", Event::unclear, "without line_items"},
           {o1, R"("version":4)", R"("refunds":[{"id":"R9"}],"version":4)", Event::survivor_gone,
            "has a refund"},
           {o1, R"("net_amount_due_money":{"amount":0)", R"("net_amount_due_money":{"amount":1)",
            Event::survivor_gone, "not paid"},
           {p1, R"("id":"P1")", R"("id":"P3")", Event::unclear, "payment P1 cannot be read"},
           {p1, R"("order_id":"O1")", R"("order_id":"O3")", Event::survivor_gone, "is for O3"},
           {p1, R"("order_id":"O1")", R"("order_id":"O2")", Event::survivor_gone, "is for O2"},
           {p1, R"("order_id":"O1",)", "", Event::clear, ""},
           {p1, "COMPLETED", "APPROVED", Event::survivor_gone, "is APPROVED"},
           {p1, "COMPLETED", "CANCELED", Event::survivor_gone, "is CANCELED"},
           {p1, R"("version_token")", R"("refund_ids":["R1"],"version_token")",
            Event::survivor_gone, "has a refund"},
           {p1, R"("version_token")",
            R"("refunded_money":{"amount":1,"currency":"TRY"},"version_token")",
            Event::survivor_gone, "has a refund"}}) {
    check(row_of_refund(), square_of_refund(), each, RepairState::surveying);
    check(row_of_cancel(), square_of_cancel(), each, RepairState::surveying);
  }
  check(
      row_of_refund(), square_of_refund(),
      {o1, R"("payment_id":"P1")", R"("payment_id":"P2")", Event::changed, "by this very payment"},
      RepairState::surveying);
}

TEST_CASE(
    "of an order that stays each payment is read, approved or new, before anything goes out") {
  for (const bool cancels : {false, true}) {
    RepairRow row = cancels ? row_of_cancel() : row_of_refund();
    Square square = cancels ? square_of_cancel() : square_of_refund();
    // P3 is of the approval alone, P4 of the order alone.
    row.approved.survivor_payments = {"P1", "P3"};
    square["/v2/orders/O1"] = order("O1", "P1,P4", "0");
    square["/v2/payments/P3"] = payment("P3", "O1");
    square["/v2/payments/P4"] = payment("P4", "O1");
    const Seen seen = inspect(row, RepairState::surveying, square);
    CHECK(seen.finding.event == Event::clear);
    const std::size_t first = seen.paths.size() - 4;
    CHECK(std::vector<std::string>(seen.paths.begin() + static_cast<std::ptrdiff_t>(first),
                                   seen.paths.end()) ==
          std::vector<std::string>{"/v2/payments/P1", "/v2/payments/P4", "/v2/payments/P3",
                                   disputes});
    for (const char* each : {"/v2/payments/P1", "/v2/payments/P3", "/v2/payments/P4"}) {
      check(row, square, {each, "COMPLETED", "CANCELED", Event::survivor_gone, "is CANCELED"},
            RepairState::surveying);
      Square without = square;
      without.erase(each);
      const Seen gone = inspect(row, RepairState::surveying, without);
      CHECK(gone.finding.event == Event::survivor_gone);
      CHECK(gone.finding.detail.find(std::string(each).substr(13)) != std::string::npos);
    }
  }
}

TEST_CASE("an unpaid order may stay only where it was unpaid when it was approved, and is whole") {
  RepairRow row = row_of_cancel();
  row.approved.survivor_paid = false;
  row.approved.survivor_payments.clear();
  Square square = square_of_cancel();
  square["/v2/orders/O1"] = order("O1", "", "35000");
  const Seen seen = inspect(row, RepairState::surveying, square);
  CHECK(seen.finding.event == Event::clear);
  CHECK(seen.paths == std::vector<std::string>{"/v2/orders/O2", "/v2/orders/O1"});
  for (const Change& each : std::vector<Change>{
           {"/v2/orders/O1", R"("net_amount_due_money":{"amount":35000)",
            R"("net_amount_due_money":{"amount":20000)", Event::survivor_gone, "not paid"},
           {"/v2/orders/O1", R"("state":"OPEN")", R"("state":"COMPLETED")", Event::survivor_gone,
            "not paid"}}) {
    check(row, square, each, RepairState::surveying);
  }
  // One that was paid when it was approved may not be unpaid now; nor may it stay for a refund.
  row.approved.survivor_paid = true;
  CHECK(inspect(row, RepairState::surveying, square).finding.event == Event::survivor_gone);
  RepairRow refunds = row_of_refund();
  refunds.approved.survivor_paid = false;
  refunds.approved.survivor_payments.clear();
  Square paid = square_of_refund();
  paid["/v2/orders/O1"] = order("O1", "", "35000");
  CHECK(inspect(refunds, RepairState::surveying, paid).finding.event == Event::survivor_gone);
}

TEST_CASE("an order for nothing needs no payment to stay, if it is closed") {
  RepairRow row = row_of_cancel();
  const auto free = [](const std::string& id, const char* state) {
    std::string text = order(id, "", "0", state);
    text = replaced(text, R"("total_money":{"amount":35000)", R"("total_money":{"amount":0)");
    return text;
  };
  row.approved.survivor_payments.clear();
  row.approved.survivor_total = 0;
  row.approved.survivor_content = content_of(free("O1", "OPEN"));
  Square square = square_of_cancel();
  square["/v2/orders/O1"] = free("O1", "COMPLETED");
  CHECK(inspect(row, RepairState::surveying, square).finding.event == Event::clear);
  square["/v2/orders/O1"] = free("O1", "OPEN");
  CHECK(inspect(row, RepairState::surveying, square).finding.event == Event::survivor_gone);
}

TEST_CASE("only what Square has moved itself can be disputed, of copy and survivor alike") {
  for (const bool copy : {true, false}) {
    for (const char* source : {"CASH", "EXTERNAL", "CARD", "WALLET", "BANK_ACCOUNT", ""}) {
      CAPTURE(source);
      CAPTURE(copy);
      Square square = square_of_refund();
      square["/v2/payments/P2"] = payment("P2", "O2", copy ? source : "CASH");
      square["/v2/payments/P1"] = payment("P1", "O1", copy ? "EXTERNAL" : source);
      const bool moved = std::string(source) != "CASH" && std::string(source) != "EXTERNAL";
      const Seen seen = inspect(row_of_refund(), RepairState::surveying, square);
      CHECK(seen.finding.event == Event::clear);
      CHECK((seen.paths.back() == disputes) == moved);
    }
  }
}

TEST_CASE(
    "every page of the disputes is read, and each dispute that is not over stops its repair") {
  const auto dispute = [](const char* of, const char* state) {
    return R"({"disputes":[{"id":"D1","state":")" + std::string(state) +
           R"(","disputed_payment":{"payment_id":")" + of + R"("}}]})";
  };
  const auto with_cursor = [](std::string page) {
    page.back() = ',';
    return page + R"("cursor":"c/2"})";
  };
  for (const bool second : {false, true}) {
    const std::string where = second ? disputes + "&cursor=c%2F2" : disputes;
    const auto find = [&](const char* of, const char* state) {
      Square square = square_of_refund();
      square[disputes] = with_cursor(dispute("P9", "PROCESSING"));
      square[disputes + "&cursor=c%2F2"] = dispute("P9", "LOST");
      const std::string page = dispute(of, state);
      square[where] = second ? page : with_cursor(page);
      return inspect(row_of_refund(), RepairState::surveying, square);
    };
    CHECK(find("P2", "EVIDENCE_REQUIRED").finding.event == Event::disputed);
    CHECK(find("P2", "EVIDENCE_REQUIRED").finding.detail ==
          "dispute D1 of the payment is EVIDENCE_REQUIRED");
    CHECK(find("P1", "LOST").finding.event == Event::survivor_gone);
    CHECK(find("P2", "WON").finding.event == Event::clear);
    CHECK(find("P2", "WON").paths.back() == disputes + "&cursor=c%2F2");
    CHECK(find("P1", "INQUIRY_CLOSED").finding.event == Event::clear);
    CHECK(find("P8", "LOST").finding.event == Event::clear);
  }
  Square square = square_of_refund();
  square[disputes] = R"({"disputes":"none"})";
  CHECK(inspect(row_of_refund(), RepairState::surveying, square).finding.event == Event::unclear);
}

TEST_CASE("the pages of one list are not counted as those of the next: a cursor may be the same") {
  RepairRow row = row_of_refund();
  row.generation = 2;
  Square square = square_of_refund();
  square[refunds_from] = R"({"cursor":"c"})";
  square[refunds_from + "&cursor=c"] = "{}";
  square[disputes] = R"({"cursor":"c"})";
  square[disputes + "&cursor=c"] = "{}";
  const Seen seen = inspect(row, RepairState::surveying, square);
  CHECK(seen.finding.event == Event::clear);
  CHECK(seen.paths.back() == disputes + "&cursor=c");
}

TEST_CASE(
    "nothing is refunded or canceled where the token may not read which payments are disputed") {
  const auto find = [](const std::string& path, int status, const std::string& body,
                       RepairState state) {
    const RepairRow row = row_of_refund();
    const Square square = square_of_refund();
    Inquiry inspection(row, state);
    for (int i = 0; i < 10; ++i) {
      const std::string at = inspection.next_path(row);
      const auto found =
          inspection.read(row, at == path ? replied(status, body) : replied(200, square.at(at)));
      if (found) return found->event;
    }
    return Event::unknown;
  };
  const std::string forbidden =
      R"({"errors":[{"category":"AUTHENTICATION_ERROR","code":"FORBIDDEN"}]})";
  const auto surveying = RepairState::surveying;
  CHECK(find(disputes, 403, forbidden, surveying) == Event::unclear);
  CHECK(find(disputes, 404, not_found, surveying) == Event::unclear);
  CHECK(find(disputes, 403, "<html>", surveying) != Event::clear);
  CHECK(find(disputes, 404, "{}", surveying) != Event::clear);
  CHECK(find(disputes, 500, forbidden, surveying) == Event::unreadable);
  CHECK(find(disputes, 405, forbidden, surveying) != Event::clear);
  for (const char* path :
       {"/v2/payments/P2", "/v2/orders/O2", "/v2/orders/O1", "/v2/payments/P1"}) {
    CAPTURE(path);
    CHECK(find(path, 403, forbidden, surveying) != Event::clear);
    CHECK(find(path, 403, forbidden, surveying) != Event::survivor_gone);
  }
  CHECK(find(refunds_from, 403, forbidden, RepairState::looking) != Event::absent_early);
}

TEST_CASE(
    "who reads why a repair waits reads that its token may not read disputes, if it may not") {
  const auto detail = [](const std::string& path, int status, const std::string& body) {
    const RepairRow row = row_of_refund();
    const Square square = square_of_refund();
    Inquiry inspection(row, RepairState::surveying);
    for (int i = 0; i < 10; ++i) {
      const std::string at = inspection.next_path(row);
      const auto found =
          inspection.read(row, at == path ? replied(status, body) : replied(200, square.at(at)));
      if (found) return found->detail;
    }
    return std::string("nothing was found");
  };
  const std::string lacks = "the account's token may not read disputes: DISPUTES_READ";
  const std::string forbidden =
      R"({"errors":[{"category":"AUTHENTICATION_ERROR","code":"FORBIDDEN"}]})";
  CHECK(detail(disputes, 403, forbidden) == lacks);
  CHECK(detail(disputes, 404, not_found) == lacks);
  CHECK(detail(disputes, 403, "<html>") != lacks);
  CHECK(detail(disputes, 404, "{}") != lacks);
  for (const int status : {200, 400, 401, 402, 405, 429, 500, 501}) {
    CAPTURE(status);
    CHECK(detail(disputes, status, not_found) != lacks);
    CHECK(detail(disputes, status, forbidden) != lacks);
  }
  for (const char* path :
       {"/v2/payments/P2", "/v2/orders/O2", "/v2/orders/O1", "/v2/payments/P1"}) {
    CAPTURE(path);
    CHECK(detail(path, 403, forbidden) != lacks);
    CHECK(detail(path, 404, not_found) != lacks);
  }
}

TEST_CASE("a survivor is gone only by Square's own word that there is none") {
  const auto find = [](const char* path, int status, const std::string& body) {
    const RepairRow row = row_of_refund();
    const Square square = square_of_refund();
    Inquiry inspection(row, RepairState::surveying);
    for (int i = 0; i < 10; ++i) {
      const std::string at = inspection.next_path(row);
      const auto found =
          inspection.read(row, at == path ? replied(status, body) : replied(200, square.at(at)));
      if (found) return *found;
    }
    return Finding{};
  };
  for (const char* path : {"/v2/orders/O1", "/v2/payments/P1"}) {
    CAPTURE(path);
    CHECK(find(path, 404, not_found).event == Event::survivor_gone);
    CHECK(find(path, 404, not_found).detail ==
          "Square knows no " + std::string(path).substr(std::string(path).size() - 2) +
              ", which was to stay");
    for (const std::string& body :
         {std::string("{}"), std::string("<html>"), std::string(R"({"message":"no route"})"),
          std::string(R"({"errors":[{"code":"FORBIDDEN"}]})"), std::string(R"({"errors":[]})"),
          std::string(R"({"errors":[{"code":"NOT_FOUND"},{"code":"NOT_FOUND"}]})")}) {
      CAPTURE(body);
      CHECK(find(path, 404, body).event != Event::survivor_gone);
      CHECK(find(path, 404, body).event != Event::clear);
    }
    CHECK(find(path, 400, not_found).event != Event::survivor_gone);
    CHECK(find(path, 500, not_found).event == Event::unreadable);
  }
  for (const char* path : {"/v2/orders/O2", "/v2/payments/P2"}) {
    CHECK(find(path, 404, not_found).event != Event::survivor_gone);
    CHECK(find(path, 404, not_found).event != Event::clear);
  }
}

TEST_CASE("an answer that refuses to be read says which kind it is, and how long to wait") {
  const RepairRow row = row_of_refund();
  const auto find = [&](pos::net::Reply reply) {
    Inquiry inspection(row, RepairState::surveying);
    const auto found = inspection.read(row, reply);
    REQUIRE(found);
    return *found;
  };
  const auto errors = [](const char* category, const char* code) {
    return std::string(R"({"errors":[{"category":")") + category + R"(","code":")" + code + "\"}]}";
  };
  // A reply only points to its body.
  const std::string limited = errors("RATE_LIMIT_ERROR", "RATE_LIMITED");
  pos::net::Reply throttled = replied(429, limited);
  throttled.retry_after = "7";
  CHECK(find(throttled).event == Event::throttled);
  CHECK(find(throttled).retry_after_ms == 7000);
  CHECK(find(replied(401, errors("AUTHENTICATION_ERROR", "UNAUTHORIZED"))).event ==
        Event::unauthorized);
  CHECK(find(replied(400, errors("INVALID_REQUEST_ERROR", "BAD_REQUEST"))).event == Event::unclear);
  CHECK(find(replied(503, "")).event == Event::unreadable);
  pos::net::Reply lost;
  lost.transport = pos::net::Transport::timeout;
  CHECK(find(lost).event == Event::unreadable);
}

// ---- looks ----

TEST_CASE("a look that finds nothing has read the payment and every page of the place's refunds") {
  Square square = square_of_refund();
  square[refunds_from] = R"({"cursor":"c1"})";
  square[refunds_from + "&cursor=c1"] =
      R"({"refunds":[)" + refund("R8", "COMPLETED", "", "5", "P8") + R"(],"cursor":"c2"})";
  square[refunds_from + "&cursor=c2"] = "{}";
  for (const auto state : {RepairState::looking, RepairState::looking_conflict,
                           RepairState::looking_refused, RepairState::looking_last}) {
    const Seen seen = inspect(row_of_refund(), state, square);
    CHECK(seen.finding.event == Event::absent_early);
    CHECK_FALSE(seen.finding.is_ours);
    CHECK(seen.paths == std::vector<std::string>{"/v2/payments/P2", refunds_from,
                                                 refunds_from + "&cursor=c1",
                                                 refunds_from + "&cursor=c2"});
  }
  Square page = square;
  page[refunds_from + "&cursor=c2"] = R"({"refunds":{"id":"R1"}})";
  CHECK(inspect(row_of_refund(), RepairState::looking, page).finding.event == Event::unclear);
  page[refunds_from + "&cursor=c2"] =
      R"({"refunds":[)" + replaced(refund("R1", "COMPLETED", ""), "COMPLETED", "?") + "]}";
  CHECK(inspect(row_of_refund(), RepairState::looking, page).finding.event == Event::unclear);
}

TEST_CASE("a refund of the payment is ours by its key, its amount and its currency, all three") {
  const RepairRow row = row_of_refund();
  const std::string reason = "posSync duplicate of O1; posSync:P2:square:refund";
  const auto find = [&](const std::string& list) {
    Square square = square_of_refund();
    square[refunds_from] = R"({"refunds":[)" + list + "]}";
    return inspect(row, RepairState::looking, square).finding;
  };
  CHECK(find(refund("R1", "COMPLETED", reason)).event == Event::done);
  CHECK(find(refund("R1", "COMPLETED", reason)).refund_id == "R1");
  CHECK(find(refund("R1", "COMPLETED", reason)).is_ours);
  CHECK(find(refund("R1", "PENDING", reason)).event == Event::pending);
  CHECK(find(refund("R1", "PENDING", reason)).is_ours);
  CHECK(find(refund("R1", "FAILED", reason)).event == Event::failed);
  CHECK(find(refund("R1", "FAILED", reason)).is_ours);
  CHECK(find(refund("R1", "REJECTED", reason)).event == Event::failed);
  for (const std::string& other :
       {refund("R1", "COMPLETED", reason, "34999"), refund("R1", "COMPLETED", "a guest was angry"),
        refund("R1", "COMPLETED", "posSync duplicate of O1; posSync:P3:square:refund"),
        replaced(refund("R1", "COMPLETED", reason), "TRY", "EUR"),
        refund("R1", "PENDING", "a guest was angry")}) {
    CAPTURE(other);
    CHECK(find(other).event == Event::elsewhere);
    CHECK_FALSE(find(other).is_ours);
    CHECK(find(other).detail.find("somebody's refund R1") == 0);
  }
  CHECK(find(refund("R1", "FAILED", "a guest was angry")).event == Event::failed);
  CHECK_FALSE(find(refund("R1", "FAILED", "a guest was angry")).is_ours);
  CHECK(find(refund("R1", "REJECTED", "", "1")).event == Event::failed);
  // Of another payment: nothing.
  CHECK(find(refund("R1", "COMPLETED", reason, "35000", "P3")).event == Event::absent_early);
  // One of ours stands before whatever else there is.
  const std::string ours = refund("R1", "COMPLETED", reason);
  CHECK(find(ours + "," + refund("R2", "COMPLETED", "")).event == Event::done);
  CHECK(find(refund("R2", "COMPLETED", "") + "," + ours).event == Event::done);
  CHECK(find(ours + "," + refund("R2", "FAILED", reason)).event == Event::done);
  CHECK(find(refund("R2", "FAILED", reason) + "," + ours).refund_id == "R1");
  CHECK(find(refund("R2", "FAILED", reason) + "," + refund("R3", "COMPLETED", "")).event ==
        Event::elsewhere);
  CHECK(find(refund("R2", "FAILED", "") + "," + refund("R3", "FAILED", reason)).refund_id == "R3");
  CHECK(find(refund("R3", "FAILED", reason) + "," + refund("R2", "FAILED", "")).refund_id == "R3");
  // Two of ours: twice, and the same one on two pages is one.
  CHECK(find(ours + "," + refund("R2", "PENDING", reason)).event == Event::several);
  CHECK(find(ours + "," + ours).event == Event::done);
}

TEST_CASE("a refund of ours of any generation so far is ours, and of a later one it is not") {
  RepairRow row = row_of_refund();
  row.generation = 2;
  const auto find = [&](const char* key) {
    Square square = square_of_refund();
    square[refunds_from] =
        R"({"refunds":[)" +
        refund("R1", "COMPLETED", std::string("posSync duplicate of O1; ") + key) + "]}";
    return inspect(row, RepairState::looking, square).finding.event;
  };
  CHECK(find("posSync:P2:square:refund") == Event::done);
  CHECK(find(pos::repair::key_of(row, 2).c_str()) == Event::done);
  CHECK(find(pos::repair::key_of(row, 3).c_str()) == Event::elsewhere);
}

TEST_CASE("each refund that the payment names is read, though the list does not show it") {
  RepairRow row = row_of_refund();
  const std::string reason = "posSync duplicate of O1; posSync:P2:square:refund";
  Square square = square_of_refund();
  square["/v2/payments/P2"] = replaced(payment("P2", "O2"), R"("version_token")",
                                       R"("refund_ids":["R1","R2"],"version_token")");
  square["/v2/refunds/R1"] = R"({"refund":)" + refund("R1", "FAILED", "") + "}";
  square["/v2/refunds/R2"] = R"({"refund":)" + refund("R2", "COMPLETED", reason) + "}";
  const Seen survey = inspect(row, RepairState::surveying, square);
  CHECK(survey.finding.event == Event::done);
  CHECK(survey.finding.refund_id == "R2");
  CHECK(survey.paths ==
        std::vector<std::string>{"/v2/payments/P2", "/v2/refunds/R1", "/v2/refunds/R2"});
  const Seen look = inspect(row, RepairState::looking, square);
  CHECK(look.finding.refund_id == "R2");
  CHECK(look.paths == std::vector<std::string>{"/v2/payments/P2", refunds_from, "/v2/refunds/R1",
                                               "/v2/refunds/R2"});
  // What the list has shown is not asked for once more.
  square[refunds_from] = R"({"refunds":[)" + refund("R1", "FAILED", "") + "]}";
  CHECK(inspect(row, RepairState::looking, square).paths ==
        std::vector<std::string>{"/v2/payments/P2", refunds_from, "/v2/refunds/R2"});
  for (const Change& each : std::vector<Change>{
           {"/v2/refunds/R2", R"("id":"R2")", R"("id":"R3")", Event::unclear, "R2 cannot be read"},
           {"/v2/refunds/R2", R"("payment_id":"P2")", R"("payment_id":"P3")", Event::unclear,
            "R2 cannot be read"},
           {"/v2/refunds/R2", "COMPLETED", "?", Event::unclear, "R2 cannot be read"},
           {"/v2/refunds/R2", R"("refund":)", R"("refunds":)", Event::unclear, ""}}) {
    check(row, square, each, RepairState::surveying);
    check(row, square, each, RepairState::looking);
  }
}

TEST_CASE("money that has gone back without a name decides nothing, whoever asks") {
  Square square = square_of_refund();
  square["/v2/payments/P2"] =
      replaced(payment("P2", "O2"), R"("version_token")",
               R"("refunded_money":{"amount":5,"currency":"TRY"},"version_token")");
  for (const auto state : {RepairState::surveying, RepairState::looking}) {
    const Seen seen = inspect(row_of_refund(), state, square);
    CHECK(seen.finding.event == Event::unclear);
    CHECK(seen.finding.detail == "5 TRY of it are refunded, and no refund is named");
    CHECK(seen.paths == std::vector<std::string>{"/v2/payments/P2", refunds_from});
  }
  square[refunds_from] = R"({"refunds":[)" + refund("R1", "COMPLETED", "", "5") + "]}";
  for (const auto state : {RepairState::surveying, RepairState::looking}) {
    CHECK(inspect(row_of_refund(), state, square).finding.event == Event::elsewhere);
  }
}

TEST_CASE(
    "a further generation goes out only behind every page of refunds, and the first without") {
  RepairRow row = row_of_refund();
  const auto asks = [&] {
    const Seen seen = inspect(row, RepairState::surveying, square_of_refund());
    CHECK(seen.finding.event == Event::clear);
    return seen.paths[1] == refunds_from;
  };
  CHECK_FALSE(asks());
  row.frozen.text = "{}";
  row.frozen.version = "v1";
  CHECK_FALSE(asks());  // what is frozen goes out as it is
  row.frozen.version = "v0";
  CHECK(asks());
  row.generation = 2;
  CHECK(asks());
  row.frozen = {};
  CHECK(asks());
}

TEST_CASE("a look at an order that was to be canceled sees whether it is, and reads nothing else") {
  const RepairRow row = row_of_cancel();
  Square square = square_of_cancel();
  const Seen open = inspect(row, RepairState::looking, square);
  CHECK(open.finding.event == Event::absent_early);
  CHECK(open.paths == std::vector<std::string>{"/v2/orders/O2"});
  square["/v2/orders/O2"] = order("O2", "", "35000", "CANCELED");
  CHECK(inspect(row, RepairState::looking, square).finding.event == Event::done);
  square["/v2/orders/O2"] = order("O2", "P7", "0");
  CHECK(inspect(row, RepairState::looking, square).finding.event == Event::changed);
}

TEST_CASE("a refund that is followed is believed only if it is the one that was made") {
  RepairRow row = row_of_refund();
  row.external_refund_id = "R5";
  const auto find = [&](const std::string& text, RepairState state) {
    const Seen seen = inspect(row, state, {{"/v2/refunds/R5", R"({"refund":)" + text + "}"}});
    CHECK(seen.paths == std::vector<std::string>{"/v2/refunds/R5"});
    return seen.finding;
  };
  for (const auto state : {RepairState::following, RepairState::following_last}) {
    CHECK(find(refund("R5", "COMPLETED", ""), state).event == Event::done);
    CHECK(find(refund("R5", "COMPLETED", ""), state).refund_id == "R5");
    CHECK(find(refund("R5", "PENDING", ""), state).event == Event::pending);
    CHECK(find(refund("R5", "FAILED", ""), state).event == Event::failed);
    CHECK(find(refund("R5", "REJECTED", ""), state).event == Event::failed);
    for (const std::string& other :
         {refund("R6", "COMPLETED", ""), refund("R5", "COMPLETED", "", "34999"),
          refund("R5", "COMPLETED", "", "35000", "P3"), refund("R5", "?", ""),
          replaced(refund("R5", "COMPLETED", ""), "TRY", "EUR")}) {
      CHECK(find(other, state).event == Event::unclear);
      CHECK(find(other, state).detail == "refund R5 cannot be read");
    }
  }
}

TEST_CASE("who reads why a repair has stopped reads which order and which dispute it was") {
  const auto says = [](const std::string& path, const std::string& body) {
    Square square = square_of_refund();
    square[path] = body;
    return inspect(row_of_refund(), RepairState::surveying, square).finding.detail;
  };
  CHECK(says("/v2/orders/O1", order("O1", "P1", "0", "DRAFT")) ==
        "the order that stays, O1, is DRAFT");
  CHECK(says("/v2/orders/O1", order("O1", "P1", "5")) ==
        "the order that stays, O1, is OPEN, and not paid");
  CHECK(says(disputes,
             R"({"disputes":[{"id":"D1","state":"LOST","disputed_payment":)"
             R"({"payment_id":"P1"}}]})") == "payment P1 of the order that stays is disputed: D1");
}

TEST_CASE("the disputes of an order that is to be canceled are those of its own place") {
  Square square = square_of_cancel();
  square["/v2/orders/O2"] = replaced(order("O2", "", "35000"), R"("L1")", R"("L7")");
  square["/v2/disputes?location_id=L7"] = "{}";
  const Seen seen = inspect(row_of_cancel(), RepairState::surveying, square);
  CHECK(seen.paths.back() == "/v2/disputes?location_id=L7");
  CHECK(seen.finding.location_id == "L7");
}

TEST_CASE("a dispute that names no payment may be of this one: no refund goes out beside it") {
  for (const char* of :
       {"", R"(,"disputed_payment":{})", R"(,"disputed_payment":{"payment_id":""})",
        R"(,"disputed_payment":{"payment_id":7})"}) {
    CAPTURE(of);
    Square square = square_of_refund();
    square[disputes] =
        R"({"disputes":[{"id":"D1","state":"EVIDENCE_REQUIRED")" + std::string(of) + "}]}";
    const Seen seen = inspect(row_of_refund(), RepairState::surveying, square);
    CHECK(seen.finding.event == Event::unclear);
    CHECK(seen.finding.detail == "dispute D1 names no payment");
  }
}

TEST_CASE("a list of another place says nothing of this one: what it lacks may stand here") {
  const auto dispute = [](const std::string& location) {
    return R"({"disputes":[{"id":"D1","location_id":")" + location +
           R"(","state":"EVIDENCE_REQUIRED","disputed_payment":{"payment_id":"P9"}}]})";
  };
  const auto of_place = [](const std::string& location) {
    return R"({"refunds":[)" +
           replaced(refund("R8", "COMPLETED", "", "5", "P8"), R"("id")",
                    R"("location_id":")" + location + R"(","id")") +
           "]}";
  };
  Square square = square_of_refund();
  square[disputes] = dispute("L1");
  CHECK(inspect(row_of_refund(), RepairState::surveying, square).finding.event == Event::clear);
  square[disputes] = dispute("L9");
  CHECK(inspect(row_of_refund(), RepairState::surveying, square).finding.event == Event::unclear);
  square[refunds_from] = of_place("L1");
  CHECK(inspect(row_of_refund(), RepairState::looking, square).finding.event ==
        Event::absent_early);
  square[refunds_from] = of_place("L9");
  CHECK(inspect(row_of_refund(), RepairState::looking, square).finding.event == Event::unclear);
}

TEST_CASE("where a payment says that it was made elsewhere, the lists of that place are read") {
  RepairRow row = row_of_refund();
  Square square = square_of_refund();
  square["/v2/payments/P2"] = replaced(payment("P2", "O2"), R"("L1")", R"("L7")");
  const std::string there = replaced(refunds_from, "L1", "L7");
  square[there] = "{}";
  CHECK(inspect(row, RepairState::looking, square).paths.back() == there);
  square["/v2/disputes?location_id=L7"] = "{}";
  const Seen survey = inspect(row, RepairState::surveying, square);
  CHECK(survey.paths.back() == "/v2/disputes?location_id=L7");
  CHECK(survey.finding.location_id == "L7");
  square["/v2/payments/P2"] = replaced(payment("P2", "O2"), R"("location_id":"L1",)", "");
  CHECK(inspect(row, RepairState::surveying, square).finding.location_id == "L1");
}

TEST_CASE("a repair of which nothing was stored that was approved is changed, and not unread") {
  for (const bool cancels : {false, true}) {
    RepairRow row = cancels ? row_of_cancel() : row_of_refund();
    row.approved.is_there = false;
    const Seen seen =
        inspect(row, RepairState::surveying, cancels ? square_of_cancel() : square_of_refund());
    CHECK(seen.finding.event == Event::changed);
    CHECK(seen.finding.detail.find("nothing is stored") != std::string::npos);
  }
}

}  // namespace repair_inspection_test
