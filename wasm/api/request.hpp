// One HTTP request as the shell hands it over.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/order_filter.hpp"
#include "base/field_errors.hpp"
#include "base/json/value.hpp"
#include "config/settings.hpp"
#include "runtime/query.hpp"

namespace pos::api {

enum class Route : std::uint8_t {
  unknown = 0,
  create = 1,
  list = 2,
  show = 3,
  replay = 4,
  cancel = 5,
  mark_done = 6,
  status = 7,
  webhook = 8,
  accounts = 9,
  account_put = 10,
  account_pause = 11,
  account_resume = 12,
  account_renew = 13,
  undo_mark_done = 14,
  replay_many = 15,
  ready = 16,
};

[[nodiscard]] Route route_of(std::string_view name);

struct Request {
  Route route = Route::unknown;
  std::string role;      // of whose token the shell has seen: read, operate or approve
  std::string id;        // unique per request; the token of its audit line is made of it
  std::string order_id;  // of the path
  std::string provider = "square";
  std::int64_t revision = 0;  // 0: not named
  std::string restaurant_id;  // of the path
  Filter filter;
  std::string cursor;
  std::string problem;  // a parameter of the query that the route does not have
  std::string body;
  Settings settings;

  bool operator==(const Request&) const = default;
};

/// The names of the query's parameters that a route has.
[[nodiscard]] std::string_view parameters_of(Route route);

/// Takes the query's parameters into `request`; what is wrong with them comes back.
[[nodiscard]] std::vector<FieldError> read_query(json::Value query, Request& request);

}  // namespace pos::api
