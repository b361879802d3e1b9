// What the module that repairs can ask for.
#include "store/repair_statements.hpp"

namespace pos::store {

std::span<const Part> parts() {
  static const Part all[] = {audit_statements(), mending_statements(), mail_statements(),
                             reconciliation_statements()};
  return all;
}

}  // namespace pos::store
