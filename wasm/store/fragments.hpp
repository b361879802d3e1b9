// What several statements say in the same words. A statement's text names them, `@now` or
// `@same(l, c)`, and they are written out once per worker, when the shell asks for the catalogue:
// each stands in the module once.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pos::store {

struct Fragment {
  std::string_view name;
  std::string_view text;  // #1 and #2 stand for the arguments
};

/// Those of the statements that every module has.
[[nodiscard]] std::span<const Fragment> common_fragments();
/// Those of the statements that only some modules have; as store/parts says.
[[nodiscard]] std::span<const Fragment> fragments_of_parts();
[[nodiscard]] std::span<const Fragment> repair_fragments();

/// The SQL with every fragment written out.
[[nodiscard]] std::string written_out(std::string_view sql);

}  // namespace pos::store
