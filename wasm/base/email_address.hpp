// Addresses of mails, checked plainly: what passes can stand in a header, and Resend takes it.
#pragma once

#include <string>
#include <string_view>

namespace pos {

/// True for `local@domain.tld`: printable ASCII without spaces, quotes, brackets, commas and the
/// like, at most 254 characters (RFC 5321).
[[nodiscard]] bool is_address(std::string_view text);

/// True for an address, or `Name <address>` whose name has no control characters, quotes or
/// brackets. At most 320 bytes.
[[nodiscard]] bool is_sender(std::string_view text);

/// The name in `Name <address>`; "" where there is none.
[[nodiscard]] std::string_view name_of_sender(std::string_view text);

/// The text in one line: a control character becomes a space, and it has at most `most` bytes.
[[nodiscard]] std::string in_one_line(std::string_view text, std::size_t most);

}  // namespace pos
