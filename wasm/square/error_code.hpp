// Square's error codes, and what each says about the request it answers.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "net/outcome.hpp"

namespace pos::square {

/// One element of a reply's `errors`.
struct ApiError {
  std::string_view category;
  std::string_view code;
  std::string_view detail;
  std::string_view field;
};

/// What an HTTP status says by itself.
[[nodiscard]] net::Result result_of_status(int status);

/// What the code says by itself; nothing if it is not in our table.
[[nodiscard]] std::optional<net::Result> result_of_code(std::string_view code);

/// A code of unknown origin is counted under its first so many characters.
constexpr std::size_t max_code_bytes = 64;

/// The name under which a code that is not in our table is counted: itself, cut, if it is capital
/// letters, digits and underscores like all of Square's; "other" if it is not.
[[nodiscard]] std::string countable(std::string_view code);

/// What one error says: by its code, then by the status, then by its category. A code that is not
/// in our table is never a definite no: the effect is possible. What is refused to the account as a
/// whole is `unauthorized`.
[[nodiscard]] net::Result result_of_error(const ApiError& error, int status);

/// Whether it is refused to the account as a whole, by its code, its field or its words, and not to
/// this token or this request.
[[nodiscard]] bool is_of_account(const ApiError& error, int status);

/// What equal refusals of different orders have in common: the code, and the field without the
/// numbers in it.
[[nodiscard]] std::string refusal_of(const ApiError& error);

}  // namespace pos::square
