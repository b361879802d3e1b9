// What a repair does where something fails for good: a database, a token, a place, a body. It stops
// in words, does nothing behind them, and leaves alone what it must not touch.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/json/value.hpp"
#include "harness/audit_world.hpp"
#include "harness/duration.hpp"
#include "harness/mail_world.hpp"
#include "harness/transcript.hpp"
#include "unit/repair/shop.hpp"

namespace refusals_test {

using pos::io::Command;
using pos::io::D1Command;
using pos::io::SleepCommand;
using pos::runtime::RepairRequest;
using pos::runtime::RepairRoute;
using world::AuditWorld;
using world::Mailer;
using world::MailWorld;
using world::RequestFault;

namespace {
using duration::day;
using duration::minute;

constexpr std::int64_t september = 1'788'220'800'000;  // 2026-09-01T00:00:00Z
const std::string month = R"({"from":"2026-09-01","to":"2026-10-01","id":"a1"})";

bool is_d1(const Command& command) { return std::holds_alternative<D1Command>(command); }

RepairRequest about_mails(RepairRoute route, const std::string& body = {}) {
  RepairRequest request;
  request.route = route;
  request.context = Mailer::test_context();
  request.context.id = "r";
  request.audit_id = "a1";
  request.body = body;
  return request;
}

std::string body_of(MailWorld& world, const RepairRequest& request) {
  Mailer mailer(world, request);
  mailer.run();
  return mailer.done().body;
}

/// Approved mails to so many restaurants, all of them due.
void approved_mails(MailWorld& world, int count) {
  for (int i = 1; i <= count; ++i) {
    const std::string n = "r" + std::to_string(i);
    world.open(n, n, n + "@example.com", "en");
    world.repair({"p" + n, n, 1000});
  }
  Mailer(world, "drafting").run();
  pos::json::Document read;
  REQUIRE(read.parse(body_of(world, about_mails(RepairRoute::mail_list))));
  const std::string print(read.root()["fingerprint"].text());
  body_of(world,
          about_mails(RepairRoute::mail_approve, R"({"all":true,"fingerprint":")" + print + "\"}"));
}

/// How long a tick sleeps, each time, where each mail of it ends so.
std::string pauses_of(MailWorld& world, RequestFault end, pos::runtime::RunContext context) {
  Mailer job(world, "t1", std::move(context));
  std::string pauses;
  while (const auto command = job.next()) {
    if (const auto* sleep = std::get_if<SleepCommand>(&*command)) {
      pauses += std::to_string(sleep->duration_ms) + " ";
    }
    job.perform(std::holds_alternative<pos::io::FetchCommand>(*command) ? end : RequestFault::none);
  }
  return pauses;
}

std::string sends_of(MailWorld& world, RequestFault end, pos::runtime::RunContext context) {
  int sends = 0;
  world.hears = [&](const Command& command) {
    sends += std::holds_alternative<pos::io::FetchCommand>(command) ? 1 : 0;
  };
  const std::string pauses = pauses_of(world, end, std::move(context));
  return std::to_string(sends) + " sent, paused " + pauses;
}

}  // namespace

// ---- a database that fails ----

TEST_CASE("a database that goes away ends an approval and a reconciliation, and nothing is sent") {
  for (const auto& [error, retry, words] : std::vector<std::tuple<std::string, int, std::string>>{
           {"Network connection lost.", 1, "the database did not answer; ask again"},
           {"no D1 database is bound", 0, "no D1 database is bound as D1_OPS"}}) {
    AuditWorld world;
    world::AuditSquare::Sold sold;
    sold.reference = "ref";
    sold.at_ms = september + day;
    for (const char* id : {"o1", "o1-again"}) {
      sold.id = id;
      sold.at_ms += minute;
      world.square.sell(sold);
    }
    REQUIRE(world.ask("audits.create", month).status == 201);
    world.read_all();
    pos::json::Document shown;
    REQUIRE(shown.parse(world.ask("audits.show", {}, "a1").body));
    world.d1_error = error;
    world.loses = is_d1;
    const std::string approval = R"({"confidence":"certain","fingerprint":")" +
                                 std::string(shown.root()["fingerprint"].text()) + "\"}";
    const auto done = world.ask("audits.approve", approval, "a1");
    CHECK(done.status == 503);
    CHECK(done.retry_after_seconds == retry);
    CHECK(done.body.find(words) != std::string::npos);
    shop::Shop shop;
    shop.d1_error = error;
    const auto books = shop.ask("2026-11-21", "2026-11-21");
    CHECK(books.status == 503);
    CHECK(books.retry_after_seconds == retry);
    CHECK(books.body.find(words) != std::string::npos);
    CHECK(shop.square.urls.empty());
  }
}

// ---- mails ----

TEST_CASE("a tick waits for a mail's provider ten seconds at most, and twenty times at most") {
  const pos::runtime::RunContext context = Mailer::test_context();
  const auto pauses = [&](const char* retry_after) {
    MailWorld world;
    approved_mails(world, 1);
    world.resend.retry_after = retry_after;
    return pauses_of(world, RequestFault::throttled, context);
  };
  CHECK(pauses("11").empty());
  CHECK(pauses("10").rfind("10000 10000 ", 0) == 0);
  std::string twenty;
  for (int i = 0; i < 20; ++i) twenty += "1000 ";
  CHECK(pauses("1") == twenty);
}

TEST_CASE("behind a refused key no other mail is tried in the same tick, however soon it may be") {
  pos::runtime::RunContext context = Mailer::test_context();
  context.settings.retry_base_ms = 5000;
  MailWorld world;
  approved_mails(world, 2);
  CHECK(sends_of(world, RequestFault::unauthorized, context) == "1 sent, paused ");
  MailWorld other;
  approved_mails(other, 2);
  CHECK(sends_of(other, RequestFault::refused, context) == "2 sent, paused ");
}

TEST_CASE("mails are read a thousand at a time, and a table of more rounds than half is refused") {
  for (const auto& [count, status] : std::vector<std::pair<int, int>>{{1999, 200}, {2000, 503}}) {
    MailWorld world;
    world.database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
        std::to_string(count) +
        ") INSERT INTO pos_mails (id, audit_id, restaurant_id, language, subject, body) "
        "SELECT printf('m%04d', i), 'a1', 'r' || i, 'en', 's', 'b' FROM n");
    for (const bool csv : {true, false}) {
      RepairRequest list = about_mails(RepairRoute::mail_list);
      list.csv = csv;
      list.context.settings.subrequest_budget = 4;
      Mailer mailer(world, list);
      mailer.run();
      CHECK(mailer.done().status == status);
    }
  }
}

TEST_CASE("an approval of mails of no audit, or of too many, or without a key, ends in words") {
  MailWorld world;
  approved_mails(world, 1);
  const std::string body =
      R"({"all":true,"actor":"Ece","fingerprint":")" + std::string(64, 'a') + "\"}";
  const auto answer = [&](const std::function<void(RepairRequest&)>& change) {
    RepairRequest request = about_mails(RepairRoute::mail_approve, body);
    change(request);
    Mailer mailer(world, request);
    if (!mailer.ended()) mailer.run();
    return transcript::lines_of(transcript::line_of(mailer.done()));
  };
  std::string all = "\n" + answer([](RepairRequest& each) { each.audit_id = "a9"; });
  all += answer([](RepairRequest& each) { each.context.repair.has_seal_key = false; });
  all += answer([](RepairRequest& each) { each.context.repair.has_mail_key = false; });
  all += answer([](RepairRequest& each) { each.context.repair.mail_from.clear(); });
  world.database.execute(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1998) INSERT INTO "
      "pos_mails (id, audit_id, restaurant_id, language, subject, body, state) "
      "SELECT printf('z%04d', i), 'a1', 'z' || i, 'en', 's', 'b', 'sent' FROM n");
  const auto few_rounds = [](RepairRequest& each) { each.context.settings.subrequest_budget = 4; };
  all += answer(few_rounds);
  world.database.execute(
      "INSERT INTO pos_mails (id, audit_id, restaurant_id, language, subject, body, state) VALUES "
      "('zz', 'a1', 'zz', 'en', 's', 'b', 'sent')");
  all += answer(few_rounds);
  CHECK(all == R"~(
done 404 retry=0 type=
{"type":"about:blank","title":"Not found","status":404,"detail":"no such audit"}
done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"pos-sync is
     not set up: SEAL_KEY: missing; it seals what is approved, and nothing without a seal is
     sent. Set an id, a colon and `openssl rand -base64 32` with `wrangler secret put
     SEAL_KEY`"}
done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"pos-sync is
     not set up to send mails: RESEND_API_KEY missing"}
done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"pos-sync is
     not set up to send mails: MAIL_FROM missing"}
done 200 retry=0 type=
{"audit_id":"a1",
    "fingerprint":"d3f63200ac42c1132b2ba5ca2671157b50e642af5dcf6b730e695276398ca7df",
    "approved":0,"approved_before":1999}
done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"this audit has
     more mails than SUBREQUEST_BUDGET lets be read"}
)~");
  // What is approved already is approved by nobody once more.
  bool logs = false;
  world.hears = [&](const Command& command) {
    logs = logs || std::holds_alternative<pos::io::LogCommand>(command);
  };
  CHECK(answer([](RepairRequest&) {}).find("\"approved\":0") != std::string::npos);
  CHECK_FALSE(logs);
}

// ---- the books ----

TEST_CASE("what an audit has found is read to its last group, each page once") {
  using namespace shop;
  Shop shop;
  shop.stand("S1", "", ms_of(evening), 1100, tax("10", 100));
  shop.stand("S2", "", ms_of(evening) + 60'000, 1100, tax("10", 100));
  shop.database.execute(
      concat("INSERT INTO pos_audits (id, from_at, to_at, window_ms) VALUES ('a1', ",
             ms_of("2026-11-01T00:00:00Z"), ", ", ms_of("2026-12-01T00:00:00Z"), ", 1)"));
  shop.database.execute(
      "INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id, step) VALUES ('a1', "
      "'L1', 'adana', 'done')");
  shop.database.execute(concat(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 201) INSERT INTO "
      "pos_audit_groups (audit_id, group_id, edition, location_id, restaurant_id, confidence, "
      "first_at, plan) SELECT 'a1', printf('g%03d', i), 1, 'L1', 'adana', 'certain', ",
      ms_of(evening),
      R"(, CASE i WHEN 201 THEN '{"orders":[{"id":"S1","role":"survivor"},)"
      R"({"id":"S2","role":"duplicate"}]}' ELSE '{"orders":[]}' END FROM n)"));
  int pages = 0;
  shop.hears = [&](const Command& command) {
    const auto* batch = std::get_if<D1Command>(&command);
    const bool asks =
        batch != nullptr && batch->statements.front() == pos::store::Statement::books_groups;
    pages += asks ? 1 : 0;
  };
  const auto done = shop.ask("2026-11-21", "2026-11-21");
  CHECK(done.body.find(R"("reason":"duplicate","order_id":"","external_order_id":"S2")") !=
        std::string::npos);
  CHECK(pages == 3);  // the last one is empty
}

TEST_CASE("a payment that cannot be asked for ends the books: it may have been given back") {
  using namespace shop;
  for (const auto& [status, books] :
       std::vector<std::pair<int, int>>{{404, 200}, {401, 503}, {500, 503}, {400, 503}}) {
    Shop shop;
    shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening), "S1");
    shop.stand("S1", "A1", ms_of(evening), 1100, tax("10", 100));
    shop.square.hides_payments = true;
    const int answer = status;
    shop.square.mischief = [&](const std::string& url) -> std::pair<int, std::string> {
      return {url == "/v2/payments/PS1" ? answer : 0,
              R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"NOT_FOUND"}]})"};
    };
    CHECK(shop.ask("2026-11-21", "2026-11-21").status == books);
  }
}

TEST_CASE("a payment of these days is asked for although its order was made at Square on another") {
  using namespace shop;
  Shop shop;
  const std::string late = "2026-11-21T20:59:00Z";  // a minute before midnight in Istanbul
  shop.push("A1", payload(item(1100, "10"), late), ms_of(late), "S1");
  shop.stand("S1", "A1", ms_of(late) + 600'000, 1100, tax("10", 100));
  shop.refund("S1", 1100);
  shop.square.hides_payments = true;
  for (const char* date : {"2026-11-21", "2026-11-22"}) {
    const auto done = shop.ask(date, date);
    const bool told = done.body.find(R"("reason":"refunded")") != std::string::npos;
    CHECK(told == (std::string(date) == "2026-11-21"));
  }
}

TEST_CASE("an order that stands once at Square is taken for no copy, and nothing is asked of it") {
  using namespace shop;
  Shop shop;
  shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening), "S1");
  shop.push("A2", payload(item(1100, "10"), evening), ms_of(evening), "S2");
  shop.stand("S1", "A1", ms_of(evening), 1100, tax("10", 100));
  shop.stand("S2", "A2", ms_of(evening), 1100, tax("10", 100));
  bool asks = false;
  shop.hears = [&](const Command& command) {
    const auto* batch = std::get_if<D1Command>(&command);
    asks = asks ||
           (batch != nullptr && batch->statements.front() == pos::store::Statement::books_roles);
  };
  CHECK(shop.ask("2026-11-21", "2026-11-21").status == 200);
  CHECK_FALSE(asks);
}

TEST_CASE("the books send no more requests at once than a worker may, whatever they ask for") {
  using namespace shop;
  Shop shop;
  for (int i = 0; i < 201; ++i) {
    const std::string n = std::to_string(i);
    shop.push("A" + n, payload(item(1100, "10"), evening), ms_of(evening), "X" + n);
  }
  for (int i = 0; i < 3; ++i) {
    shop.stand("S" + std::to_string(i), "", ms_of(evening), 1100, tax("10", 100));
  }
  shop.square.hides_payments = true;
  shop.concurrency = 1;
  CHECK(shop.ask("2026-11-21", "2026-11-21").status == 200);
}

// ---- bodies and places ----

TEST_CASE("what is no list is refused as a whole, not element by element") {
  AuditWorld world;
  const auto made = world.ask(
      "audits.create", R"({"from":"2026-09-01","to":"2026-10-01","restaurants":{"a":5,"b":6}})");
  CHECK(made.status == 422);
  CHECK(made.body.find("restaurants[") == std::string::npos);
  REQUIRE(world.ask("audits.create", month).status == 201);
  world.read_all();
  const auto approved =
      world.ask("audits.approve", R"({"fingerprint":"f","groups":{"a":5,"b":6}})", "a1");
  CHECK(approved.status == 422);
  CHECK(approved.body.find("groups[") == std::string::npos);
}

TEST_CASE("a place that is left out is shown with who left it out and why, and the plan says so") {
  AuditWorld world;
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, location_id) VALUES ('adana', 'L2')");
  REQUIRE(world.ask("audits.create", month).status == 201);
  const auto left =
      world.ask_place("places.leave_out", R"({"actor":"ada","reason":"sold"})", "a1", "L2");
  CHECK(left.status == 200);
  world.read_all();
  world.database.execute(
      "UPDATE pos_audit_places SET notes = 'one' || char(10) || 'two' || char(10) WHERE "
      "location_id = 'L1'");
  const auto shown = world.ask("audits.show", {}, "a1");
  CHECK("\n" + transcript::lines_of(shown.body) == R"~(
{"id":"a1","provider":"square","from":"2026-09-01T00:00:00.000Z",
    "to":"2026-10-01T00:00:00.000Z","window_seconds":2100,"edition":1,"notes":["1 of 2 places
     left out: nothing of them is in this plan; `places` says why"],"state":"planned",
    "created_at":1795000000001,"approved_at":null,"progress":{"places":2,"places_done":2,
    "places_left_out":1,"pages":5,"orders":0,"payments":0,"groups":0,"money":[]},
    "not_comparable":0,
    "fingerprint":"5038ef6b8422846f2484feb4097a4c66eddffbb8e1b6b7be2174b898796e93b5",
    "totals":[],"repairs":{"due":0,"pending":0,"done":0,"stopped":0},
    "places":[{"restaurant_id":"","location_id":"L1","name":"Kadıköy",
    "email":"k@example.com","language":"tr-TR","time_zone":"UTC","currency":"TRY",
    "step":"done","pages":5,"orders":0,"payments":0,"groups":0,"figures":{"currency":"",
    "groups":{"certain":0,"probable":0,"possible":0},"duplicates":0,"gross_overcounted":0,
    "vat_overreported":[],"refundable":{"count":0,"amount":0},"records_only":{"count":0,
    "amount":0},"cancelable":{"count":0,"amount":0},"dispute_fast_track":{"count":0,
    "amount":0},"for_a_human":{"count":0,"amount":0},"fees_paid_on_duplicates":0,
    "fees_come_back":0,"not_comparable":0},
    "fingerprint":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "notes":["one","two"],"attempts":0,"next_attempt_at":0,"last_error":"","failures":0,
    "failing_since":0,"refusals":0,"refused_since":0,"left_out":null,
    "updated_at":1795000000017},{"restaurant_id":"adana","location_id":"L2","name":"",
    "email":"","language":"","time_zone":"","currency":"","step":"left_out","pages":0,
    "orders":0,"payments":0,"groups":0,"figures":{},"fingerprint":"","notes":[],"attempts":0,
    "next_attempt_at":0,"last_error":"","failures":0,"failing_since":0,"refusals":0,
    "refused_since":0,"left_out":{"at":1795000000002,"by":"ada","reason":"sold"},
    "updated_at":1795000000002}],"groups":[],"cursor":null}
)~");
}

}  // namespace refusals_test
