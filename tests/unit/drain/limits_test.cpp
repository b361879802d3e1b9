// What does not fit, and what must not be brought down by it.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "harness/worker.hpp"

namespace limits_test {

using world::Worker;
using world::World;

TEST_CASE("fifty payloads of nearly 256 KB are frozen within D1's limit on a bound value") {
  World world;
  const std::string note(2000, 'n');
  std::string items;
  for (int i = 0; i < 120; ++i) {
    items += std::string(i == 0 ? "" : ",") +
             R"({"name":"Ad\u0131na","quantity":"1","unit_price":100,"note":")" + note + "\"}";
  }
  for (int i = 0; i < 50; ++i) {
    world.database.execute(
        "INSERT INTO pos_sync_queue (order_id, payload) VALUES (?1, ?2)",
        {"A" + std::to_string(i), R"({"currency":"TRY","items":[)" + items + "]}"});
  }
  Worker worker(world, "t1");
  while (const auto command = worker.next()) {
    if (const auto* batch = std::get_if<pos::io::D1Command>(&*command)) {
      for (const std::string& parameter : batch->parameters) CHECK(parameter.size() < 2'000'000);
    }
    worker.perform();
  }
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status='success'") == 50);
}

// Names of quotes, which are escaped once more at each step, and as many modifiers as an order
// takes.
TEST_CASE("what grows most on its way to D1 stays within its limit on a bound value") {
  World world;
  std::string name;
  for (int i = 0; i < 40; ++i) name += "\\\"";
  std::string modifiers;
  for (int i = 0; i < 100; ++i) {
    modifiers += std::string(i == 0 ? "" : ",") + R"({"name":")" + name + R"(","unit_price":0})";
  }
  std::string items;
  for (int i = 0; i < 20; ++i) {
    items += std::string(i == 0 ? "" : ",") +
             R"({"name":"x","quantity":"1","unit_price":1,"modifiers":[)" + modifiers + "]}";
  }
  const std::string payload = R"({"currency":"TRY","items":[)" + items + "]}";
  CHECK(payload.size() > 200'000);
  CHECK(payload.size() < 262'144);
  for (int i = 0; i < 10; ++i) {
    world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES (?1, ?2)",
                           {"A" + std::to_string(i), payload});
  }
  std::size_t longest = 0;
  Worker worker(world, "t1");
  while (const auto command = worker.next()) {
    if (const auto* batch = std::get_if<pos::io::D1Command>(&*command)) {
      for (const std::string& parameter : batch->parameters) {
        longest = std::max(longest, parameter.size());
      }
    }
    worker.perform();
  }
  CHECK(longest > 500'000);
  CHECK(longest < 2'000'000);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status='success'") == 10);
}

TEST_CASE("a payload over 256 KB is dead and says so, and does not bring down the batch it is in") {
  World world;
  world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES ('big', ?1)",
                         {world::payload().insert(1, std::string(300'000, ' '))});
  world.enqueue("good");
  Worker(world, "t1").run();
  CHECK(world.status("good") == "success");
  CHECK(world.error("big") == "rejected: payload: expected at most 262144 bytes, got more");
}

TEST_CASE("a payload that is no JSON is dead and says so, and others go on") {
  World world;
  world.database.execute(
      R"(INSERT INTO pos_sync_queue (order_id, payload) VALUES ('torn', '{"currency":"TRY"'))");
  world.enqueue("good");
  Worker(world, "t1").run();
  CHECK(world.status("good") == "success");
  CHECK(world.error("torn").rfind("rejected: payload: ", 0) == 0);
  CHECK(world.error("torn").size() > std::string("rejected: payload: ").size());
}

TEST_CASE("a payload with a thousand faults is dead with the first of them, and others go on") {
  World world;
  std::string items;
  for (int i = 0; i < 400; ++i)
    items += std::string(i == 0 ? "" : ",") + R"({"unit_price":"35,00"})";
  world.database.execute(
      R"(INSERT INTO pos_sync_queue (order_id, payload) VALUES ('bad', '{"currency":"TRY","items":[)" +
      items + "]}')");
  world.enqueue("good");
  Worker(world, "t1").run();
  CHECK(world.status("good") == "success");
  CHECK_MESSAGE(world.error("bad").rfind("rejected: items[0]", 0) == 0, world.error("bad"));
  CHECK(world.error("bad").size() < 1100);
}

TEST_CASE("the account that every restaurant without its own needs cannot be deleted by mistake") {
  World world;
  CHECK_THROWS(world.database.execute("DELETE FROM pos_accounts"));
}

}  // namespace limits_test
