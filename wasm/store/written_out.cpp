#include <algorithm>
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
  __builtin_trap();  // a misspelt statement: the first test that runs it finds out
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

/// The highest number that stands behind a # in a text.
std::size_t arguments_of(std::string_view text) {
  std::size_t most = 1;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '#' && text[i + 1] > '1') {
      most = std::max(most, static_cast<std::size_t>(text[i + 1] - '0'));
    }
  }
  return most;
}

// A fragment with one argument takes all of it, and the last one of several takes the rest: SQL has
// commas of its own.
std::string filled_in(std::string_view text, std::string_view arguments) {
  constexpr std::string_view comma = ", ";
  std::string_view each[3];
  const std::size_t count = arguments_of(text);
  for (std::size_t i = 0; i + 1 < count; ++i) {
    const std::size_t at = arguments.find(comma);
    each[i] = arguments.substr(0, at);
    arguments.remove_prefix(at + comma.size());
  }
  each[count - 1] = arguments;
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '#') {
      out.push_back(text[i]);
    } else {
      out += each[text[++i] - '1'];
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
