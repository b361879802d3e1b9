// Where SQL and core say the same thing twice, they are held together here.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "harness/worker.hpp"
#include "identity/keys.hpp"
#include "store/statements.hpp"

namespace store_test {

using world::Worker;
using world::World;

TEST_CASE("the claim key that the SQL builds is the core's, whatever an order id is made of") {
  World world;
  const std::vector<std::string> ids = {
      "A1",          "a:b",     "100%", "%3A",  "a%3Ab",
      "Çiğ:köfte 🍢", "a b/c?d", ":::",  "%%25", std::string(200, ':')};
  for (const std::string& id : ids) {
    world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES (?1, ?2)",
                           {id, world::payload()});
  }
  Worker worker(world, "t1");
  worker.perform();
  for (const std::string& id : ids) {
    CAPTURE(id);
    world.database.execute(
        "CREATE TEMP TABLE IF NOT EXISTS wanted (claim_key TEXT, order_id TEXT)");
    world.database.execute("DELETE FROM wanted");
    world.database.execute("INSERT INTO wanted VALUES (?1, ?2)",
                           {pos::claim_key(id, "square"), id});
    CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims c JOIN wanted w "
                                 "ON w.claim_key = c.claim_key AND w.order_id = c.order_id") == 1);
  }
}

TEST_CASE("two orders whose ids differ only in what is encoded do not share a claim") {
  CHECK(pos::claim_key("a:b", "square") != pos::claim_key("a%3Ab", "square"));
  CHECK(pos::claim_key("a", "b:square") != pos::claim_key("a:b", "square"));
}

TEST_CASE("every statement is one that SQLite takes") {
  World world;
  for (const pos::store::Part part : pos::store::parts()) {
    for (const pos::store::Entry& each : part) {
      CAPTURE(each.name);
      CHECK_NOTHROW(
          world.database.execute("EXPLAIN " + std::string(pos::store::sql_of(each.statement)), {}));
    }
  }
}

TEST_CASE(
    "the purge deletes nothing from the ledger, and no statement touches a table it should not") {
  std::vector<pos::store::Statement> all;
  for (const pos::store::Part part : pos::store::parts()) {
    for (const pos::store::Entry& each : part) all.push_back(each.statement);
  }
  for (const pos::store::Statement statement : all) {
    const std::string sql(pos::store::sql_of(statement));
    CAPTURE(pos::store::name_of(statement));
    CHECK(sql.find("DELETE FROM pos_sync_ledger") == std::string::npos);
    CHECK(sql.find('@') == std::string::npos);
    // But one, which asks whether the database is an earlier pos-sync's.
    const bool asks = statement == pos::store::Statement::schema_look;
    CHECK((asks || sql.find("_v0") == std::string::npos));
    // workerd refuses longer ones.
    CHECK(sql.size() < 100'000);
  }
}

TEST_CASE("no millisecond of D1's clock is stored as the one before it") {
  World world;
  const std::string now(pos::store::sql_of(pos::store::Statement::audit_now));
  for (int i = 0; i < 200; ++i) {
    world.database.now_ms += 1'234'567;
    CHECK(world.database.integer(now) == world.database.now_ms);
  }
}

TEST_CASE("each statement takes as many parameters as its SQL names") {
  for (const pos::store::Part part : pos::store::parts()) {
    for (const pos::store::Entry& each : part) {
      const std::string sql = pos::store::sql_of(each.statement);
      int named = 0;
      for (int number = 1; number <= 9; ++number) {
        if (sql.find("?" + std::to_string(number)) != std::string::npos) named = number;
      }
      CHECK_MESSAGE(named == each.parameters, each.name);
    }
  }
}

}  // namespace store_test
