// The query of an HTTP request.
#pragma once

#include <string>
#include <string_view>

#include "base/json/value.hpp"

namespace pos::runtime {

/// Words that name the first parameter of a query that is none of these, or is there twice; "" if
/// there is none. What is not known would be ignored, and the answer be about more than was asked.
[[nodiscard]] std::string unknown_parameter(json::Value query, std::string_view known);

}  // namespace pos::runtime
