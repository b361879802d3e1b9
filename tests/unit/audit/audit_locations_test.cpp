// One place of an audit must not hold all others: a seller who left, a list without an end.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/json/value.hpp"
#include "harness/audit_world.hpp"
#include "harness/duration.hpp"

namespace audit_places_test {

using pos::io::Command;
using pos::io::D1Command;
using pos::io::FetchCommand;
using world::AuditSquare;
using world::AuditWorld;
using world::SquareReply;

namespace {
using duration::day;
using duration::hour;
using duration::minute;
constexpr std::int64_t september = 1'788'220'800'000;  // 2026-09-01T00:00:00Z

void sell_twice(AuditWorld& world, const std::string& id, const std::string& location,
                std::int64_t at_ms) {
  AuditSquare::Sold sold;
  sold.id = id;
  sold.at_ms = at_ms;
  sold.location = location;
  sold.reference = "ref-" + id;
  world.square.sell(sold);
  sold.id += "-again";
  sold.at_ms += 45'000;
  world.square.sell(sold);
}

/// Two restaurants, each with a duplicate, and an audit of both that has not begun yet.
struct TwoRestaurants : AuditWorld {
  TwoRestaurants();
};

TwoRestaurants::TwoRestaurants() {
  AuditWorld& world = *this;
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, location_id) VALUES ('adana', 'L1'), "
      "('izmir', 'L2')");
  sell_twice(world, "a1", "L1", september + day);
  sell_twice(world, "i1", "L2", september + 2 * day);
  REQUIRE(world
              .ask("audits.create", R"({"from":"2026-09-01","to":"2026-10-01","id":"a1",)"
                                    R"("restaurants":["adana","izmir"]})")
              .status == 201);
}

bool is_about(const FetchCommand& fetch, const std::string& location) {
  return fetch.url.find(location) != std::string::npos ||
         fetch.body.find("\"" + location + "\"") != std::string::npos;
}

void refuses(AuditWorld& world, const SquareReply& reply, const std::string& location = "L2") {
  world.square.instead = [=](const FetchCommand& fetch) {
    return is_about(fetch, location) ? reply : SquareReply{0, {}};
  };
}

std::string of(AuditWorld& world, const std::string& location, const std::string& column) {
  return world.database.text("SELECT " + column + " FROM pos_audit_places WHERE location_id = '" +
                             location + "'");
}

std::string step_of(AuditWorld& world, const std::string& location) {
  return of(world, location, "step");
}

void ticks_for(AuditWorld& world, std::int64_t duration_ms, std::int64_t each_ms = 30 * minute) {
  for (std::int64_t passed = 0; passed < duration_ms; passed += each_ms) {
    world.tick();
    world.database.now_ms += each_ms;
  }
}

struct Shown {
  explicit Shown(AuditWorld& world);

  pos::json::Document body;
  std::string state;
  std::string fingerprint;
  std::string groups;
};

Shown::Shown(AuditWorld& world) {
  REQUIRE(body.parse(world.ask("audits.show", {}, "a1").body));
  state = body.root()["state"].text();
  fingerprint = body.root()["fingerprint"].text();
  const auto list = body.root()["groups"];
  for (auto each = list.first(); each.present(); each = each.next()) {
    groups += std::string(each["location_id"].text()) + " ";
  }
}

Shown shown(AuditWorld& world) { return Shown(world); }

pos::io::DoneCommand place_job(AuditWorld& world, const std::string& verb,
                               const std::string& location = "L2",
                               const std::string& body = R"({"actor":"ayse","reason":"sold"})") {
  return world.ask_place("places." + verb, body, "a1", location);
}

pos::io::DoneCommand approve(AuditWorld& world, const std::string& fingerprint,
                             const std::string& what = R"("confidence":"certain")") {
  return world.ask("audits.approve", R"({"fingerprint":")" + fingerprint + "\"," + what + "}",
                   "a1");
}

}  // namespace

TEST_CASE("a seller who left does not hold the audit of all others: he is left out by name") {
  struct Refusal {
    SquareReply reply;
    std::string words;
  };
  const std::string none =
      R"({"errors":[{"category":"AUTHENTICATION_ERROR","code":"UNAUTHORIZED"}]})";
  const std::string unknown_code = R"({"errors":[{"category":"API_ERROR","code":"GONE_FISHING"}]})";
  for (const Refusal& each : std::vector<Refusal>{
           {{401, none}, "401"},
           {{403, none}, "403"},
           {{403, "<html>"}, "403"},
           {{400, R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"BAD_REQUEST"}]})"},
            "400"},
           {{400, "<html>"}, "400"},
           {{404, R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"NOT_FOUND"}]})"},
            "404"},
           {{409, unknown_code}, "409"},
           {{302, ""}, "302"},
           {{200, "<html>"}, "200"},
           {{200, R"({"orders":[{}],"payments":[{}],"refunds":[{}],"disputes":[{}]})"},
            "orders: a list that cannot be read"},
           {{200, R"({"errors":[{"category":"API_ERROR"}]})"}, "200"},
       }) {
    CAPTURE(each.reply.status);
    CAPTURE(each.reply.body);
    TwoRestaurants world;
    refuses(world, each.reply);
    ticks_for(world, 5 * hour + 30 * minute);
    CHECK(step_of(world, "L1") == "done");
    CHECK(step_of(world, "L2") != "left_out");
    CHECK(shown(world).state == "reading");
    ticks_for(world, 8 * hour);
    CHECK(step_of(world, "L2") == "left_out");
    CHECK(of(world, "L2", "left_out_because").find(each.words) != std::string::npos);
    CHECK(of(world, "L2", "left_out_because").find(" refusals, the last one: ") !=
          std::string::npos);
    const Shown plan = shown(world);
    CHECK(plan.state == "planned");
    CHECK(plan.groups == "L1 ");
    CHECK(plan.body.root()["notes"].first().text().find("1 of 2 places left out") == 0);
    CHECK(plan.body.root()["progress"]["places_left_out"].integer() == 1);
    const auto place = plan.body.root()["places"].at(1);
    CHECK(place["left_out"]["reason"].text() == of(world, "L2", "left_out_because"));
    CHECK(place["left_out"]["by"].text().empty());
    CHECK(place["left_out"]["at"].integer() > september);
    CHECK(plan.body.root()["places"].at(0)["left_out"].is(pos::json::Kind::null));
    CHECK(approve(world, plan.fingerprint).status == 202);
    CHECK(world.database.text("SELECT group_concat(target) FROM pos_repairs") == "p-a1-again");
    // Nothing asks it any more.
    const std::string failures = of(world, "L2", "failures");
    ticks_for(world, day);
    CHECK(of(world, "L2", "failures") == failures);
  }
}

TEST_CASE("an answer that is too large in the smallest page is a refusal, too") {
  TwoRestaurants world;
  world.square.instead = [](const FetchCommand& fetch) {
    return is_about(fetch, "L2") ? SquareReply{-1, {}} : SquareReply{0, {}};
  };
  ticks_for(world, day);
  CHECK(step_of(world, "L2") == "left_out");
  CHECK(of(world, "L2", "left_out_because").find("too large") != std::string::npos);
}

TEST_CASE("a place is not left out before it has refused five times, nor before six hours") {
  const SquareReply refusal{401, "{}"};
  SUBCASE("one cron a day") {
    TwoRestaurants world;
    refuses(world, refusal);
    ticks_for(world, 4 * day, day);
    CHECK(of(world, "L2", "refusals") == "4");
    CHECK(step_of(world, "L2") == "location");
    world.tick();
    CHECK(step_of(world, "L2") == "left_out");
  }
  SUBCASE("impatient drains") {
    TwoRestaurants world;
    refuses(world, refusal);
    const std::int64_t began = world.database.now_ms;
    while (step_of(world, "L2") != "left_out") ticks_for(world, minute, minute);
    const std::int64_t after = world.database.now_ms - began;
    CHECK(after >= 6 * hour);
    CHECK(after <= 6 * hour + 15 * minute);
  }
}

TEST_CASE("an outage, throttling and timeouts are waited for: nothing is left out quickly") {
  for (const int status : {500, 503, 429, 408, 0}) {
    CAPTURE(status);
    TwoRestaurants world;
    if (status == 0) {
      world.loses = [](const Command& command) {
        const auto* fetch = std::get_if<FetchCommand>(&command);
        return fetch != nullptr && is_about(*fetch, "L2");
      };
    } else {
      refuses(world, {status, "{}"});
    }
    ticks_for(world, 6 * day + 23 * hour);
    CHECK(step_of(world, "L2") == "location");
    CHECK(of(world, "L2", "refusals") == "0");
    // It has backed off: an hour between two tries at last.
    CHECK(std::stoi(of(world, "L2", "failures")) >= 24);
    ticks_for(world, 3 * hour);
    CHECK(step_of(world, "L2") == "left_out");
    CHECK(shown(world).state == "planned");
  }
}

TEST_CASE("a worker that was away for a week does not leave out what failed once before") {
  TwoRestaurants world;
  refuses(world, {500, "{}"});
  world.tick();
  world.database.now_ms += 8 * day;
  world.tick();
  CHECK(step_of(world, "L2") == "location");
  world.square.instead = nullptr;
  world.read_all();
  CHECK(step_of(world, "L2") == "done");
}

TEST_CASE("a page that is read ends a run of refusals: what counts is those without one between") {
  TwoRestaurants world;
  refuses(world, {401, "{}"});
  ticks_for(world, 5 * hour);
  world.square.page_most = 1;
  int pages = 0;
  world.square.instead = [&](const FetchCommand& fetch) {
    if (!is_about(fetch, "L2") || ++pages == 1) return SquareReply{0, {}};
    return SquareReply{401, "{}"};
  };
  ticks_for(world, 5 * hour);
  CHECK(pages > 5);
  CHECK(step_of(world, "L2") == "orders");
  world.square.instead = nullptr;
  world.read_all();
  CHECK(of(world, "L2", "failures + refusals + failing_since + refused_since") == "0");
  CHECK(step_of(world, "L2") == "done");
}

TEST_CASE("a place whose account stays paused is left out in the end, and says why") {
  TwoRestaurants world;
  SUBCASE("by an operator") {
    world.database.execute(
        "UPDATE pos_accounts SET state = 'paused', pause_reason = 'operator', "
        "pause_detail = 'they moved' WHERE restaurant_id = 'izmir'");
    ticks_for(world, 6 * day + 23 * hour);
    CHECK(step_of(world, "L2") == "location");
    ticks_for(world, 2 * hour);
    CHECK(of(world, "L2", "left_out_because") == "the account is paused: operator they moved");
  }
  SUBCASE("because Square refuses its token") {
    world.database.execute(
        "UPDATE pos_accounts SET paused_until = 9000000000000, pause_reason = 'unauthorized', "
        "pause_detail = '401' WHERE restaurant_id = 'izmir'");
    ticks_for(world, 5 * hour + 30 * minute);
    CHECK(step_of(world, "L2") == "location");
    ticks_for(world, hour);
    CHECK(of(world, "L2", "left_out_because") == "the account is paused: unauthorized 401");
  }
  CHECK(step_of(world, "L2") == "left_out");
  CHECK(step_of(world, "L1") == "done");
}

TEST_CASE("a list that circles or never ends holds no audit, and never counts as read whole") {
  for (const std::string list : {"orders", "payments", "refunds", "disputes"}) {
    for (const int circle : {1, 2, 7, 0}) {
      CAPTURE(list);
      CAPTURE(circle);
      TwoRestaurants world;
      int pages = 0;
      world.square.instead = [&](const FetchCommand& fetch) {
        if (!is_about(fetch, "L2") || fetch.url.find("/v2/" + list) == std::string::npos) {
          return SquareReply{0, {}};
        }
        ++pages;
        const int next = circle == 0 ? pages : pages % circle;
        return SquareReply{200, R"({"cursor":"c)" + std::to_string(next) + "\"}"};
      };
      world.tick();
      CHECK(pages <= 50);
      CHECK(of(world, "L2", "last_error") == list + ": a list that does not come to an end");
      CHECK(step_of(world, "L1") == "done");
      CHECK(step_of(world, "L2") == list);
      // What a circle shows again and again is read as far as fifty pages go, and refused then.
      ticks_for(world, 3 * day, hour);
      CHECK(step_of(world, "L2") == "left_out");
      CHECK(pages < 500);
      CHECK(shown(world).state == "planned");
    }
  }
}

TEST_CASE("the longest list of one place does not keep the others waiting for their turn") {
  TwoRestaurants world;
  world.settings.concurrency = 1;
  world.settings.subrequest_budget = 400;
  std::int64_t pages = 0;
  world.square.instead = [&](const FetchCommand& fetch) {
    if (!is_about(fetch, "L1") || fetch.url.find("/search") == std::string::npos) {
      return SquareReply{0, {}};
    }
    ++pages;
    const std::string at = "2026-09-" + std::string(pages < 1000 ? "10" : "20") + "T00:00:00." +
                           std::to_string(100 + pages % 900) + "Z";
    return SquareReply{200, R"({"orders":[{"id":"x)" + std::to_string(pages) +
                                R"(","location_id":"L1","state":"OPEN","created_at":")" + at +
                                R"("}],"cursor":"c)" + std::to_string(pages) + "\"}"};
  };
  world.tick();
  CHECK(pages > 50);
  CHECK(step_of(world, "L1") == "orders");
  CHECK(step_of(world, "L2") == "done");
}

TEST_CASE("an operator leaves a place out, and the rest is planned at once") {
  TwoRestaurants world;
  refuses(world, {500, "{}"});
  world.tick();
  CHECK(shown(world).state == "reading");
  const auto done = place_job(world, "leave_out");
  CHECK(done.status == 200);
  pos::json::Document body;
  REQUIRE(body.parse(done.body));
  CHECK(body.root()["state"].text() == "planned");
  CHECK(body.root()["place"]["step"].text() == "left_out");
  CHECK(body.root()["place"]["left_out"]["by"].text() == "ayse");
  CHECK(body.root()["place"]["left_out"]["reason"].text() == "sold");
  CHECK(body.root()["fingerprint"].text() == shown(world).fingerprint);
  CHECK(shown(world).groups == "L1 ");
  CHECK(world.database.text("SELECT actor || ' ' || event || ' ' || from_state || ' ' || detail "
                            "FROM pos_repair_log WHERE target = 'L2'") ==
        R"(ayse place_left_out location {"reason":"sold"})");
  // Once more changes nothing.
  CHECK(place_job(world, "leave_out", "L2", "{}").status == 200);
  CHECK(of(world, "L2", "left_out_by") == "ayse");
  CHECK(world.database.integer("SELECT amended FROM pos_audits") == 1);
}

TEST_CASE("a place that is put back is read again, and the plan is complete with it") {
  TwoRestaurants world;
  world.read_all();
  const Shown whole = shown(world);
  CHECK(whole.groups == "L1 L2 ");
  REQUIRE(place_job(world, "leave_out").status == 200);
  const Shown less = shown(world);
  CHECK(less.fingerprint != whole.fingerprint);
  CHECK(less.groups == "L1 ");
  // What was found there is no part of a plan, under whatever name it is asked for.
  const std::string group =
      world.database.text("SELECT group_id FROM pos_audit_groups WHERE location_id = 'L2'");
  CHECK(approve(world, less.fingerprint, R"("groups":[")" + group + "\"]").status == 422);
  CHECK(approve(world, whole.fingerprint).status == 409);
  CHECK(approve(world, less.fingerprint).status == 202);
  CHECK(world.database.text("SELECT group_concat(target) FROM pos_repairs") == "p-a1-again");

  REQUIRE(place_job(world, "put_back").status == 200);
  CHECK(shown(world).state == "reading");
  CHECK(shown(world).fingerprint.empty());
  CHECK(of(world, "L2", "coalesce(left_out_at, 0) || left_out_by || left_out_because") == "0");
  CHECK(place_job(world, "put_back").status == 200);
  CHECK(world.database.integer("SELECT amended FROM pos_audits") == 2);
  world.read_all();
  CHECK(shown(world).fingerprint == whole.fingerprint);
  CHECK(shown(world).groups == "L1 L2 ");
  // What was approved stays as it is, and the rest can be approved now.
  CHECK(world.database.text("SELECT group_concat(target) FROM pos_repairs") == "p-a1-again");
  CHECK(approve(world, whole.fingerprint).status == 202);
  CHECK(world.database.integer("SELECT count(*) FROM pos_repairs") == 2);
}

TEST_CASE("what was approved of a place that is left out then is shown still, and repaired") {
  TwoRestaurants world;
  world.read_all();
  REQUIRE(approve(world, shown(world).fingerprint).status == 202);
  REQUIRE(place_job(world, "leave_out").status == 200);
  CHECK(shown(world).groups == "L1 L2 ");
  CHECK(world.database.integer("SELECT count(*) FROM pos_repairs WHERE state = 'due'") == 2);
  REQUIRE(place_job(world, "put_back").status == 200);
  CHECK(world.database.integer("SELECT count(*) FROM pos_audit_groups WHERE approved_at > 0") == 2);
}

TEST_CASE("a group that is gone when its place is read again is no part of the plan any more") {
  TwoRestaurants world;
  world.read_all();
  REQUIRE(place_job(world, "leave_out").status == 200);
  world.square.orders.pop_back();
  world.database.execute("DELETE FROM pos_audit_orders WHERE external_order_id = 'i1-again'");
  REQUIRE(place_job(world, "put_back").status == 200);
  world.read_all();
  CHECK(shown(world).groups == "L1 ");
}

TEST_CASE("a place that is put back between the reading and the writing of an approval stops it") {
  TwoRestaurants world;
  world.read_all();
  REQUIRE(place_job(world, "leave_out").status == 200);
  const Shown less = shown(world);
  bool done = false;
  world.loses = [&](const Command& command) {
    const auto* batch = std::get_if<D1Command>(&command);
    const bool writes = batch != nullptr &&
                        batch->statements.front() == pos::store::Statement::audit_approve_groups;
    if (writes && !std::exchange(done, true)) {
      // Whoever approves has seen a plan without it.
      world.database.execute(
          "UPDATE pos_audit_places SET step = 'done', left_out_at = NULL WHERE location_id = 'L2'");
      world.database.execute("UPDATE pos_audits SET amended = amended + 1");
    }
    return false;
  };
  CHECK(approve(world, less.fingerprint).status == 409);
  CHECK(world.database.integer("SELECT count(*) FROM pos_repairs") == 0);
}

TEST_CASE("whoever still reads a place that was left out changes nothing of it") {
  TwoRestaurants world;
  bool left = false;
  world.loses = [&](const Command& command) {
    const auto* batch = std::get_if<D1Command>(&command);
    const bool stores =
        batch != nullptr && batch->statements.front() == pos::store::Statement::audit_orders_in;
    if (stores && batch->parameters[1].find("L2") != std::string::npos &&
        !std::exchange(left, true)) {
      REQUIRE(place_job(world, "leave_out").status == 200);
    }
    return false;
  };
  world.tick();
  CHECK(left);
  CHECK(step_of(world, "L2") == "left_out");
  CHECK(of(world, "L2", "orders") == "0");
  CHECK(world.database.integer("SELECT count(*) FROM pos_audit_orders WHERE location_id = 'L2'") ==
        0);
  CHECK(shown(world).groups == "L1 ");
}

TEST_CASE("an audit that is read anew reads what was left out only once it is put back") {
  TwoRestaurants world;
  world.read_all();
  REQUIRE(place_job(world, "leave_out").status == 200);
  const Shown plan = shown(world);
  world.square.refund("a1-again", 100, world.database.now_ms);
  CHECK(approve(world, plan.fingerprint).status == 409);
  CHECK(step_of(world, "L1") == "location");
  CHECK(step_of(world, "L2") == "left_out");
  world.read_all();
  REQUIRE(place_job(world, "put_back").status == 200);
  world.read_all();
  CHECK(shown(world).groups == "L1 L2 ");
}

TEST_CASE("a place or an audit that is not there, and bad bodies, are refused by their names") {
  TwoRestaurants world;
  const auto detail = [](const pos::io::DoneCommand& done) { return done.body; };
  CHECK(place_job(world, "leave_out", "L9").status == 404);
  CHECK(detail(place_job(world, "put_back", "L9")).find("L9") != std::string::npos);
  CHECK(world.ask_place("places.leave_out", "{}", "a9", "L1").status == 404);
  CHECK(place_job(world, "leave_out", "L2", "").status == 400);
  CHECK(place_job(world, "leave_out", "L2", "[]").status == 400);
  const auto unknown = place_job(world, "leave_out", "L2", R"({"why":"x"})");
  CHECK(unknown.status == 422);
  CHECK(unknown.body.find("\"why\"") != std::string::npos);
  CHECK(place_job(world, "leave_out", "L2", R"({"reason":7})").status == 422);
  CHECK(place_job(world, "leave_out", "L2", R"({"actor":""})").status == 422);
  CHECK(world.database.integer("SELECT amended FROM pos_audits") == 0);
}

TEST_CASE("what is read of a place that was left out is forgotten, and it stays left out") {
  TwoRestaurants world;
  world.read_all();
  REQUIRE(place_job(world, "leave_out").status == 200);
  world.database.now_ms += 100 * day;
  ticks_for(world, 2 * hour);
  CHECK(world.database.integer("SELECT count(*) FROM pos_audit_orders") == 0);
  CHECK(step_of(world, "L2") == "left_out");
}

}  // namespace audit_places_test
