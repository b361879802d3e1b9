// Why D1 has refused a batch.
#pragma once

#include <string_view>

namespace pos::store {

/// Whether D1 has refused a batch for what is in it, such as a value that is too large: the same
/// batch will be refused again, and of its parts perhaps one only. Takes D1's words.
[[nodiscard]] bool is_of_content(std::string_view error);

}  // namespace pos::store
