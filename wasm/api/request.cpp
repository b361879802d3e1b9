#include "api/request.hpp"

#include "base/field_errors.hpp"
#include "base/text.hpp"
#include "runtime/route_table.hpp"

namespace pos::api {
namespace {

/// A text that must be a number of 1 or more, unless it is empty.
std::int64_t read_positive(const std::string& text, const char* field, const char* expected,
                           FieldErrors& findings) {
  if (text.empty()) return 0;
  const std::int64_t number = number_of(text);
  if (number < 1 || number > greatest_integer)
    findings.expected(field, expected, concat("\"", text, "\""));
  return number;
}

}  // namespace

namespace {

constexpr runtime::RouteRow<Route> routes[] = {
    {Route::create, "orders.create", ""},
    {Route::list, "orders.list", "status code restaurant_id since until doubt cursor"},
    {Route::show, "orders.show", "provider revision"},
    {Route::replay, "orders.replay", "provider revision"},
    {Route::replay_many, "orders.replay_many", ""},
    {Route::cancel, "orders.cancel", "provider revision"},
    {Route::mark_done, "orders.mark_done", "provider revision"},
    {Route::undo_mark_done, "orders.undo_mark_done", "provider revision"},
    {Route::status, "status", ""},
    {Route::ready, "ready", ""},
    {Route::webhook, "webhooks.square", ""},
    {Route::accounts, "accounts.list", "cursor"},
    {Route::account_put, "accounts.put", ""},
    {Route::account_pause, "accounts.pause", ""},
    {Route::account_resume, "accounts.resume", ""},
    {Route::account_renew, "accounts.renew", ""},
};

}  // namespace

Route route_of(std::string_view name) { return runtime::route_named<Route>(routes, name); }

std::string_view parameters_of(Route route) { return runtime::parameters_in<Route>(routes, route); }

std::vector<FieldError> read_query(json::Value query, Request& request) {
  FieldErrors findings;
  if (request.route != Route::webhook) {
    request.problem = runtime::unknown_parameter(query, parameters_of(request.route));
  }
  if (!request.problem.empty()) return findings.take();
  if (query["provider"].present()) request.provider = query["provider"].text();
  request.cursor = query["cursor"].text();
  request.revision = read_positive(std::string(query["revision"].text()), "revision",
                                   "an integer from 1 to 9007199254740991", findings);
  // A script whose variable is unset would act on the newest revision.
  if (query["revision"].present() && query["revision"].text().empty()) {
    findings.add("revision", "expected an integer from 1 to 9007199254740991");
  }
  // The list of accounts goes on behind a restaurant.
  if (request.route != Route::accounts) {
    (void)read_positive(request.cursor, "cursor", "the cursor of an earlier answer", findings);
  }
  for (json::Value each = query.first(); !each.is(json::Kind::missing); each = each.next()) {
    (void)read_filter(each, request.filter, findings);
  }
  check_filter(request.filter, "", findings);
  return findings.take();
}

}  // namespace pos::api
