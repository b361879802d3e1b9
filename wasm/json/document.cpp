#include <cstring>
#include <limits>

#include "json/tape_sink.hpp"
#include "json/value.hpp"

namespace pos::json {

namespace {

/// What nlohmann would let pass: it takes a NUL byte for the end of the text, and skips a BOM.
const char* refused_before_parsing(std::string_view text) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) return "longer than 4 GB";
  if (!text.empty() && std::memchr(text.data(), 0, text.size()) != nullptr) return "a NUL byte";
  if (text.substr(0, 3) == "\xEF\xBB\xBF") return "a byte order mark";
  return nullptr;
}

/// nlohmann's parser itself, one floor below basic_json::sax_parse: that one also brings the
/// readers of five binary formats.
bool run_parser(std::string_view text, TapeSink& sink) {
  const char* const end = text.data() + text.size();
  using Input = decltype(nlohmann::detail::input_adapter(end, end));
  nlohmann::detail::parser<TapeSink::Types, Input> parser(
      nlohmann::detail::input_adapter(text.data(), end), nullptr, false);
  return parser.sax_parse(&sink);
}

}  // namespace

bool Document::parse(std::string_view text) {
  nodes_.clear();
  text_.clear();
  error_.clear();
  if (const char* why = refused_before_parsing(text)) {
    error_ = why;
    return false;
  }
  // Unescaped text is never longer than its source: the arena is allocated once.
  text_.reserve(text.size());
  TapeSink sink(*this);
  if (run_parser(text, sink)) return true;
  nodes_.clear();
  return false;
}

}  // namespace pos::json
