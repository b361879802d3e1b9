// What the module that pushes can ask for.
#include "store/fragments.hpp"
#include "store/push_statements.hpp"
#include "store/schema.hpp"

namespace pos::store {

std::span<const Part> parts() {
  static const Part all[] = {push_statements(), schema_statements(), readiness_statements()};
  return all;
}

std::span<const Fragment> fragments_of_parts() { return {}; }

}  // namespace pos::store
