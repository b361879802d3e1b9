// A Worker has 128 MB: what it is handed at once is bounded in bytes, not in rows alone.
#include <doctest/doctest.h>

#include <string>

#include "json/value.hpp"
#include "world/http.hpp"
#include "world/worker.hpp"

namespace bytes_test {

using pos::door::Request;
using pos::door::Route;
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

}  // namespace bytes_test
