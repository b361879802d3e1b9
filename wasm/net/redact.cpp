#include "net/redact.hpp"

namespace pos::net {

namespace {

constexpr std::string_view mask = "***";

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_token_character(char c) {
  return is_letter_or_digit(c) || std::string_view("-_.~+/=").find(c) != std::string_view::npos;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with_bearer(std::string_view text) {
  constexpr std::string_view word = "bearer";
  if (text.size() <= word.size() || is_letter_or_digit(text[word.size()])) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower(text[i]) != word[i]) return false;
  }
  return true;
}

std::size_t run(std::string_view text, bool (*belongs)(char)) {
  std::size_t size = 0;
  while (size < text.size() && belongs(text[size])) ++size;
  return size;
}

/// How much of a text that begins with a word stays as it is before a token, or npos if there is
/// none here.
std::size_t before_token(std::string_view text) {
  if (begins_with_bearer(text)) {
    constexpr std::size_t word = 6;
    return word + run(text.substr(word), [](char c) { return !is_token_character(c); });
  }
  if (text.substr(0, 4) == "EAAA" || text.substr(0, 3) == "sq0") return 0;
  return std::string_view::npos;
}

}  // namespace

std::string redact(std::string_view text) {
  std::string clean;
  bool in_word = false;
  while (!text.empty()) {
    const std::size_t kept = in_word ? std::string_view::npos : before_token(text);
    in_word = is_letter_or_digit(text.front());
    if (kept == std::string_view::npos) {
      clean += text.front();
      text.remove_prefix(1);
      continue;
    }
    clean.append(text.substr(0, kept));
    text.remove_prefix(kept);
    const std::size_t token = run(text, is_token_character);
    if (token > 0) clean += mask;
    text.remove_prefix(token);
    in_word = false;
  }
  return clean;
}

}  // namespace pos::net
