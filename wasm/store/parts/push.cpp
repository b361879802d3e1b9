// What the module that pushes can ask for.
#include "store/push_statements.hpp"

namespace pos::store {

std::span<const Part> parts() {
  static const Part all[] = {push_statements()};
  return all;
}

}  // namespace pos::store
