// The seal of what was approved: what moves money or speaks to people is sent only if the worker's
// own secret says that it was approved as it stands there. Who writes to the database has no such
// secret.
//
// What is sealed stands in store/sealed_columns.hpp. The core says what is to be signed and
// verified; the key stays with the shell.
#pragma once

#include <string>
#include <string_view>

#include "io/command.hpp"

namespace pos::runtime {

constexpr const char* seal_secret = "SEAL_KEY";

/// The bytes that are sealed: those values, a JSON list, in the one spelling of our own writer; ""
/// for what is no list.
[[nodiscard]] std::string sealed_text(std::string_view values);

/// Asks for signatures, or with add_to_verify() whether they hold.
[[nodiscard]] io::SignCommand signing();
void add_to_sign(io::SignCommand& command, std::string_view values);
void add_to_verify(io::SignCommand& command, std::string_view values, std::string_view seal);

/// Why nothing is approved, or retried, without a key.
constexpr const char* seal_missing =
    "pos-sync is not set up: SEAL_KEY: missing; it seals what is approved, and nothing without a "
    "seal "
    "is sent. Set an id, a colon and `openssl rand -base64 32` with `wrangler secret put SEAL_KEY`";

}  // namespace pos::runtime
