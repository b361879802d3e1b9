// The only file that includes nlohmann/json, which takes longer to compile than all the rest.
#include <cstring>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "base/json/tape_sink.hpp"
#include "base/json/token_buffer.hpp"
#include "base/json/value.hpp"
#include "base/text.hpp"

namespace pos::json {
namespace {

/// The types that nlohmann's events carry.
using Types = nlohmann::basic_json<std::map, std::vector, TokenBuffer>;

/// nlohmann's events, for a sink that has not heard of nlohmann.
class Events {
 public:
  explicit Events(TapeSink& sink) : sink_(sink) {}

  bool null() { return literal(Kind::null, 0); }
  bool boolean(bool value) { return literal(Kind::boolean, value ? 1 : 0); }
  bool number_integer(std::int64_t value) { return literal(Kind::integer, value); }
  bool number_unsigned(std::uint64_t value) {
    if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return literal(Kind::integer, static_cast<std::int64_t>(value));
    }
    // JSON has one spelling for such a number, so writing it out gives back the source's.
    return text(Kind::number, concat(static_cast<std::int64_t>(value / 10),
                                     static_cast<std::int64_t>(value % 10)));
  }
  bool number_float(double /*value*/, const TokenBuffer& spelling) {
    return text(Kind::number, spelling.view());
  }
  bool string(const TokenBuffer& token) { return text(Kind::string, token.view()); }
  bool binary(Types::binary_t& /*bytes*/) { return false; }
  bool start_object(std::size_t /*size*/) { return sink_.open(Kind::object); }
  bool key(const TokenBuffer& name) {
    sink_.name(name.view());
    return true;
  }
  bool end_object() { return sink_.close_object(); }
  bool start_array(std::size_t /*size*/) { return sink_.open(Kind::array); }
  bool end_array() { return sink_.close_array(); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) {
    // nlohmann's words are long and differ by version; the place is what helps.
    return sink_.refuse(concat("not valid JSON at byte ", static_cast<std::int64_t>(position)));
  }

 private:
  bool literal(Kind kind, std::int64_t value) {
    sink_.literal(kind, value);
    return true;
  }
  bool text(Kind kind, std::string_view text) {
    sink_.text(kind, text);
    return true;
  }

  TapeSink& sink_;
};

using Input = decltype(nlohmann::detail::input_adapter(std::declval<const char*>(),
                                                       std::declval<const char*>()));
using Lexer = nlohmann::detail::lexer<Types, Input>;
using Parser = nlohmann::detail::parser<Types, Input>;

}  // namespace
}  // namespace pos::json

// A number that is no integer keeps its spelling, and its value is never asked for: were it read,
// the range of a double would decide what is a number.

// With the attribute of the declaration: g++ warns where a specialization lacks it.
template <>
[[gnu::nonnull]] void pos::json::Lexer::strtof(double& value, const char* text,
                                               char** end) noexcept {
  value = 0;
  *end = const_cast<char*>(text) + std::strlen(text);
}

template <>
constexpr double pos::json::Lexer::get_number_float() const noexcept {
  return 0;
}

// The words of nlohmann's errors, which are never read: leaving them out saves four kilobytes.

template <>
std::string pos::json::Lexer::get_token_string() const {
  return {};
}

template <>
std::string pos::json::Parser::exception_message(const token_type /*expected*/,
                                                 const std::string& /*context*/) {
  return {};
}

template <>
nlohmann::detail::parse_error nlohmann::detail::parse_error::create<std::nullptr_t, 0>(
    int id, const position_t& position, const std::string& /*words*/, std::nullptr_t /*value*/) {
  return {id, position.chars_read_total, ""};
}

namespace pos::json {
namespace {

/// What nlohmann would let pass: it takes a NUL byte for the end of the text, and skips a BOM.
const char* refused_before_parsing(std::string_view text) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) return "longer than 4 GB";
  if (!text.empty() && std::memchr(text.data(), 0, text.size()) != nullptr) return "a NUL byte";
  if (text.substr(0, 3) == "\xEF\xBB\xBF") return "a byte order mark";
  return nullptr;
}

}  // namespace

bool Document::parse(std::string_view text) {
  nodes_.clear();
  error_.clear();
  if (const char* why = refused_before_parsing(text)) {
    error_ = why;
    return false;
  }
  // Unescaped text is never longer than its source.
  TapeSink sink(*this, text.size());
  Events events(sink);
  // The parser itself, one floor below basic_json::sax_parse: that one also brings the readers of
  // five binary formats.
  const char* const end = text.data() + text.size();
  Parser parser(nlohmann::detail::input_adapter(text.data(), end), nullptr, false);
  if (parser.sax_parse(&events)) return true;
  nodes_.clear();
  return false;
}

}  // namespace pos::json
