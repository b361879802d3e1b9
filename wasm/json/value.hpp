// A parsed JSON text as one flat tape. nlohmann's SAX parser feeds it, so a message costs two
// growing buffers and no tree: trees were what cost four times the CPU of plain JavaScript.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pos::json {

/// What a value is. `number` is every number that is not an integer of 64 bits: a fraction, an
/// exponent, or out of range. Money and times are integers, so nobody asks for its value. (What
/// not even a double holds, like 1e999, is an error of the text.)
enum class Kind : std::uint8_t {
  missing = 0,
  null = 1,
  boolean = 2,
  integer = 3,
  number = 4,
  string = 5,
  array = 6,
  object = 7,
};

/// Deepest nesting that is parsed; deeper is an error. Recursion would trap at a depth that
/// differs by build.
constexpr int max_depth = 32;

class Document;

/// A read-only view of one value; valid while its Document lives and is not parsed again.
/// Asking for what is not there gives a `missing` value, "", 0 or false, never an error.
class Value {
 public:
  Value() = default;

  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool is(Kind kind) const { return this->kind() == kind; }
  /// True unless the value is missing or null.
  [[nodiscard]] bool present() const;

  /// The unescaped text of a string; for a `number` its spelling in the source; else "".
  [[nodiscard]] std::string_view text() const;
  [[nodiscard]] std::int64_t integer() const;
  [[nodiscard]] bool boolean() const;

  /// Members of an object or elements of an array.
  [[nodiscard]] std::size_t size() const;
  /// The member of that name, or missing.
  [[nodiscard]] Value operator[](std::string_view key) const;
  /// The element or member at a position; walks, so prefer first()/next() for loops.
  [[nodiscard]] Value at(std::size_t position) const;

  /// The name of this value within its object, "" elsewhere.
  [[nodiscard]] std::string_view key() const;
  /// First child, and the sibling after this one; missing at the end.
  [[nodiscard]] Value first() const;
  [[nodiscard]] Value next() const;

 private:
  friend class Document;
  Value(const Document* document, std::uint32_t index) : document_(document), index_(index) {}

  const Document* document_ = nullptr;
  std::uint32_t index_ = 0;
};

/// Owns a parsed text. Reusable: parse() drops what was there and keeps the memory.
class Document {
 public:
  /// True if `text` is exactly one valid JSON text: valid UTF-8, nesting of at most max_depth, no
  /// name twice in one object, nothing after it, no byte order mark before it. Otherwise error()
  /// says what is wrong and root() is missing.
  [[nodiscard]] bool parse(std::string_view text);
  [[nodiscard]] Value root() const;
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  friend class Value;
  friend class TapeSink;

  struct Node {
    Kind kind = Kind::missing;
    std::uint32_t parent = 0;
    std::uint32_t end = 0;  // index after this value and all below it
    std::uint32_t count = 0;
    std::uint32_t key_begin = 0;
    std::uint32_t key_size = 0;
    std::uint32_t text_begin = 0;
    std::uint32_t text_size = 0;
    std::int64_t integer = 0;
  };

  std::vector<Node> nodes_;
  std::string text_;
  std::string error_;
};

}  // namespace pos::json
