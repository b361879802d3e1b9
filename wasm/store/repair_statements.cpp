#include "store/repair_statements.hpp"
#include "store/repair_sql.hpp"

namespace pos::store {

Part repair_statements() {
  static constexpr Entry entries[] = {
      {Statement::repair_open, "repair.open", sql::repair_open, 1},
      {Statement::repair_log_abandoned, "repair.log_abandoned", sql::repair_log_abandoned, 2},
      {Statement::repair_take_over, "repair.take_over", sql::repair_take_over, 2},
      {Statement::repair_take, "repair.take", sql::repair_take, 2},
      {Statement::repair_close, "repair.close", sql::repair_close, 1},
      {Statement::repair_rows, "repair.rows", sql::repair_rows, 2},
      {Statement::repair_log_frozen, "repair.log_frozen", sql::repair_log_frozen, 2},
      {Statement::repair_freeze, "repair.freeze", sql::repair_freeze, 2},
      {Statement::repair_read_frozen, "repair.read_frozen", sql::repair_read_frozen, 2},
      {Statement::repair_log_settled, "repair.log_settled", sql::repair_log_settled, 2},
      {Statement::repair_settle, "repair.settle", sql::repair_settle, 2},
      {Statement::repair_read_settled, "repair.read_settled", sql::repair_read_settled, 2},
      {Statement::repair_list, "repair.list", sql::repair_list, 2},
      {Statement::repair_lines, "repair.lines", sql::repair_lines, 2},
      {Statement::repair_audit, "repair.audit", sql::repair_audit, 2},
      {Statement::repair_find, "repair.find", sql::repair_find, 2},
      {Statement::repair_log_retried, "repair.log_retried", sql::repair_log_retried, 2},
      {Statement::repair_retry, "repair.retry", sql::repair_retry, 2},
      {Statement::repair_read_retried, "repair.read_retried", sql::repair_read_retried, 2},
  };
  return entries;
}

}  // namespace pos::store
