#include "runtime/query.hpp"

#include "base/text.hpp"

namespace pos::runtime {

std::string unknown_parameter(json::Value query, std::string_view known) {
  for (json::Value each = query.first(); !each.is(json::Kind::missing); each = each.next()) {
    if (!each.key().empty() && has_word(known, each.key())) {
      if (each.is(json::Kind::string)) continue;
      return concat("the query has \"", each.key(), "\" more than once");
    }
    return concat("unknown query parameter \"", each.key(), "\"; ",
                  known.empty() ? "this route has none" : "expected one of ", known);
  }
  return {};
}

}  // namespace pos::runtime
