// What a reconciliation reads of our side, statement by statement: each order once, each restaurant
// of an account once, whatever size a payload has.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "harness/changes.hpp"
#include "harness/database.hpp"

namespace books_rows_test {

using changes::Columns;
using changes::rows_of;
using pos::store::Statement;

namespace {

struct Sales : changes::Tables {
  void row(const std::string& order_id, const Columns& columns = {}) {
    insert("pos_sync_queue",
           {{"order_id", "'" + order_id + "'"},
            {"payload", "'{}'"},
            {"restaurant_id", "'r1'"},
            {"status", "'success'"},
            {"created_at", "datetime(1795000000, 'unixepoch')"}},
           columns);
  }
  void ledger(const std::string& order_id, const Columns& columns = {}) {
    insert("pos_sync_ledger",
           {{"order_id", "'" + order_id + "'"},
            {"provider", "'square'"},
            {"revision", "1"},
            {"restaurant_id", "'r1'"},
            {"first_sent_at", "1795000000000"},
            {"booked_at", "1795000000000"}},
           columns);
  }
  /// The first columns of what a statement answers.
  std::string ids(Statement statement, const std::string& more = "") {
    const std::string query = R"({"account":"","location_id":"L1","restaurant_id":"r1","from":0,)"
                              R"("near":1796000000000,"late":1797000000000,"after_at":0,)"
                              R"("after_order":"","after_number":0)" +
                              more + "}";
    std::string text;
    std::string row;
    for (const char each : rows_of(database.batch({statement}, {query}))) {
      if (each == '\n') {
        text += row.substr(0, row.find('|')) + " ";
        row.clear();
      } else {
        row += each;
      }
    }
    return text;
  }
};

}  // namespace

TEST_CASE("every restaurant without an account of its own is part of the default account's books") {
  Sales world;
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, provider) VALUES ('own1', "
      "'square'), ('own2', 'square'), ('p9', 'clover')");
  for (const char* id : {"p3", "p1", "p9", "both", "own1"}) {
    world.ledger(std::string("L-") + id, {{"restaurant_id", "'" + std::string(id) + "'"}});
    world.ledger(std::string("M-") + id, {{"restaurant_id", "'" + std::string(id) + "'"}});
  }
  world.ledger("L-unbooked", {{"restaurant_id", "'unbooked'"}, {"booked_at", "NULL"}});
  for (const char* id : {"o3", "o1", "o2", "both", "own2"}) {
    world.row(std::string("Q-") + id, {{"restaurant_id", "'" + std::string(id) + "'"}});
    world.row(std::string("R-") + id, {{"restaurant_id", "'" + std::string(id) + "'"}});
  }
  world.row("Q-named", {{"restaurant_id", "'named'"}, {"external_order_id", "'S'"}});
  world.row("Q-dead", {{"restaurant_id", "'dead'"}, {"status", "'dead'"}});
  CHECK(world.ids(Statement::books_restaurants) == "both o1 o2 o3 p1 p3 p9 ");
}

TEST_CASE("an order comes however large it is: a page has one at least, and ends behind two MB") {
  for (const bool pushed : {true, false}) {
    CAPTURE(pushed);
    Sales world;
    const Statement statement = pushed ? Statement::books_sold : Statement::books_unnamed;
    const auto sell = [&](const char* id, const char* size, const char* at) {
      const std::string text = std::string("printf('%.*c', ") + size + ", 'x')";
      const Columns sizes = {{"payload", text},
                             {"created_at", std::string("datetime(") + at + ", 'unixepoch')"}};
      world.row(id, sizes);
      if (pushed) world.ledger(id, {{"booked_at", std::string(at) + "000"}});
    };
    sell("A1", "2000001", "1795000000");
    CHECK(world.ids(statement) == "A1 ");
    sell("A2", "1", "1795000001");
    CHECK(world.ids(statement) == "A1 ");
    sell("A0", "1000000", "1794000000");
    CHECK(world.ids(statement) == "A0 ");
    world.database.execute(
        "UPDATE pos_sync_queue SET payload = printf('%.*c', 1000000, 'x') "
        "WHERE order_id = 'A1'");
    CHECK(world.ids(statement) == "A0 A1 ");
    world.database.execute(
        "UPDATE pos_sync_queue SET payload = printf('%.*c', 999999, 'x') "
        "WHERE order_id = 'A1'");
    CHECK(world.ids(statement) == "A0 A1 A2 ");
  }
}

TEST_CASE("of an order that the books ask about by its name one thing is known, and the surest") {
  const auto known = [](const std::vector<std::pair<bool, Columns>>& things) {
    Sales world;
    for (const auto& [is_ledger, columns] : things) {
      if (is_ledger) {
        world.ledger("A1", columns);
      } else {
        world.row("A1", columns);
      }
    }
    pos::json::Document rows;
    REQUIRE(rows.parse(
        world.database.batch({Statement::books_known}, {R"({"account":"","ids":["A1","A2"]})"})));
    std::string text;
    for (auto row = rows.root().first().first(); row.present(); row = row.next()) {
      text += std::string(row.at(0).text()) + "#" + std::to_string(row.at(1).integer()) + " " +
              std::string(row.at(3).text()) + " " + std::string(row.at(8).text()) + ";";
    }
    return text;
  };
  const Columns dead = {{"status", "'dead'"}, {"last_error", "'x'"}};
  CHECK(known({}).empty());
  CHECK(known({{false, {}}}) == "A1#1 sold success;");
  CHECK(known({{false, dead}}) == "A1#1 unsold dead, x;");
  CHECK(known({{true, {}}}) == "A1#1 sold ;");
  // What the ledger knows goes before what a row says.
  CHECK(known({{true, {}}, {false, dead}}) == "A1#1 sold ;");
  CHECK(known({{true, {{"booked_at", "NULL"}, {"in_doubt_since", "5"}}}, {false, dead}}) ==
        "A1#1 in_doubt dead, x;");
  // Of several rows the one that was booked, else the newest.
  CHECK(known({{false, {}}, {false, dead}}) == "A1#1 sold success;");
  CHECK(known({{false, dead}, {false, {}}}) == "A1#1 sold success;");
  CHECK(known({{false, dead}, {false, {{"status", "'failed'"}}}}) == "A1#1 unsold failed;");
  // Other revisions, restaurants with an account of their own, other providers.
  CHECK(known({{false, {}}, {false, {{"revision", "2"}, {"status", "'dead'"}}}}) ==
        "A1#1 sold success;A1#2 unsold dead;");
  CHECK(known({{true, {}}, {false, {{"revision", "2"}, {"status", "'dead'"}}}}) ==
        "A1#1 sold ;A1#2 unsold dead;");
  CHECK(known({{false, {{"provider", "'clover'"}}}}).empty());
  CHECK(known({{true, {{"provider", "'clover'"}}}, {false, {}}}) == "A1#1 sold success;");
}

}  // namespace books_rows_test
