// One HTTP request about the past, as the shell hands it over.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json/value.hpp"
#include "runtime/run_context.hpp"

namespace pos::runtime {

enum class RepairRoute : std::uint8_t {
  unknown = 0,
  audit_create = 1,
  audit_list = 2,
  audit_show = 3,
  audit_approve = 4,
  audit_quarterly = 5,  // no request of anybody's: the cron asks for it
  repair_list = 6,
  mail_list = 7,
  mail_approve = 8,
  reconcile = 9,
  profile_put = 10,
  repair_retry = 11,
  place_leave_out = 12,
  place_put_back = 13,
};

[[nodiscard]] RepairRoute route_of(std::string_view name);

struct RepairRequest {
  RepairRoute route = RepairRoute::unknown;
  RunContext context;
  std::string audit_id;       // of the path
  std::string location_id;    // of the path
  std::string restaurant_id;  // of the path or the query
  bool has_restaurant = false;
  std::string from;     // of the query, as it was written
  std::string to;       // of the query, as it was written
  std::string cursor;   // of the query
  std::string target;   // of the query: one repair, by the id of its payment or order
  std::string list;     // of the query: one list of several
  bool csv = false;     // ?format=csv
  std::string problem;  // what is wrong with the query: a field, a colon, what was expected
  std::string unknown;  // a parameter of the query that the route does not have
  std::string body;

  bool operator==(const RepairRequest&) const = default;
};

/// Takes the path's and the query's parameters into `request`.
void read_parameters(json::Value path, json::Value query, RepairRequest& request);

}  // namespace pos::runtime
