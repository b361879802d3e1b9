#include "store/mending_sql.hpp"
#include "store/repair_statements.hpp"

namespace pos::store {

Part mending_statements() {
  static constexpr Entry entries[] = {
      {Statement::mending_open, "mending.open", sql::mending_open, 1},
      {Statement::mending_log_abandoned, "mending.log_abandoned", sql::mending_log_abandoned, 2},
      {Statement::mending_take_over, "mending.take_over", sql::mending_take_over, 2},
      {Statement::mending_take, "mending.take", sql::mending_take, 2},
      {Statement::mending_close, "mending.close", sql::mending_close, 1},
      {Statement::mending_rows, "mending.rows", sql::mending_rows, 2},
      {Statement::mending_log_frozen, "mending.log_frozen", sql::mending_log_frozen, 2},
      {Statement::mending_freeze, "mending.freeze", sql::mending_freeze, 2},
      {Statement::mending_read_frozen, "mending.read_frozen", sql::mending_read_frozen, 2},
      {Statement::mending_log_settled, "mending.log_settled", sql::mending_log_settled, 2},
      {Statement::mending_settle, "mending.settle", sql::mending_settle, 2},
      {Statement::mending_read_settled, "mending.read_settled", sql::mending_read_settled, 2},
      {Statement::mending_list, "mending.list", sql::mending_list, 2},
      {Statement::mending_lines, "mending.lines", sql::mending_lines, 2},
      {Statement::mending_audit, "mending.audit", sql::mending_audit, 2},
      {Statement::mending_find, "mending.find", sql::mending_find, 2},
      {Statement::mending_log_retried, "mending.log_retried", sql::mending_log_retried, 2},
      {Statement::mending_retry, "mending.retry", sql::mending_retry, 2},
      {Statement::mending_read_retried, "mending.read_retried", sql::mending_read_retried, 2},
  };
  return entries;
}

}  // namespace pos::store
