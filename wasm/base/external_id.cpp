#include "base/external_id.hpp"

namespace pos {

bool is_id(std::string_view text, std::size_t most) {
  if (text.empty() || text.size() > most) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return true;
}

std::string_view id_in(json::Value value, std::size_t most) {
  if (!value.is(json::Kind::string) || !is_id(value.text(), most)) return {};
  return value.text();
}

}  // namespace pos
