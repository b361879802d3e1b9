#include "door/request.hpp"

#include <algorithm>

#include "square/field.hpp"
#include "text/text.hpp"

namespace pos::door {
namespace {

constexpr const char* statuses[] = {"", "pending", "failed", "success", "dead"};

/// A text that must be a number of 1 or more, unless it is empty.
std::int64_t read_positive(const std::string& text, const char* field, const char* expected,
                           square::Findings& findings) {
  if (text.empty()) return 0;
  const std::int64_t number = number_of(text);
  if (number < 1) findings.expected(field, expected, words("\"", text, "\""));
  return number;
}

}  // namespace

Route route_of(std::string_view name) {
  constexpr const char* names[] = {"",
                                   "orders.create",
                                   "orders.list",
                                   "orders.show",
                                   "orders.replay",
                                   "orders.cancel",
                                   "orders.mark_done",
                                   "status"};
  for (std::size_t route = 1; route < std::size(names); ++route) {
    if (name == names[route]) return static_cast<Route>(route);
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
                                   "an integer of 1 or more", findings);
  (void)read_positive(request.cursor, "cursor", "the cursor of an earlier answer", findings);
  const auto is_asked = [&](const char* status) { return request.status == status; };
  if (std::none_of(std::begin(statuses), std::end(statuses), is_asked)) {
    findings.expected("status", "pending, failed, success or dead",
                      words("\"", request.status, "\""));
  }
  return findings.take();
}

}  // namespace pos::door
