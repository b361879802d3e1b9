// Which orders a list, or a replay of many, is about.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/field_errors.hpp"
#include "base/json/value.hpp"
#include "base/json/writer.hpp"

namespace pos::api {

/// Each member that is set must fit.
struct Filter {
  std::string status;
  std::string code;  // why it is dead
  std::string restaurant_id;
  bool has_restaurant = false;
  std::string since;  // RFC 3339, or a date, of when it was enqueued
  std::string until;  // likewise; not part of it
  std::string doubt;  // "true", "false" or ""

  bool operator==(const Filter&) const = default;
};

/// The names of its members, as they stand in a query and in a body.
inline constexpr const char* filter_names = "status code restaurant_id since until doubt";

/// Takes a member into the filter; what is wrong with it is added to the findings. False if it has
/// no member of that name.
[[nodiscard]] bool read_filter(json::Value member, Filter& filter, FieldErrors& findings);

/// Complains of members that together can let no row through: it would look as if there were none.
/// `prefix` stands before their names.
void check_filter(const Filter& filter, std::string_view prefix, FieldErrors& findings);

/// Writes the members that the listing statements ask for.
void write_filter(json::Writer& out, const Filter& filter);

}  // namespace pos::api
