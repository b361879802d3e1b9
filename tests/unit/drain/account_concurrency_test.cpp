// How fast an account is asked after Square has throttled it, and that nobody else is slower for
// it.
#include <doctest/doctest.h>

#include <algorithm>

#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace pace_test {

using world::RequestFault;
using world::Worker;
using world::World;

namespace {
using duration::minute;
using duration::second;

void enqueue_many(World& world, int count, const std::string& restaurant) {
  for (int i = 0; i < count; ++i) world.enqueue(restaurant + "-" + std::to_string(i), restaurant);
}

void give_account(World& world, const std::string& restaurant, std::int64_t pace = 0) {
  world.database.execute("INSERT INTO pos_accounts (restaurant_id, location_id, pace) VALUES ('" +
                         restaurant + "', 'L-" + restaurant + "', " + std::to_string(pace) + ")");
}

std::int64_t pace_of(World& world, const std::string& restaurant) {
  return world.database.integer("SELECT pace FROM pos_accounts WHERE restaurant_id = ?1",
                                {restaurant});
}

std::int64_t pause_of(World& world, const std::string& restaurant) {
  return world.database.integer("SELECT paused_until FROM pos_accounts WHERE restaurant_id = ?1",
                                {restaurant}) -
         world.database.now_ms;
}

std::int64_t count(World& world, const std::string& restaurant, const std::string& status) {
  return world.database.integer(
      "SELECT count(*) FROM pos_sync_queue WHERE restaurant_id = ?1 AND status = ?2",
      {restaurant, status});
}

bool is_of(const pos::io::Command& command, const std::string& restaurant) {
  const auto* fetch = std::get_if<pos::io::FetchCommand>(&command);
  return fetch != nullptr && fetch->body.find("\"L-" + restaurant + "\"") != std::string::npos;
}

/// One tick in which Square throttles each request of that restaurant and takes all others.
void tick_throttling(World& world, const std::string& id, const std::string& restaurant) {
  Worker worker(world, id);
  while (worker.run_until(world::is_fetch)) {
    worker.perform(is_of(*worker.next(), restaurant) ? RequestFault::throttled
                                                     : RequestFault::none);
  }
}

}  // namespace

TEST_CASE("an account that is throttled goes on at half its pace, and at no less than one") {
  World world;
  give_account(world, "adana");
  enqueue_many(world, 40, "adana");
  for (const std::int64_t pace : {3, 1, 1}) {
    tick_throttling(world, "t" + std::to_string(world.database.now_ms), "adana");
    // Up to six requests were out when it was, and their answers are one piece of news.
    CHECK(pace_of(world, "adana") == pace);
    world.pass(pause_of(world, "adana") + 20 * minute);
  }
}

TEST_CASE("each batch that Square answers makes a throttled account faster, up to all slots") {
  World world;
  give_account(world, "adana", 1);
  for (const std::int64_t pace : {2, 3, 4, 5, 0, 0}) {
    world.enqueue("A" + std::to_string(world.database.now_ms), "adana");
    Worker(world, "t" + std::to_string(world.database.now_ms)).run();
    CHECK(pace_of(world, "adana") == pace);
    world.pass(minute);
  }
}

TEST_CASE("silence makes a throttled account no faster") {
  World world;
  give_account(world, "adana", 2);
  world.enqueue("A1", "adana");
  Worker worker(world, "t1");
  while (worker.run_until(world::is_fetch)) worker.perform(RequestFault::failed);
  CHECK(pace_of(world, "adana") == 2);
}

TEST_CASE("a slow account has as many requests out as its pace, and all its orders are booked") {
  World world;
  give_account(world, "adana", 2);
  enqueue_many(world, 60, "adana");
  auto settings = Worker::test_settings();
  settings.batch_size = 500;
  Worker worker(world, "t1", settings);
  worker.perform();
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims "
                               "WHERE holder = 't1.1'") == 60);
  // The first claim is settled after fifty outcomes, and nothing before that raises the pace.
  REQUIRE(worker.run_until(world::is_settle));
  CHECK(worker.most_in_flight() == 2);
  worker.run();
  CHECK(count(world, "adana", "success") == 60);
}

TEST_CASE("other accounts use the slots that a slow one leaves, though its orders came first") {
  World world;
  give_account(world, "slow", 1);
  give_account(world, "quick");
  enqueue_many(world, 10, "slow");
  enqueue_many(world, 10, "quick");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  int slow = 0;
  int quick = 0;
  while (worker.next() && world::is_fetch(*worker.next())) {
    ++(is_of(worker.take(), "slow") ? slow : quick);
  }
  CHECK(slow == 1);
  CHECK(quick == 5);
}

TEST_CASE("a slow account is given its share of a claim and not more, and all orders get done") {
  World world;
  give_account(world, "slow", 1);
  give_account(world, "quick");
  enqueue_many(world, 100, "slow");
  enqueue_many(world, 100, "quick");
  Worker worker(world, "t1");
  worker.perform();
  const std::string mine =
      "SELECT count(*) FROM pos_sync_claims WHERE holder = 't1.1' AND order_id LIKE ";
  CHECK(world.database.integer(mine + "'slow-%'") == 8);  // a sixth of fifty
  CHECK(world.database.integer(mine + "'quick-%'") == 42);
  worker.run();
  CHECK(count(world, "slow", "success") == 100);
  CHECK(count(world, "quick", "success") == 100);
  CHECK(worker.tick().tally().given_back == 0);
}

TEST_CASE("restaurants that share a slow account share its part of a claim") {
  World world;
  world.database.execute("UPDATE pos_accounts SET pace = 1");
  for (int r = 0; r < 20; ++r) enqueue_many(world, 3, "r" + std::to_string(r));
  Worker worker(world, "t1");
  worker.perform();
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims "
                               "WHERE holder = 't1.1'") == 8);
  worker.run();
  CHECK(world.square.orders.size() == 60);
}

TEST_CASE("what a slow account could not send in time is given back, and the tick ends") {
  World world;
  give_account(world, "slow", 1);
  enqueue_many(world, 20, "slow");
  auto settings = Worker::test_settings();
  settings.wall_budget_ms = 60 * second;
  Worker worker(world, "t1", settings);
  while (worker.run_until(world::is_fetch)) {
    worker.wait(10 * second);
    worker.perform();
  }
  CHECK(worker.ended());
  const auto sent = static_cast<std::int64_t>(world.square.orders.size());
  CHECK(sent > 1);
  CHECK(sent < 8);
  CHECK(count(world, "slow", "success") == sent);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status = 'pending' "
                               "AND attempts = 0") == 20 - sent);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims "
                               "WHERE settled_at IS NULL AND holder <> ''") == 0);
}

TEST_CASE("while one account is throttled the others go on in the same tick") {
  World world;
  give_account(world, "slow");
  give_account(world, "quick");
  enqueue_many(world, 100, "slow");
  enqueue_many(world, 100, "quick");
  tick_throttling(world, "t1", "slow");
  CHECK(count(world, "quick", "success") == 100);
  CHECK(count(world, "slow", "success") == 0);
  CHECK(count(world, "slow", "failed") <= 6);  // those that were out
  CHECK(pause_of(world, "slow") > 0);
  CHECK(pause_of(world, "quick") <= 0);
  CHECK(pace_of(world, "quick") == 0);
}

TEST_CASE("while an account is paused, others are claimed for before all outcomes are written") {
  World world;
  give_account(world, "slow");
  give_account(world, "quick");
  enqueue_many(world, 1, "slow");
  enqueue_many(world, 100, "quick");
  auto settings = Worker::test_settings();
  settings.batch_size = 10;
  settings.concurrency = 2;
  Worker worker(world, "t1", settings);
  REQUIRE(worker.run_until([](const auto& command) { return is_of(command, "slow"); }));
  worker.perform(RequestFault::throttled);
  REQUIRE(worker.run_until(world::is_settle));
  worker.perform();  // the pause is written
  REQUIRE(worker.run_until(
      [](const auto& command) { return world::is_claim(command) || world::is_settle(command); }));
  CHECK(world::is_claim(*worker.next()));
  worker.run();
  CHECK(count(world, "quick", "success") == 100);
}

TEST_CASE("a claim that was asked for before the pause sends nothing of the paused account") {
  World world;
  give_account(world, "adana");
  enqueue_many(world, 40, "adana");
  auto settings = Worker::test_settings();
  settings.batch_size = 10;
  settings.concurrency = 2;
  Worker worker(world, "t1", settings);
  // The second claim is on its way while two requests are out.
  while (worker.tick().tally().d1_calls < 3) worker.perform();
  REQUIRE(world::is_fetch(*worker.next()));
  worker.perform(RequestFault::throttled);
  const auto sent = worker.tick().tally().requests;
  worker.run();
  CHECK(worker.tick().tally().claimed == 20);
  CHECK(worker.tick().tally().requests == sent);
  CHECK(world.database.integer("SELECT max(attempts) FROM pos_sync_queue") == 0);
}

TEST_CASE("a pause that ends within the tick is followed by half the pace") {
  World world;
  give_account(world, "adana");
  enqueue_many(world, 60, "adana");
  world.square.retry_after = "1";
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::throttled);
  REQUIRE(worker.run_until(world::is_settle));
  worker.perform();
  // Five more that were out have been taken since: that makes it no faster.
  REQUIRE(world::is_settle(*worker.next()));
  worker.perform();
  worker.wait(2 * second);
  REQUIRE(worker.run_until(world::is_claim));
  worker.perform();
  int out = 0;
  for (; worker.next() && world::is_fetch(*worker.next()); ++out) static_cast<void>(worker.take());
  CHECK(out == 3);
}

}  // namespace pace_test
