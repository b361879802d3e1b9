// Keeps secrets out of what is stored and shown.
#pragma once

#include <string>
#include <string_view>

namespace pos::net {

/// The text with everything that looks like a token of ours or Square's replaced by "***": what
/// follows "Bearer ", and words that begin with EAAA or sq0.
[[nodiscard]] std::string redact(std::string_view text);

}  // namespace pos::net
