#include "api/request.hpp"

#include "base/field_errors.hpp"
#include "base/text.hpp"

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

Route route_of(std::string_view name) {
  // In the order of the enum, behind the unknown one.
  std::string_view names =
      "orders.create orders.list orders.show orders.replay orders.cancel orders.mark_done status "
      "webhooks.square accounts.list accounts.put accounts.pause accounts.resume "
      "accounts.renew orders.undo_mark_done orders.replay_many ready";
  for (std::uint8_t route = 1; !names.empty(); ++route) {
    if (take_word(names) == name) return static_cast<Route>(route);
  }
  return Route::unknown;
}

std::string_view parameters_of(Route route) {
  switch (route) {
    case Route::list:
      return "status code restaurant_id since until doubt cursor";
    case Route::show:
    case Route::replay:
    case Route::cancel:
    case Route::mark_done:
    case Route::undo_mark_done:
      return "provider revision";
    case Route::accounts:
      return "cursor";
    case Route::unknown:
    case Route::create:
    case Route::status:
    case Route::webhook:
    case Route::account_put:
    case Route::account_pause:
    case Route::account_resume:
    case Route::account_renew:
    case Route::replay_many:
    case Route::ready:
      return "";
  }
  return "";
}

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
  // A variable that somebody forgot to set would be about the newest one.
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
