#include "door/request.hpp"

#include "square/field.hpp"
#include "text/text.hpp"

namespace pos::door {
namespace {

/// A text that must be a number of 1 or more, unless it is empty.
std::int64_t read_positive(const std::string& text, const char* field, const char* expected,
                           square::Findings& findings) {
  if (text.empty()) return 0;
  const std::int64_t number = number_of(text);
  if (number < 1 || number > greatest_integer)
    findings.expected(field, expected, words("\"", text, "\""));
  return number;
}

}  // namespace

Route route_of(std::string_view name) {
  // In the order of the enum, behind the unknown one.
  std::string_view names =
      "orders.create orders.list orders.show orders.replay orders.cancel orders.mark_done status "
      "webhooks.square accounts.list accounts.put accounts.pause accounts.resume "
      "accounts.renew";
  for (std::uint8_t route = 1; !names.empty(); ++route) {
    if (take_word(names) == name) return static_cast<Route>(route);
  }
  return Route::unknown;
}

std::vector<square::FieldError> read_query(json::Value query, Request& request) {
  square::Findings findings;
  if (query["provider"].present()) request.provider = query["provider"].text();
  request.status = query["status"].text();
  request.has_restaurant = query["restaurant_id"].present();
  request.restaurant_id = query["restaurant_id"].text();
  request.cursor = query["cursor"].text();
  request.revision = read_positive(std::string(query["revision"].text()), "revision",
                                   "an integer from 1 to 9007199254740991", findings);
  (void)read_positive(request.cursor, "cursor", "the cursor of an earlier answer", findings);
  if (!request.status.empty() && !has_word("pending failed success dead", request.status)) {
    findings.expected("status", "pending, failed, success or dead",
                      words("\"", request.status, "\""));
  }
  return findings.take();
}

}  // namespace pos::door
