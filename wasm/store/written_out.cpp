#include <cstddef>

#include "store/fragments.hpp"

namespace pos::store {
namespace {

bool is_name(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }

std::string_view text_of(std::string_view name) {
  for (const Fragment& each : common_fragments()) {
    if (each.name == name) return each.text;
  }
  for (const Fragment& each : fragments_of_parts()) {
    if (each.name == name) return each.text;
  }
  __builtin_trap();  // a misspelt statement: found by whoever runs it first, in a test
}

/// The text between the parenthesis at `at` and its partner.
std::string_view arguments_at(std::string_view sql, std::size_t at) {
  int depth = 0;
  for (std::size_t end = at; end < sql.size(); ++end) {
    if (sql[end] == '(') ++depth;
    if (sql[end] == ')' && --depth == 0) return sql.substr(at + 1, end - at - 1);
  }
  __builtin_trap();
}

std::string filled_in(std::string_view text, std::string_view arguments) {
  const std::size_t comma = arguments.find(", ");
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '#') {
      out.push_back(text[i]);
      continue;
    }
    ++i;
    if (text[i] == '2') {
      out += arguments.substr(comma + 2);
    } else {
      // Only a fragment with two arguments splits them: SQL has commas of its own.
      const bool two = text.find("#2") != std::string_view::npos;
      out += two ? arguments.substr(0, comma) : arguments;
    }
  }
  return out;
}

}  // namespace

std::string written_out(std::string_view sql) {
  std::string out;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] != '@') {
      out.push_back(sql[i]);
      continue;
    }
    std::size_t end = i + 1;
    while (end < sql.size() && is_name(sql[end])) ++end;
    const std::string_view text = text_of(sql.substr(i + 1, end - i - 1));
    std::string_view arguments;
    if (text.find('#') != std::string_view::npos) {
      arguments = arguments_at(sql, end);
      end += arguments.size() + 2;
    }
    out += written_out(filled_in(text, arguments));
    i = end - 1;
  }
  return out;
}

}  // namespace pos::store
