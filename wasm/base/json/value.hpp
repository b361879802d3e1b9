// A parsed JSON text as one flat tape. nlohmann's SAX parser feeds it, so a message costs one
// growing buffer and no tree: trees were what cost four times the CPU of plain JavaScript.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pos::json {

/// What a value is. `number` is every number that is not an integer of 64 bits: a fraction, an
/// exponent, or out of range, however far. Money and times are integers, so no reader asks for its
/// value.
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

/// One value on the tape. Those below a container follow it at once, each behind all that is below
/// the one before. Texts lie in the document's arena.
struct Node {
  Kind kind = Kind::missing;
  std::uint32_t up = 0;     // how far back its container is; 0 for the root
  std::uint32_t span = 1;   // how many nodes it is, with all below it
  std::uint32_t count = 0;  // members or elements
  std::string_view key;
  std::string_view text;
  std::int64_t integer = 0;
};

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
  /// True if text() is that.
  [[nodiscard]] bool equals(const char* text) const;
  [[nodiscard]] std::int64_t integer() const;
  [[nodiscard]] bool boolean() const;

  /// Members of an object or elements of an array.
  [[nodiscard]] std::size_t size() const;
  /// The member of that name, or missing.
  [[nodiscard]] Value operator[](const char* key) const;
  /// The element or member at a position; walks, so prefer first()/next() for loops.
  [[nodiscard]] Value at(std::size_t position) const;

  /// The name of this value within its object, "" elsewhere.
  [[nodiscard]] std::string_view key() const;
  /// First child, and the sibling after this one; missing at the end.
  [[nodiscard]] Value first() const;
  [[nodiscard]] Value next() const;

 private:
  friend class Document;
  explicit Value(const Node* node) : node_(node) {}

  const Node* node_ = nullptr;
};

/// Owns a parsed text. Reusable: parse() drops what was there. It cannot be copied, for what it
/// gave out points into it.
class Document {
 public:
  Document() = default;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  /// True if `text` is exactly one valid JSON text: valid UTF-8, nesting of at most max_depth, no
  /// name twice in one object, nothing after it, no byte order mark before it. Otherwise error()
  /// says what is wrong and root() is missing.
  [[nodiscard]] bool parse(std::string_view text);
  [[nodiscard]] Value root() const;
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  friend class TapeSink;

  std::vector<Node> nodes_;
  std::unique_ptr<char[]> arena_;
  std::string error_;
};

}  // namespace pos::json
