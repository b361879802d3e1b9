// What several statements say in the same words. A statement's text names them, `@now` or
// `@same(l, c)`, and they are written out once per worker, when the shell asks for the catalogue:
// each stands in the module once.
#pragma once

#include <string>
#include <string_view>

namespace pos::store {

/// The SQL with every fragment written out.
[[nodiscard]] std::string written_out(std::string_view sql);

}  // namespace pos::store
