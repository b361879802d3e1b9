// A Worker has 128 MB: what it is handed at once is bounded in bytes, not in rows alone.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/json/value.hpp"
#include "harness/http.hpp"
#include "harness/worker.hpp"

namespace bytes_test {

using pos::api::Request;
using pos::api::Route;
using world::World;

namespace {

void insert(World& world, const std::string& order_id, std::size_t bytes, int revision = 1) {
  world.database.execute(
      "INSERT INTO pos_sync_queue (order_id, revision, status, payload) VALUES (?1, " +
          std::to_string(revision) + ", 'dead', ?2)",
      {order_id, "\"" + std::string(bytes - 2, 'x') + "\""});
}

/// A page of GET /v1/orders: the ids on it, and how long the answer was.
struct Page {
  std::string ids;
  std::string cursor;
  std::size_t bytes = 0;
};

Page page_of(World& world, const std::string& cursor) {
  Request request;
  request.route = Route::list;
  request.cursor = cursor;
  const auto done = world::call(world, std::move(request));
  REQUIRE(done.status == 200);
  pos::json::Document body;
  REQUIRE(body.parse(done.body));
  Page page;
  page.bytes = done.body.size();
  page.cursor = body.root()["cursor"].text();
  const auto orders = body.root()["orders"];
  for (auto each = orders.first(); each.present(); each = each.next()) {
    page.ids += std::string(each["order_id"].text()) + " ";
  }
  return page;
}

}  // namespace

TEST_CASE("a list of large orders comes in more pages, loses none, and none is a worker's end") {
  World world;
  std::string all;
  for (int i = 0; i < 30; ++i) {
    const std::string id = "A" + std::to_string(i);
    // The third is larger than a page by itself.
    insert(world, id, i == 2 ? 1'900'000 : 262'000);
    all = id + " " + all;
  }
  std::string seen;
  std::string cursor;
  int pages = 0;
  do {
    const Page page = page_of(world, cursor);
    CHECK(page.bytes < 3'100'000);
    CHECK_FALSE(page.ids.empty());
    seen += page.ids;
    cursor = page.cursor;
    REQUIRE(++pages < 40);
  } while (!cursor.empty());
  CHECK(seen == all);
  CHECK(pages > 5);
}

TEST_CASE("a list of small orders has a hundred rows a page, and a cursor only where more may be") {
  World world;
  for (int i = 0; i < 99; ++i) insert(world, "A" + std::to_string(i), 200);
  CHECK(page_of(world, "").cursor.empty());
  for (int i = 99; i < 101; ++i) insert(world, "A" + std::to_string(i), 200);
  const Page first = page_of(world, "");
  CHECK(first.ids.find("A1 ") != std::string::npos);
  CHECK(page_of(world, first.cursor).ids == "A0 ");
  CHECK(page_of(world, "1").cursor.empty());
}

TEST_CASE("an order with many large revisions shows the newest, and says what it leaves out") {
  World world;
  for (int revision = 1; revision <= 20; ++revision) insert(world, "A", 200'000, revision);
  Request request;
  request.route = Route::show;
  request.order_id = "A";
  const auto done = world::call(world, std::move(request));
  CHECK(done.body.size() < 1'500'000);
  pos::json::Document body;
  REQUIRE(body.parse(done.body));
  const auto rows = body.root()["rows"];
  REQUIRE(rows.size() == 20);
  CHECK(rows.at(0)["payload"].text() ==
        "[left out of this answer: 200000 bytes; ?revision= shows it]");
  CHECK(rows.at(19)["payload"].text().size() == 200'000);
  Request alone;
  alone.route = Route::show;
  alone.order_id = "A";
  alone.revision = 1;
  pos::json::Document one;
  REQUIRE(one.parse(world::call(world, std::move(alone)).body));
  CHECK(one.root()["rows"].at(0)["payload"].text().size() == 200'000);
}

TEST_CASE("a payload that is refused for its size alone is not carried into the worker") {
  World world;
  for (int i = 0; i < 10; ++i) {
    world.database.execute(
        "INSERT INTO pos_sync_queue (order_id, payload) VALUES (?1, ?2)",
        {"big" + std::to_string(i), world::payload().insert(1, std::string(1'900'000, ' '))});
  }
  world.database.execute(
      "INSERT INTO pos_sync_queue (order_id, payload) VALUES ('edge', ?1)",
      {world::payload().insert(1, std::string(262'144 - world::payload().size(), ' '))});
  world::Worker(world, "t1").run();
  CHECK(world.status("edge") == "success");
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status = 'dead' AND "
                               "last_error = 'rejected: payload: expected at most 262144 bytes, "
                               "got more'") == 10);
}

namespace {

/// Orders of so many bytes each, in distinct restaurants if asked.
void enqueue_large(World& world, int orders, std::size_t bytes, const std::string& prefix = "L") {
  const std::string payload = world::payload();
  for (int i = 0; i < orders; ++i) {
    world.database.execute(
        "INSERT INTO pos_sync_queue (order_id, payload) VALUES (?1, ?2)",
        {prefix + std::to_string(i), std::string(payload).insert(1, bytes - payload.size(), ' ')});
  }
}

/// How many orders each claim of a tick took.
std::vector<std::int64_t> claims_of(world::Worker& worker) {
  std::vector<std::int64_t> sizes;
  while (worker.run_until(world::is_claim)) {
    const std::int64_t before = worker.tick().tally().claimed;
    worker.perform();
    sizes.push_back(worker.tick().tally().claimed - before);
  }
  return sizes;
}

}  // namespace

TEST_CASE("a claim of large orders takes few of them, and the rest of them come right behind it") {
  World world;
  enqueue_large(world, 50, 262'144);
  world::Worker worker(world, "t1");
  const auto sizes = claims_of(worker);
  CHECK(worker.tick().tally().booked == 50);
  for (const std::int64_t size : sizes) CHECK(size <= 9);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status <> 'success'") ==
        0);
}

TEST_CASE(
    "what a claim leaves out for its bytes is claimed by nobody, so that another can take it") {
  World world;
  enqueue_large(world, 50, 262'144);
  world::Worker first(world, "t1");
  REQUIRE(first.run_until(world::is_claim));
  first.perform();
  const std::string open =
      "SELECT count(*) FROM pos_sync_claims WHERE settled_at IS NULL AND holder <> ''";
  CHECK(world.database.integer(open) == first.tick().tally().claimed);
  // It dies; another takes the next ones while its lease runs.
  world::Worker second(world, "t2");
  second.run();
  CHECK(second.tick().tally().booked == 50 - first.tick().tally().claimed);
}

TEST_CASE(
    "frozen requests are counted, too, and a claim's first order comes whatever its size is") {
  World world;
  enqueue_large(world, 3, 200);
  world.database.execute(
      "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, fingerprint, "
      "request) SELECT order_id, provider, revision, '', 'f', json_object('order', ?1) "
      "FROM pos_sync_queue",
      {std::string(1'900'000, ' ')});
  world::Worker worker(world, "t1");
  const auto sizes = claims_of(worker);
  REQUIRE(sizes.size() >= 2);
  CHECK(sizes[0] == 2);  // the second begins below the limit
  CHECK(worker.tick().tally().claimed == 3);
}

TEST_CASE(
    "an account that may give one order only gives its large one, though others stand before") {
  World world;
  for (int i = 0; i < 30; ++i) {
    world.enqueue("R" + std::to_string(i), "r" + std::to_string(10 + i));
  }
  world.database.execute(
      "UPDATE pos_sync_queue SET payload = substr(payload, 1, 1) || printf('%*s', 250000, '') || "
      "substr(payload, 2), next_attempt_at = 100 - id");
  world.database.execute("UPDATE pos_accounts SET breaker_opens = 1");
  world::Worker worker(world, "t1");
  worker.run();
  CHECK(worker.tick().tally().booked >= 1);
}

TEST_CASE(
    "orders too large for a payload are dead with their reason in one claim, and cost no bytes") {
  World world;
  enqueue_large(world, 50, 1'900'000);
  world::Worker worker(world, "t1");
  const auto sizes = claims_of(worker);
  REQUIRE(sizes.size() >= 1);
  CHECK(sizes[0] == 50);
  CHECK(worker.tick().tally().dead == 50);
  CHECK(world.error("L0") == "rejected: payload: expected at most 262144 bytes, got more");
}

TEST_CASE("a tick asks for no more orders while the bytes of those that it holds are many") {
  World world;
  std::string items;
  for (int i = 0; i < 400; ++i) {
    items += R"({"name":"Adana","quantity":"1","unit_price":100,"note":")" + std::string(500, 'n') +
             R"("},)";
  }
  items.pop_back();
  for (int i = 0; i < 50; ++i) {
    world.database.execute(
        "INSERT INTO pos_sync_queue (order_id, payload) VALUES (?1, ?2)",
        {"L" + std::to_string(i), R"({"currency":"TRY","table_id":"7","items":[)" + items + "]}"});
  }
  pos::Settings settings = world::Worker::test_settings();
  settings.concurrency = 50;
  world::Worker worker(world, "t1", settings);
  // Square answers nothing: what is claimed stays in hand.
  std::size_t sent = 0;
  while (worker.run_until(world::is_fetch)) {
    (void)worker.take();
    ++sent;
  }
  CHECK(sent == worker.tick().tally().claimed);
  CHECK(sent >= 8);
  CHECK(sent <= 31);
}

}  // namespace bytes_test
