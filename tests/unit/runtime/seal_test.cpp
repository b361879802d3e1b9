// The seal of what was approved: who may only write to the tables moves no money and says nothing.
#include <doctest/doctest.h>

#include <set>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "harness/audit_world.hpp"
#include "harness/database.hpp"
#include "harness/mail_world.hpp"
#include "harness/repair_http.hpp"
#include "harness/repair_runner.hpp"
#include "repair/row.hpp"
#include "runtime/seal.hpp"
#include "store/sealed_columns.hpp"

namespace seal_test {

using world::Mailer;
using world::MailWorld;
using world::RepairRunner;
using world::RepairWorld;

namespace {

std::set<std::string> words_of(std::string_view list) {
  std::set<std::string> all;
  while (!list.empty()) {
    std::string_view word = pos::take_word(list);
    if (!word.empty() && word.back() == ',') word.remove_suffix(1);
    if (!word.empty()) all.emplace(word);
  }
  return all;
}

std::set<std::string> columns_of(world::Database& database, const std::string& table) {
  return words_of(
      database.text("SELECT group_concat(name, ' ') FROM pragma_table_info('" + table + "')", {}));
}

/// Runs a tick; returns how many requests reached Square that change something.
std::size_t changes_after_a_tick(RepairWorld& world, const std::string& id = "tick") {
  const std::size_t before = world.square.bodies.size();
  RepairRunner(world, id, RepairRunner::test_settings()).run();
  return world.square.bodies.size() - before;
}

}  // namespace

TEST_CASE("a column that somebody adds is under the seal, or is said to be the engine's own") {
  RepairWorld world;
  const auto check = [&](const char* table, std::string_view sealed, std::string_view own) {
    CAPTURE(table);
    std::set<std::string> known = words_of(sealed);
    for (const std::string& each : words_of(own)) {
      CAPTURE(each);
      CHECK(known.insert(each).second);
    }
    CHECK(columns_of(world.database, table) == known);
  };
  check("pos_repairs", POS_SEALED_REPAIR(POS_SEALED_NAME), POS_UNSEALED_REPAIR);
  check("pos_mails", POS_SEALED_MAIL(POS_SEALED_NAME), POS_UNSEALED_MAIL);
}

TEST_CASE("a refund that was written into the table by hand is not made") {
  RepairWorld world;
  world.plant();
  world.database.execute("UPDATE pos_repairs SET seal = ''");
  CHECK(changes_after_a_tick(world) == 0);
  CHECK(world.square.reads.empty());
  CHECK(world.state("P2") == "stopped");
  CHECK(world.reason("P2") == "unsealed: it has no seal");
  CHECK(world.log("P2") == "survey_unsealed");
  CHECK(changes_after_a_tick(world, "again") == 0);
  CHECK(world.log("P2") == "survey_unsealed");
}

TEST_CASE("what was approved of one payment moves no money of another one") {
  for (const char* change :
       {"target = 'P1'", "action = 'cancel', target = 'O2'", "audit_id = 'A2'", "group_id = 'g2'",
        "restaurant_id = 'x'", "location_id = 'L2'", "external_order_id = 'O9'",
        "survivor_order_id = 'O2'", "amount = 34999", "amount = 35001", "currency = 'EUR'",
        "fee = 1", "source_type = 'CARD'", "approved_by = 'the boss'", "approved_role = 'approve'",
        "approved_at = 1", "amount = '35000x'", "approved_at = 0.5"}) {
    CAPTURE(change);
    RepairWorld world;
    world.plant();
    world.database.execute(
        "INSERT INTO pos_accounts (restaurant_id, location_id) VALUES ('x', 'L1')");
    world.database.execute(std::string("UPDATE pos_repairs SET ") + change);
    CHECK(changes_after_a_tick(world) == 0);
    CHECK(world.database.text("SELECT reason FROM pos_repairs", {}).rfind("unsealed: ", 0) == 0);
  }
}

TEST_CASE("a frozen request that was changed in the database is not sent") {
  for (const char* change :
       {"replace(request, 'P2', 'P1')", "replace(request, '35000', '34000')",
        "replace(request, 'TRY', 'EUR')", "replace(request, 'posSync:', 'possync:')",
        "replace(request, 'reason', 'unlinked')"}) {
    CAPTURE(change);
    RepairWorld world;
    world.plant();
    {
      RepairRunner repair_runner(world, "first", RepairRunner::test_settings());
      // What was frozen is refused for its token: nothing is in doubt, and it is sent once more.
      REQUIRE(repair_runner.run_until([](const pos::io::Command& command) {
        const auto* fetch = std::get_if<pos::io::FetchCommand>(&command);
        return fetch != nullptr && fetch->method == pos::io::Method::post;
      }));
      repair_runner.perform(world::RequestFault::unauthorized);
      repair_runner.run();
    }
    REQUIRE(world.state("P2") == "due");
    world.database.execute(std::string("UPDATE pos_repairs SET next_attempt_at = 0, request = ") +
                           change);
    const std::size_t before = world.square.refunds.size();
    RepairRunner(world, "second", RepairRunner::test_settings()).run();
    CHECK(world.square.refunds.size() == before);
    CHECK(world.state("P2") == "stopped");
    CHECK(world.reason("P2") == "unsealed: what is frozen for it is not what was approved");
  }
}

TEST_CASE("a refund that is done is not made again because its row was set back by hand") {
  RepairWorld world;
  world.plant();
  RepairRunner(world, "first", RepairRunner::test_settings()).run();
  REQUIRE(world.state("P2") == "done");
  REQUIRE(world.square.refunds.size() == 1);
  for (const char* change :
       {"state = 'due'", "state = 'due', request = NULL, generation = 1, external_refund_id = NULL",
        "state = 'due', request = NULL, generation = 7, first_sent_at = NULL, last_sent_at = "
        "NULL"}) {
    CAPTURE(change);
    world.database.execute(std::string("UPDATE pos_repairs SET next_attempt_at = 0, ") + change);
    world.pass(3'600'000);
    RepairRunner(world, std::string("later ") + change, RepairRunner::test_settings()).run();
    CHECK(world.square.refunds.size() == 1);
  }
}

TEST_CASE("without its key a worker sends nothing, loses nothing, and goes on once it is set") {
  RepairWorld world;
  world.plant();
  world.has_seal_key = false;
  CHECK(changes_after_a_tick(world) == 0);
  CHECK(world.state("P2") == "due");
  CHECK(world.reason("P2") == "not_sent: SEAL_KEY: missing");
  CHECK(world.column("P2", "attempts") == "0");
  CHECK(changes_after_a_tick(world, "at once") == 0);
  world.has_seal_key = true;
  world.pass(RepairRunner::test_settings().lease_ms);
  CHECK(changes_after_a_tick(world, "later") == 1);
  CHECK(world.state("P2") == "done");
}

TEST_CASE("nothing is set going again where nothing could be sent") {
  RepairWorld world;
  world.plant();
  world.database.execute("UPDATE pos_repairs SET state = 'stopped', reason = 'too_old'");
  world.has_seal_key = false;
  const pos::io::DoneCommand answer = world::retry(world, "P2");
  CHECK(answer.status == 503);
  CHECK(answer.body.find("SEAL_KEY: missing") != std::string::npos);
  CHECK(world.state("P2") == "stopped");
}

TEST_CASE("what is sealed is spelled in one way, whoever has stored it") {
  CHECK(pos::runtime::sealed_text(R"([ "a" , 1,null,"\u0131" ])") == "[\"a\",1,null,\"ı\"]");
  CHECK(pos::runtime::sealed_text("[1.5]").empty());
  CHECK(pos::runtime::sealed_text("[[1]]").empty());
  CHECK(pos::runtime::sealed_text("{}").empty());
  CHECK(pos::runtime::sealed_text("").empty());
  // NULL and nothing are two things.
  CHECK(pos::runtime::sealed_text("[null]") != pos::runtime::sealed_text(R"([""])"));
}

TEST_CASE(
    "a row that holds what no approval can seal is not held by the seal of another such row") {
  for (const char* values : {"[1.5]", "[\"square\",{}]", "{}", "", "[true]"}) {
    CAPTURE(values);
    pos::io::SignCommand command = pos::runtime::signing();
    pos::runtime::add_to_verify(command, values, "v1.k.c2VhbA");
    CHECK(command.signatures.back().empty());
  }
  pos::io::SignCommand command = pos::runtime::signing();
  pos::runtime::add_to_verify(command, "[1,\"a\",null]", "v1.k.c2VhbA");
  CHECK(command.signatures.back() == "v1.k.c2VhbA");
}

}  // namespace seal_test
