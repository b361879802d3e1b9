// Every key is a pure function of an order's identity: no clock, no attempt, no process in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pos {

/// Whom a push is about. `order_id` is unique over all restaurants, 1 to 200 bytes.
struct Identity {
  std::string order_id;
  std::string provider;
  std::int64_t revision = 1;

  bool operator==(const Identity&) const = default;
};

/// What is asked of the provider under a key.
enum class Operation : std::uint8_t { order = 0, payment = 1, refund = 2, cancel = 3 };

/// `posSync:{order_id}:{provider}`, then `:payment`, `:refund` or `:cancel`, then `:r{n}` above
/// revision 1 (for a refund or a cancel `:g{n}` above generation 1; its id is the provider's own,
/// of the payment or the order), then `:n{refusals}` for what is asked for once more behind so many
/// definite refusals. In the fields the bytes 0x00-0x20, 0x25, 0x3A and 0x7F-0xFF are
/// percent-encoded in upper-case hex, so two identities never share a string.
[[nodiscard]] std::string canonical_string(const Identity& identity, Operation operation,
                                           std::int64_t refusals = 0);

/// The idempotency key: the canonical string if it has at most 45 bytes, else `posSync:` and the
/// first 37 characters of base64url(SHA-256(canonical string)); never longer than 45 ASCII
/// characters (Square OpenAPI, CreatePaymentRequest.idempotency_key maxLength 45).
[[nodiscard]] std::string idempotency_key(const Identity& identity, Operation operation,
                                          std::int64_t refusals = 0);

/// `pos-sync:{order_id}:{provider}` with only `%` and `:` encoded, exactly as the claiming SQL
/// builds it. No day and no revision: at most one push of an order is in flight, ever.
[[nodiscard]] std::string claim_key(std::string_view order_id, std::string_view provider);

/// Square's reference_id: the raw order id if it is printable ASCII of at most 40 characters
/// (Square OpenAPI, Order.reference_id maxLength 40), else `posSync:` and the first 32 characters
/// of base64url(SHA-256(CreateOrder's canonical string)).
[[nodiscard]] std::string reference_id(const Identity& identity);

/// The key of a mail to a restaurant about an audit: `posSync:{audit_id}:{restaurant_id}:mail`,
/// then
/// `:{n}` for its second one and those behind it; encoded as above. At most 256 ASCII characters
/// (Resend, "Idempotency keys"), beyond that `posSync:` and base64url(SHA-256(all of it)).
[[nodiscard]] std::string mail_key(std::string_view audit_id, std::string_view restaurant_id,
                                   std::int64_t number);

}  // namespace pos
