// The routes of a module as a table: each with the name by which the shell asks for it (the table
// of routes in worker.js), and the names of its query's parameters.
#pragma once

#include <span>
#include <string_view>

namespace pos::runtime {

template <typename Route>
struct RouteRow {
  Route route;
  const char* name;
  const char* parameters;
};

/// The route of that name; Route::unknown if there is none.
template <typename Route>
[[nodiscard]] Route route_named(std::span<const RouteRow<Route>> rows, std::string_view name) {
  for (const RouteRow<Route>& each : rows) {
    if (name == each.name) return each.route;
  }
  return Route::unknown;
}

/// The names of the parameters that a route's query has, with spaces between them.
template <typename Route>
[[nodiscard]] std::string_view parameters_in(std::span<const RouteRow<Route>> rows, Route route) {
  for (const RouteRow<Route>& each : rows) {
    if (route == each.route) return each.parameters;
  }
  return {};
}

}  // namespace pos::runtime
