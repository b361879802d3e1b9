// Texts that parsers and mappings are asked about: what is ordinary, and what is not.
#pragma once

#include <string>
#include <vector>

namespace traces {

/// Payloads that can be mapped.
[[nodiscard]] std::vector<std::string> good_payloads();

/// Payloads that cannot, and texts that are no payload at all.
[[nodiscard]] std::vector<std::string> bad_payloads();

/// JSON texts, and texts that nearly are.
[[nodiscard]] std::vector<std::string> json_texts();

/// Bodies that Square, or something on the way to it, may answer with.
[[nodiscard]] std::vector<std::string> reply_bodies();

}  // namespace traces
