// SHA-256 as in FIPS 180-4.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace pos {

using Digest = std::array<std::uint8_t, 32>;

/// The SHA-256 of `bytes` (FIPS 180-4, section 6.2).
[[nodiscard]] Digest sha256(std::string_view bytes);

/// Base64url without padding (RFC 4648, section 5): 43 characters for a digest.
[[nodiscard]] std::string base64url(const Digest& digest);

/// Lower-case hexadecimal, 64 characters.
[[nodiscard]] std::string hex(const Digest& digest);

}  // namespace pos
