// The statements of the repair: each part in a file of its own, beside its SQL.
#pragma once

#include "store/statements.hpp"

namespace pos::store {

[[nodiscard]] Part audit_statements();
[[nodiscard]] Part repair_statements();
[[nodiscard]] Part mail_statements();
[[nodiscard]] Part reconciliation_statements();

}  // namespace pos::store
