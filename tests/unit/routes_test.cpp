// The word that the shell has for a route, and the job that it starts: a word that meant its
// neighbour's would cancel an order that an operator wants to replay.
#include <doctest/doctest.h>

#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "door/request.hpp"
#include "repair/request.hpp"

namespace routes_test {

TEST_CASE("each word of a route about orders starts its own job, and no other word starts any") {
  using pos::door::Route;
  using pos::door::route_of;
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
      {"accounts.renew", Route::account_renew}};
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
  using pos::repair::Route;
  using pos::repair::route_of;
  const std::vector<std::pair<std::string_view, Route>> routes = {
      {"audits.create", Route::audit_create},
      {"audits.list", Route::audit_list},
      {"audits.show", Route::audit_show},
      {"audits.approve", Route::audit_approve},
      {"audits.quarterly", Route::audit_quarterly},
      {"repairs.list", Route::repair_list},
      {"mails.list", Route::mail_list},
      {"mails.approve", Route::mail_approve},
      {"reconciliation", Route::reconcile},
      {"accounts.profile", Route::profile_put},
      {"repairs.retry", Route::repair_retry}};
  std::set<Route> known;
  for (const auto& each : routes) {
    CAPTURE(each.first);
    CHECK(route_of(each.first) == each.second);
    known.insert(each.second);
  }
  CHECK(known.size() == routes.size());
  for (const std::string_view word : {"", "audits", "mails.send", "approve"}) {
    CAPTURE(word);
    CHECK(route_of(word) == Route::unknown);
  }
}

TEST_CASE("a target or a list that is empty does not stand for all of them") {
  const auto problem_of = [](const char* query) {
    pos::json::Document document;
    REQUIRE(document.parse(query));
    pos::repair::Request request;
    request.route = pos::repair::Route::repair_list;
    if (document.root()["list"].present()) request.route = pos::repair::Route::audit_show;
    pos::repair::read_parameters({}, document.root(), request);
    CHECK(request.unknown.empty());
    return request.problem;
  };
  CHECK(problem_of(R"({"target":""})") == R"(target: expected a value, got "")");
  CHECK(problem_of(R"({"list":""})") == R"(list: expected a value, got "")");
  CHECK(problem_of(R"({"target":"P1"})").empty());
  CHECK(problem_of(R"({"list":"disputes"})").empty());
  CHECK(problem_of("{}").empty());
}

}  // namespace routes_test
