// Takes a parser's events and writes a Document's tape.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json/value.hpp"

namespace pos::json {

/// Every event returns false to stop the parser; the document's error then says why.
class TapeSink {
 public:
  /// `most` is how many bytes all texts and names together have at most.
  TapeSink(Document& document, std::size_t most);

  void literal(Kind kind, std::int64_t value);
  void text(Kind kind, std::string_view text);
  void name(std::string_view name);
  bool open(Kind kind);
  bool close_array();
  /// Refuses an object that has a name twice.
  bool close_object();
  bool refuse(std::string_view why);

 private:
  Node& add(Kind kind);
  void close();
  [[nodiscard]] std::string_view keep(std::string_view text);
  [[nodiscard]] std::string_view repeated_name(std::uint32_t object);

  Document& document_;
  char* free_;                          // where the arena has room
  std::uint32_t open_[max_depth] = {};  // indices of the containers not closed yet
  int depth_ = 0;
  std::string_view name_;
  std::vector<std::string_view> names_;  // scratch of repeated_name
};

}  // namespace pos::json
