#include "identity/keys.hpp"

#include "base/sha256.hpp"
#include "base/text.hpp"

namespace pos {

namespace {

constexpr std::string_view prefix = "posSync:";

constexpr std::size_t max_key_size = 45;
constexpr std::size_t max_reference_size = 40;
constexpr std::size_t max_mail_key_size = 256;

bool is_escaped(unsigned char byte) {
  return byte <= 0x20 || byte == '%' || byte == ':' || byte >= 0x7f;
}

void append_field(std::string& out, std::string_view field) {
  constexpr char digits[] = "0123456789ABCDEF";
  for (const char c : field) {
    const auto byte = static_cast<unsigned char>(c);
    if (!is_escaped(byte)) {
      out += c;
      continue;
    }
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 0x0f];
  }
}

std::string_view operation_suffix(Operation operation) {
  switch (operation) {
    case Operation::order:
      return "";
    case Operation::payment:
      return ":payment";
    case Operation::refund:
      return ":refund";
    case Operation::cancel:
      return ":cancel";
  }
  return "";
}

/// What is asked again later under another key: an order in another revision, but the repair of
/// what stands at the provider in another generation.
bool has_generations(Operation operation) {
  return operation == Operation::refund || operation == Operation::cancel;
}

/// `prefix` and as much of the hash as fits into `size` characters.
std::string hashed(std::string_view canonical, std::size_t size) {
  const std::string hash = base64url(sha256(canonical));
  return concat(prefix, std::string_view(hash).substr(0, size - prefix.size()));
}

bool is_printable_ascii(std::string_view text) {
  for (const char c : text) {
    if (c < 0x20 || c > 0x7e) return false;
  }
  return true;
}

/// As SQL's replace(replace(field, '%', '%25'), ':', '%3A').
void append_claim_field(std::string& out, std::string_view field) {
  for (const char c : field) {
    if (c == '%') {
      out += "%25";
    } else if (c == ':') {
      out += "%3A";
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string canonical_string(const Identity& identity, Operation operation, std::int64_t refusals) {
  std::string text(prefix);
  append_field(text, identity.order_id);
  text += ':';
  append_field(text, identity.provider);
  text += operation_suffix(operation);
  if (identity.revision > 1) {
    text += has_generations(operation) ? ":g" : ":r";
    append(text, identity.revision);
  }
  if (refusals > 0) append(text, concat(":n", refusals));
  return text;
}

std::string idempotency_key(const Identity& identity, Operation operation, std::int64_t refusals) {
  std::string canonical = canonical_string(identity, operation, refusals);
  return canonical.size() <= max_key_size ? canonical : hashed(canonical, max_key_size);
}

std::string claim_key(std::string_view order_id, std::string_view provider) {
  std::string key = "pos-sync:";
  append_claim_field(key, order_id);
  key += ':';
  append_claim_field(key, provider);
  return key;
}

std::string reference_id(const Identity& identity) {
  const std::string& id = identity.order_id;
  if (id.size() <= max_reference_size && is_printable_ascii(id)) return id;
  return hashed(canonical_string(identity, Operation::order), max_reference_size);
}

std::string mail_key(std::string_view audit_id, std::string_view restaurant_id,
                     std::int64_t number) {
  std::string text(prefix);
  append_field(text, audit_id);
  text += ':';
  append_field(text, restaurant_id);
  text += ":mail";
  if (number > 1) text = concat(text, ":", number);
  return text.size() <= max_mail_key_size ? text : hashed(text, max_mail_key_size);
}

}  // namespace pos
