#include "base/json/utf8.hpp"

namespace pos::json {

namespace {

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

/// How many bytes the character has that a text begins with; 0 if it begins with none.
std::size_t character_size(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text[0]);
  if (byte < 0x80) return 1;
  const std::size_t size = byte < 0xc2   ? 0
                           : byte < 0xe0 ? 2
                           : byte < 0xf0 ? 3
                           : byte < 0xf5 ? 4
                                         : 0;
  if (size == 0 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (byte == 0xe0 && second < 0xa0) || (byte == 0xf0 && second < 0x90);
  const bool out_of_range = (byte == 0xed && second > 0x9f) || (byte == 0xf4 && second > 0x8f);
  return overlong || out_of_range ? 0 : size;
}

}  // namespace

std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  for (const char byte : text) {
    if (!is_continuation(byte)) ++count;
  }
  return count;
}

std::string_view cut(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && is_continuation(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

std::size_t replacement_count(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(replacement_character, at)) != std::string_view::npos;) {
    at += replacement_character.size();
    ++count;
  }
  return count;
}

std::string mended(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    out += size > 0 ? text.substr(0, size) : replacement_character;
    text.remove_prefix(size > 0 ? size : 1);
  }
  return out;
}

}  // namespace pos::json
