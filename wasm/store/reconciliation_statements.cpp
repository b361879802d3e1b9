#include "store/reconciliation_sql.hpp"
#include "store/repair_statements.hpp"

namespace pos::store {

Part reconciliation_statements() {
  static constexpr Entry entries[] = {
      {Statement::books_account, "books.account", sql::books_account, 1},
      {Statement::books_restaurants, "books.restaurants", sql::books_restaurants, 0},
      {Statement::books_sold, "books.sold", sql::books_sold, 1},
      {Statement::books_unnamed, "books.unnamed", sql::books_unnamed, 1},
      {Statement::books_known, "books.known", sql::books_known, 1},
      {Statement::books_roles, "books.roles", sql::books_roles, 1},
      {Statement::books_groups, "books.groups", sql::books_groups, 1},
  };
  return entries;
}

}  // namespace pos::store
