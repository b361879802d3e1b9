// What the module that repairs can ask for.
#include "store/fragments.hpp"
#include "store/repair_statements.hpp"
#include "store/schema.hpp"

namespace pos::store {

std::span<const Part> parts() {
  static const Part all[] = {audit_statements(), repair_statements(), mail_statements(),
                             reconciliation_statements(), schema_statements()};
  return all;
}

std::span<const Fragment> fragments_of_parts() { return repair_fragments(); }

}  // namespace pos::store
