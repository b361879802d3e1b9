// A tick tells whether there may be anything to do for the past, so that the job which repairs it
// is started only then: its own question is a round trip to D1.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "harness/worker.hpp"
#include "store/statements.hpp"

namespace past_asked_test {

using pos::store::Statement;
using world::Worker;
using world::World;

namespace {

/// What the tick of a world without orders says of the past.
bool says_yes(World& world, const std::string& id) {
  Worker worker(world, id);
  worker.run();
  return worker.done().body.find(R"("past":true)") != std::string::npos;
}

/// Whether the job that repairs the past finds anything to do: some bit of its own question is set.
bool finds_something(World& world) {
  const std::string answer =
      world.database.batch({Statement::repair_due}, {"t", R"({"quiet_ms":150000})"});
  return answer.find('1') != std::string::npos;
}

}  // namespace

TEST_CASE("a tick without a past asks for no repair, and its answer says so") {
  World world;
  CHECK_FALSE(says_yes(world, "t1"));
  CHECK_FALSE(finds_something(world));
}

TEST_CASE("a tick starts no repair for a past that is at rest, or not due yet") {
  const std::string repair =
      "INSERT INTO pos_repairs (provider, action, target, audit_id, group_id, restaurant_id, "
      "location_id, external_order_id, survivor_order_id, state, told_by) VALUES ('square', "
      "'refund', 'P1', 'a1', 'g1', 'r', 'L1', 'O1', 'O2', ";
  const std::string mail =
      "INSERT INTO pos_mails (id, audit_id, restaurant_id, language, subject, body, state, "
      "next_attempt_at, reason) VALUES ('m', 'a1', 'r', 'en', 's', 'b', ";
  const auto place = [](const std::string& step, const std::string& at) {
    return "INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id, step, "
           "next_attempt_at) VALUES ('a1', 'L1', '', '" +
           step + "', " + at + ")";
  };
  const auto audit = [](const std::string& id, const std::string& created_at) {
    return "INSERT INTO pos_audits (id, provider, from_at, to_at, window_ms, created_at) VALUES "
           "('" +
           id + "', 'square', 1, 2, 3, " + created_at + ");";
  };
  const auto order = [](const std::string& of) {
    return "INSERT INTO pos_audit_orders (audit_id, external_order_id, location_id, created_at) "
           "VALUES ('" +
           of + "', 'O1', 'L1', 1);";
  };
  const auto payment = [](const std::string& of) {
    return "INSERT INTO pos_audit_payments (audit_id, payment_id, external_order_id, location_id, "
           "created_at, status) VALUES ('" +
           of + "', 'P1', 'O1', 'L1', 1, 'COMPLETED');";
  };
  const World time;
  const auto at = [&](std::int64_t ms) { return std::to_string(time.database.now_ms + ms); };
  const std::int64_t ninety_days = 90 * std::int64_t{86'400'000};
  struct Case {
    const char* what;
    std::string sql;
    bool says;
  };
  for (const Case& each : std::vector<Case>{
           {"a place that is due just now", place("orders", at(0)), true},
           {"a place that waits", place("orders", at(1)), false},
           {"a place that is done", place("done", "0"), false},
           {"a repair that is pending", repair + "'pending', 'm')", true},
           {"a repair that is done, and told of", repair + "'done', 'm')", false},
           {"a repair that has stopped, and is told of", repair + "'stopped', 'm')", false},
           {"a repair that has stopped, and is not", repair + "'stopped', '')", true},
           {"a mail that is due just now", mail + "'due', " + at(0) + ", '')", true},
           {"a mail that waits", mail + "'due', " + at(1) + ", '')", false},
           {"a mail that is sent", mail + "'sent', 0, 'x')", false},
           {"a draft that lacks nothing", mail + "'draft', 0, '')", false},
           {"an old audit that holds no page", audit("a1", "1"), false},
           {"an old audit that holds payments", audit("a1", "1") + payment("a1"), true},
           {"an old audit beside a young one that holds pages",
            audit("a1", "1") + audit("a2", at(0)) + order("a2") + payment("a2"), false},
           {"an audit of ninety days", audit("a1", at(-ninety_days)) + order("a1"), false},
           {"an audit of a moment more", audit("a1", at(-ninety_days - 1)) + order("a1"), true}}) {
    CAPTURE(each.what);
    World world;
    world.database.execute(each.sql);
    CHECK(says_yes(world, "t1") == each.says);
  }
}

TEST_CASE(
    "whatever a repair would find to do, the tick before it has said that there may be something") {
  const std::vector<std::pair<const char*, const char*>> pasts = {
      {"a place that is to be read",
       "INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id) VALUES ('a1', 'L1', "
       "'')"},
      {"a repair that is due", "UPDATE pos_repairs SET told_by = 'told'"},
      {"a repair whose owner went away",
       "UPDATE pos_repairs SET told_by = 'told', holder = 'gone', lease_until = 1, "
       "next_attempt_at = 9000000000000000"},
      {"a repair that nobody was told of", "UPDATE pos_repairs SET state = 'done'"},
      {"a mail that is due",
       "INSERT INTO pos_mails (id, audit_id, restaurant_id, language, subject, body, state) "
       "VALUES ('m', 'a1', 'r', 'en', 's', 'b', 'due')"},
      {"a draft that lacks something",
       "INSERT INTO pos_mails (id, audit_id, restaurant_id, language, subject, body, state, "
       "reason) "
       "VALUES ('m', 'a1', 'r', 'en', 's', 'b', 'draft', 'no address')"},
      {"an audit of long ago whose pages are there still",
       "INSERT INTO pos_audit_orders (audit_id, external_order_id, location_id, created_at) "
       "VALUES ('a1', 'O1', 'L1', 1)"},
  };
  for (const auto& each : pasts) {
    CAPTURE(each.first);
    World world;
    const std::string statement = each.second;
    if (statement.find("UPDATE pos_repairs") == 0) {
      world.database.execute(
          std::string("INSERT INTO pos_repairs (provider, action, target, audit_id, group_id, "
                      "restaurant_id, location_id, external_order_id, survivor_order_id) "
                      "VALUES ('square', 'refund', 'P1', 'a1', 'g1', 'r', 'L1', 'O1', 'O2')"));
    }
    if (statement.find("INSERT INTO pos_audit_orders") == 0) {
      world.database.execute(
          "INSERT INTO pos_audits (id, provider, from_at, to_at, window_ms, created_at) "
          "VALUES ('a1', 'square', 1, 2, 3, 4)");
    }
    world.database.execute(statement);
    REQUIRE(finds_something(world));
    CHECK(says_yes(world, "t1"));
  }
}

}  // namespace past_asked_test
