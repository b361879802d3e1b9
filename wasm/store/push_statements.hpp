// The statements of ticks and of the routes of orders and accounts.
#pragma once

#include "store/statements.hpp"

namespace pos::store {

[[nodiscard]] Part push_statements();

}  // namespace pos::store
