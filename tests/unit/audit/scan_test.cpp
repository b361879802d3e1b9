// Audits are read to the same end whatever happens to those who read them.
#include <doctest/doctest.h>

#include <functional>
#include <utility>
#include <vector>

#include "base/json/value.hpp"
#include "harness/audit_world.hpp"
#include "harness/duration.hpp"

namespace reading_test {

using pos::io::Command;
using pos::io::D1Command;
using pos::io::FetchCommand;
using world::AuditWorld;

namespace {
using duration::day;
using duration::hour;
using duration::minute;
constexpr std::int64_t september = 1'788'220'800'000;  // 2026-09-01T00:00:00Z

void begin_audit(AuditWorld& world, const std::string& id = "a1") {
  world.database.execute("INSERT INTO pos_audits (id, from_at, to_at, window_ms) VALUES ('" + id +
                         "', " + std::to_string(september) + ", " +
                         std::to_string(september + 30 * day) + ", 2100000)");
  world.database.execute(
      "INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id) "
      "VALUES ('" +
      id + "', 'L1', '')");
}

/// A month of sales, one in three of them with a duplicate that is beyond doubt, one in three with
/// one that looks like it.
void fill(AuditWorld& world, int sales = 40) {
  for (int i = 0; i < sales; ++i) {
    world::AuditSquare::Sold sold;
    sold.id = "o" + std::to_string(i);
    sold.at_ms = september + i * 6 * hour;
    sold.total = 10000 + 100 * i;
    if (i % 3 == 0) sold.reference = "ref-" + std::to_string(i);
    world.square.sell(sold);
    if (i % 3 == 2) continue;
    sold.id += "-again";
    sold.at_ms += 45'000;
    world.square.sell(sold);
  }
}

std::string place(AuditWorld& world, const std::string& column) {
  return world.database.text("SELECT " + column + " FROM pos_audit_places WHERE audit_id = 'a1'");
}

/// Everything that an audit has found, as one text.
std::string found(AuditWorld& world) {
  const auto all = [&](const std::string& columns, const std::string& table) {
    return world.database.text("SELECT group_concat(line, char(10)) FROM (SELECT json_array(" +
                               columns + ") AS line FROM " + table + " ORDER BY 1)");
  };
  return all("location_id, orders, payments, groups, figures, fingerprint, notes, name, email, "
             "language, time_zone, step",
             "pos_audit_places") +
         all("external_order_id, created_at, kind, state, paid, total, content",
             "pos_audit_orders") +
         all("payment_id, status, amount, refunded, pending, disputed, fee", "pos_audit_payments") +
         all("group_id, confidence, first_at, plan", "pos_audit_groups");
}

std::string undisturbed() {
  AuditWorld world;
  begin_audit(world);
  fill(world);
  world.read_all();
  return found(world);
}

}  // namespace

TEST_CASE("an audit reads a location to the end, and plans what it has found") {
  AuditWorld world;
  begin_audit(world);
  fill(world);
  world.square.refund("o1", 500, september + 40 * day);
  world.square.refund("o4", 10400, september + 40 * day);
  world.square.refund("o4-again", 700, september + 40 * day, "PENDING");
  world.square.dispute("o0-again", september + 20 * day);
  world.tick();
  CHECK(place(world, "step") == "done");
  CHECK(place(world, "orders") == "67");
  CHECK(place(world, "payments") == "67");
  CHECK(place(world, "name") == "Kadıköy");
  CHECK(place(world, "language") == "tr-TR");
  CHECK(place(world, "holder") == "");
  CHECK(place(world, "last_error") == "");
  CHECK(place(world, "notes") == "");
  CHECK(place(world, "fingerprint").size() == 64);
  auto& database = world.database;
  // One of each pair of o4 is refunded, so there is nothing to group.
  CHECK(place(world, "groups") == "26");
  CHECK(database.integer("SELECT count(*) FROM pos_audit_groups WHERE confidence = 'certain'") ==
        14);
  CHECK(database.integer("SELECT count(*) FROM pos_audit_groups WHERE confidence = 'probable'") ==
        12);
  CHECK(database.integer("SELECT refunded FROM pos_audit_payments WHERE payment_id = 'p-o1'") ==
        500);
  CHECK(database.integer(
            "SELECT pending FROM pos_audit_payments WHERE payment_id = 'p-o4-again'") == 700);
  CHECK(database.text("SELECT plan FROM pos_audit_groups WHERE plan LIKE '%o0-again%'")
            .find("disputed: ") != std::string::npos);
  pos::json::Document figures;
  REQUIRE(figures.parse(place(world, "figures")));
  CHECK(figures.root()["duplicates"].integer() == 26);
  CHECK(figures.root()["currency"].equals("TRY"));
  CHECK(figures.root()["dispute_fast_track"]["count"].integer() == 1);
}

TEST_CASE("small budgets, one page at a time: the figures are those of an undisturbed run") {
  AuditWorld world;
  begin_audit(world);
  fill(world);
  world.square.page_most = 7;
  world.settings.subrequest_budget = 10;
  for (int ticks = 0; place(world, "step") != "done"; ++ticks) {
    REQUIRE(ticks < 100);
    world.tick(3);
    // The next tick goes on at once.
    CHECK(place(world, "holder") == "");
  }
  CHECK(found(world) == undisturbed());
}

TEST_CASE("a worker that goes away at any command: another one comes to the same end") {
  const std::string expected = undisturbed();
  for (int dies_after = 0; dies_after < 40; ++dies_after) {
    CAPTURE(dies_after);
    AuditWorld world;
    begin_audit(world);
    fill(world);
    world.square.page_most = 20;
    world.dies_after = dies_after;
    world.tick();
    world.dies_after = -1;
    world.database.now_ms += world.settings.lease_ms + 1;
    world.read_all();
    CHECK(found(world) == expected);
  }
}

TEST_CASE("every batch is committed and its answer lost once: the figures are the same") {
  AuditWorld world;
  begin_audit(world);
  fill(world);
  world.square.page_most = 20;
  std::string last;
  world.loses = [&](const Command& command) {
    const auto* batch = std::get_if<D1Command>(&command);
    if (batch == nullptr) return false;
    std::string text;
    for (const auto& each : batch->parameters) text += each + "|";
    const bool first = text != last;
    last = text;
    return first;
  };
  world.tick();
  CHECK(found(world) == undisturbed());
}

TEST_CASE("a claim whose answer is lost takes no more places than it asked for") {
  AuditWorld world;
  begin_audit(world);
  for (int i = 2; i <= 9; ++i) {
    world.database.execute(
        "INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id) "
        "VALUES ('a1', 'L" +
        std::to_string(i) + "', '')");
  }
  bool lost = false;
  world.loses = [&](const Command& command) {
    const auto* batch = std::get_if<D1Command>(&command);
    const bool claims =
        batch != nullptr && batch->statements.front() == pos::store::Statement::audit_blocked;
    return claims && !std::exchange(lost, true);
  };
  world.dies_after = 4;  // what is due, the claim twice and a pause in between
  world.tick();
  CHECK(lost);
  CHECK(world.database.integer("SELECT count(*) FROM pos_audit_places WHERE holder <> ''") == 6);
}

TEST_CASE("what a worker writes late, when another one has taken over, changes nothing") {
  AuditWorld world;
  begin_audit(world);
  fill(world);
  world.square.page_most = 20;
  std::vector<D1Command> written;
  world.loses = [&](const Command& command) {
    const auto* batch = std::get_if<D1Command>(&command);
    if (batch != nullptr && batch->statements.size() > 2) written.push_back(*batch);
    return false;
  };
  world.tick();
  CHECK(written.size() > 10);
  // By then everything is otherwise at Square, and whatever the new owner does, the old one's
  // batches land before it.
  const auto read_again = [&](const std::function<bool(const Command&)>& meanwhile) {
    world.database.execute("UPDATE pos_audit_places SET step = 'location', cursor = ''");
    world.loses = meanwhile;
    world.read_all();
    return found(world);
  };
  const std::vector<D1Command> late = std::exchange(written, {});
  for (auto& each : world.square.orders) {
    each.json.replace(each.json.find("Adana"), 5, "Urfa!");
  }
  const std::string expected = read_again(nullptr);
  CHECK(read_again([&](const Command&) {
          for (const D1Command& each : late) {
            const bool claims = each.statements.front() == pos::store::Statement::audit_blocked;
            if (!claims) world.database.batch(each.statements, each.parameters);
          }
          return false;
        }) == expected);
}

TEST_CASE("a cursor that Square refuses: the list goes on from the last order that was read") {
  AuditWorld world;
  begin_audit(world);
  fill(world);
  world.square.page_most = 20;
  int pages = 0;
  world.square.instead = [&](const FetchCommand& fetch) {
    const bool has_cursor = fetch.body.find("\"cursor\"") != std::string::npos ||
                            fetch.url.find("cursor=") != std::string::npos;
    if (!has_cursor || ++pages % 2 != 0) return world::SquareReply{0, {}};
    return world::SquareReply{400, R"({"errors":[{"category":"INVALID_REQUEST_ERROR",)"
                                   R"("code":"INVALID_CURSOR","detail":"no"}]})"};
  };
  world.read_all();
  CHECK(pages > 4);
  CHECK(found(world) == undisturbed());
}

TEST_CASE("orders that do not fit into a reply are read in smaller pages") {
  AuditWorld world;
  begin_audit(world);
  fill(world);
  world.square.fits = 20;
  world.read_all();
  CHECK(found(world) == undisturbed());
}

TEST_CASE("a page that cannot be read proves nothing: it is read again later") {
  AuditWorld world;
  begin_audit(world);
  fill(world);
  world.square.instead = [&](const FetchCommand& fetch) {
    const bool search = fetch.url.find("/orders/search") != std::string::npos;
    return world::SquareReply{search ? 200 : 0, R"({"orders":[{"state":"OPEN"}]})"};
  };
  world.tick();
  CHECK(place(world, "step") == "orders");
  CHECK(place(world, "holder") == "");
  CHECK(place(world, "attempts") == "1");
  CHECK(place(world, "last_error") == "orders: a list that cannot be read");
  world.square.instead = nullptr;
  world.read_all();
  CHECK(place(world, "last_error") == "");
  CHECK(found(world) == undisturbed());
}

TEST_CASE("a refused token waits without an attempt, and a throttled place as long as it is told") {
  for (const int status : {401, 429, 500}) {
    CAPTURE(status);
    AuditWorld world;
    begin_audit(world);
    fill(world);
    world.square.instead = [&](const FetchCommand&) { return world::SquareReply{status, "{}"}; };
    world.tick();
    CHECK(place(world, "attempts") == (status == 500 ? "1" : "0"));
    CHECK(place(world, "last_error").find(std::to_string(status)) == 0);
    const std::int64_t wait = std::stoll(place(world, "next_attempt_at")) - world.database.now_ms;
    CHECK(wait / 1000 == (status == 401 ? 600 : 60));
    world.square.asked.clear();
    world.tick();
    CHECK(world.square.asked.empty());
    world.square.instead = nullptr;
    world.database.now_ms += 10 * minute;
    world.read_all();
    CHECK(found(world) == undisturbed());
  }
}

TEST_CASE("an audit does without the location's own words and without disputes, and says so") {
  AuditWorld world;
  begin_audit(world);
  fill(world);
  world.database.execute("UPDATE pos_accounts SET language = 'en', time_zone = 'Mars/Olympus'");
  world.square.instead = [&](const FetchCommand& fetch) {
    const bool refused = fetch.url.find("/locations/") != std::string::npos ||
                         fetch.url.find("/disputes") != std::string::npos;
    return world::SquareReply{
        refused ? 403 : 0,
        R"({"errors":[{"category":"AUTHENTICATION_ERROR","code":"INSUFFICIENT_SCOPES"}]})"};
  };
  world.tick();
  CHECK(place(world, "step") == "done");
  CHECK(place(world, "language") == "en");
  CHECK(place(world, "notes") ==
        "the location could not be read: 403 INSUFFICIENT_SCOPES\n"
        "disputes could not be read: 403 INSUFFICIENT_SCOPES\n"
        "the time zone Mars/Olympus is unknown: days are UTC's\n");
}

TEST_CASE("a place whose account is paused is left alone, and nothing is due") {
  AuditWorld world;
  begin_audit(world);
  world.database.execute("UPDATE pos_accounts SET state = 'paused'");
  // That it waits is taken note of, once.
  CHECK(world.tick() == R"({"audit_pages":0,"audit_places_planned":0,"requests":0,"d1_calls":2})");
  CHECK(world.tick() == R"({"requests":0,"d1_calls":1})");
  world.database.execute("UPDATE pos_accounts SET state = 'active', paused_until = " +
                         std::to_string(world.database.now_ms + hour));
  CHECK(world.tick() == R"({"requests":0,"d1_calls":1})");
  world.database.now_ms += 2 * hour;
  world.tick();
  CHECK(place(world, "step") == "done");
}

TEST_CASE("what an audit has read is forgotten after ninety days, five hundred rows at a time") {
  AuditWorld world;
  begin_audit(world);
  fill(world, 700);
  world.database.execute("UPDATE pos_audits SET to_at = to_at + 365 * 86400000");
  world.read_all();
  auto& database = world.database;
  const auto groups = database.integer("SELECT count(*) FROM pos_audit_groups");
  const auto orders = [&] { return database.integer("SELECT count(*) FROM pos_audit_orders"); };
  const auto all = orders();
  database.now_ms += 89 * day;
  world.tick();
  CHECK(orders() == all);
  database.now_ms += 2 * day;
  database.execute(
      "INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, "
      "location_id, external_order_id, survivor_order_id, next_attempt_at) VALUES "
      "('refund', 'x', 'a1', 'g', '', 'L1', 'o', 's', 9999999999999)");
  world.tick();
  CHECK(orders() == all);
  database.execute("DELETE FROM pos_repairs");
  world.tick();
  CHECK(orders() == all - 500);
  for (int i = 0; i < 10; ++i) world.tick();
  CHECK(orders() == 0);
  CHECK(database.integer("SELECT count(*) FROM pos_audit_payments") == 0);
  CHECK(database.integer("SELECT count(*) FROM pos_audit_groups") == groups);
  CHECK(world.tick() == R"({"requests":0,"d1_calls":1})");
}

}  // namespace reading_test
