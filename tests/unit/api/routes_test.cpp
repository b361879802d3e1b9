// The word that the shell has for a route, and the job that it starts: a word that meant its
// neighbour's would cancel an order that an operator wants to replay.
#include <doctest/doctest.h>

#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "api/request.hpp"
#include "base/json/writer.hpp"
#include "config/settings.hpp"
#include "harness/frames.hpp"
#include "io/frame.hpp"
#include "jobs/repair_job.hpp"
#include "runtime/repair_request.hpp"
#include "store/statements.hpp"

namespace routes_test {

TEST_CASE("each word of a route about orders starts its own job, and no other word starts any") {
  using pos::api::Route;
  using pos::api::route_of;
  const std::vector<std::pair<std::string_view, Route>> routes = {
      {"orders.create", Route::create},
      {"orders.list", Route::list},
      {"orders.show", Route::show},
      {"orders.replay", Route::replay},
      {"orders.cancel", Route::cancel},
      {"orders.mark_done", Route::mark_done},
      {"status", Route::status},
      {"webhooks.square", Route::webhook},
      {"accounts.list", Route::accounts},
      {"accounts.put", Route::account_put},
      {"accounts.pause", Route::account_pause},
      {"accounts.resume", Route::account_resume},
      {"accounts.renew", Route::account_renew},
      {"orders.undo_mark_done", Route::undo_mark_done},
      {"orders.replay_many", Route::replay_many},
      {"ready", Route::ready}};
  std::set<Route> known;
  for (const auto& each : routes) {
    CAPTURE(each.first);
    CHECK(route_of(each.first) == each.second);
    known.insert(each.second);
  }
  CHECK(known.size() == routes.size());
  for (const std::string_view word : {"", "orders", "orders.", "orders.purge", "create"}) {
    CAPTURE(word);
    CHECK(route_of(word) == Route::unknown);
  }
}

TEST_CASE("each word of a route about the past starts its own job: no list is an approval") {
  using pos::runtime::RepairRoute;
  using pos::runtime::route_of;
  const std::vector<std::pair<std::string_view, RepairRoute>> routes = {
      {"audits.create", RepairRoute::audit_create},
      {"audits.list", RepairRoute::audit_list},
      {"audits.show", RepairRoute::audit_show},
      {"audits.approve", RepairRoute::audit_approve},
      {"audits.quarterly", RepairRoute::audit_quarterly},
      {"repairs.list", RepairRoute::repair_list},
      {"mails.list", RepairRoute::mail_list},
      {"mails.approve", RepairRoute::mail_approve},
      {"reconciliation", RepairRoute::reconcile},
      {"accounts.profile", RepairRoute::profile_put},
      {"repairs.retry", RepairRoute::repair_retry},
      {"places.leave_out", RepairRoute::place_leave_out},
      {"places.put_back", RepairRoute::place_put_back}};
  std::set<RepairRoute> known;
  for (const auto& each : routes) {
    CAPTURE(each.first);
    CHECK(route_of(each.first) == each.second);
    known.insert(each.second);
  }
  CHECK(known.size() == routes.size());
  for (const std::string_view word : {"", "audits", "mails.send", "approve"}) {
    CAPTURE(word);
    CHECK(route_of(word) == RepairRoute::unknown);
  }
}

TEST_CASE("a target or a list that is empty does not stand for all of them") {
  const auto problem_of = [](const char* query) {
    pos::json::Document document;
    REQUIRE(document.parse(query));
    pos::runtime::RepairRequest request;
    request.route = pos::runtime::RepairRoute::repair_list;
    if (document.root()["list"].present()) request.route = pos::runtime::RepairRoute::audit_show;
    pos::runtime::read_parameters({}, document.root(), request);
    CHECK(request.unknown.empty());
    return request.problem;
  };
  CHECK(problem_of(R"({"target":""})") == R"(target: expected a value, got "")");
  CHECK(problem_of(R"({"list":""})") == R"(list: expected a value, got "")");
  CHECK(problem_of(R"({"target":"P1"})").empty());
  CHECK(problem_of(R"({"list":"disputes"})").empty());
  CHECK(problem_of("{}").empty());
}

TEST_CASE("each parameter of a request is taken under its own name, and none in another's place") {
  const auto taken = [](const char* path_text, const char* query_text) {
    pos::json::Document path;
    pos::json::Document query;
    REQUIRE(path.parse(path_text));
    REQUIRE(query.parse(query_text));
    pos::runtime::RepairRequest request;
    request.route = pos::runtime::RepairRoute::reconcile;
    pos::runtime::read_parameters(path.root(), query.root(), request);
    return request;
  };
  const auto got = [](auto change) {
    pos::runtime::RepairRequest request;
    request.route = pos::runtime::RepairRoute::reconcile;
    change(request);
    return request;
  };
  CHECK(taken("{}", "{}") == got([](auto&) {}));
  CHECK(taken(R"({"audit_id":"a"})", "{}") == got([](auto& to) { to.audit_id = "a"; }));
  CHECK(taken(R"({"location_id":"l"})", "{}") == got([](auto& to) { to.location_id = "l"; }));
  for (const bool of_path : {true, false}) {
    const char* named = R"({"restaurant_id":"r"})";
    CHECK(taken(of_path ? named : "{}", of_path ? "{}" : named) == got([](auto& to) {
            to.restaurant_id = "r";
            to.has_restaurant = true;
          }));
  }
  CHECK(taken(R"({"restaurant_id":""})", "{}") == got([](auto& to) { to.has_restaurant = true; }));
  CHECK(taken("{}", R"({"from":"2026-11-21"})") == got([](auto& to) { to.from = "2026-11-21"; }));
  CHECK(taken("{}", R"({"to":"2026-11-22"})") == got([](auto& to) { to.to = "2026-11-22"; }));
  CHECK(taken("{}", R"({"format":"csv"})") == got([](auto& to) { to.csv = true; }));
  CHECK(taken("{}", R"({"format":"json"})") == got([](auto&) {}));
  CHECK(taken("{}", R"({"format":"xml"})") ==
        got([](auto& to) { to.problem = "format: expected json or csv, got \"xml\""; }));
  using pos::runtime::RepairRoute;
  struct Named {
    RepairRoute route;
    const char* query;
    std::string pos::runtime::RepairRequest::*member;
  };
  for (const Named& each :
       {Named{RepairRoute::audit_list, R"({"cursor":"c"})", &pos::runtime::RepairRequest::cursor},
        Named{RepairRoute::audit_show, R"({"list":"c"})", &pos::runtime::RepairRequest::list},
        Named{RepairRoute::repair_list, R"({"target":"c"})",
              &pos::runtime::RepairRequest::target}}) {
    CAPTURE(each.query);
    pos::json::Document query;
    REQUIRE(query.parse(each.query));
    pos::runtime::RepairRequest request;
    request.route = each.route;
    pos::runtime::read_parameters({}, query.root(), request);
    pos::runtime::RepairRequest expected;
    expected.route = each.route;
    expected.*each.member = "c";
    CHECK(request == expected);
  }
}

TEST_CASE("a repair has the time and the requests that the tick before it has left, and no more") {
  const auto claims = [](std::int64_t spent_ms, std::int64_t spent_subrequests) {
    pos::json::Writer header;
    header.begin_object().member("job", "repair").member("door", "cron").member("id", "r1");
    header.member("spent_ms", spent_ms).member("spent_subrequests", spent_subrequests);
    header.object("variables").member("SQUARE_LOCATION_ID", "L1").end_object();
    header.array("secrets").string("SQUARE_ACCESS_TOKEN").end_array().end_object();
    const std::string frame = world::frame_of(header.text());
    pos::io::FrameReader reader(frame);
    pos::jobs::RepairJob job;
    pos::io::Commands commands;
    job.start(reader, commands);
    REQUIRE(commands.size() == 1);
    const auto& asked = std::get<pos::io::D1Command>(commands.front());
    REQUIRE(asked.statements.front() == pos::store::Statement::repair_due);
    // There are places to be read.
    pos::json::Document answer;
    REQUIRE(answer.parse("[[[1,0,0,0]],[]]"));
    pos::io::Outcome outcome;
    outcome.id = asked.id;
    outcome.kind = pos::io::OutcomeKind::d1_done;
    outcome.results = answer.root();
    pos::io::Commands more;
    job.step({0, {outcome}}, more);
    REQUIRE_FALSE(more.empty());
    return std::holds_alternative<pos::io::D1Command>(more.front());
  };
  const pos::Settings plain;
  CHECK(claims(0, 0));
  CHECK(claims(plain.wall_budget_ms - plain.push_timeout_ms, 0));
  CHECK_FALSE(claims(plain.wall_budget_ms - plain.push_timeout_ms + 1, 0));
  CHECK_FALSE(claims(0, plain.subrequest_budget));
  CHECK_FALSE(claims(0, plain.subrequest_budget - 5));
  CHECK(claims(0, plain.subrequest_budget - 6));
}

}  // namespace routes_test
