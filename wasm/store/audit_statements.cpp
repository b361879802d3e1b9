#include "store/repair_sql.hpp"
#include "store/repair_statements.hpp"

namespace pos::store {

Part audit_statements() {
  static constexpr Entry entries[] = {
      {Statement::repair_due, "repair.due", sql::repair_due, 2},
  };
  return entries;
}

}  // namespace pos::store
