// Receives nlohmann's SAX events and writes a Document's tape.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "json/token_buffer.hpp"
#include "json/value.hpp"

namespace pos::json {

/// Every event returns false to stop the parser; the document's error then says why.
class TapeSink {
 public:
  /// The types that nlohmann's events carry.
  using Types = nlohmann::basic_json<std::map, std::vector, TokenBuffer>;

  explicit TapeSink(Document& document) : document_(document) {}

  bool null();
  bool boolean(bool value);
  bool number_integer(std::int64_t value);
  bool number_unsigned(std::uint64_t value);
  bool number_float(double value, const TokenBuffer& spelling);
  bool string(const TokenBuffer& text);
  bool binary(Types::binary_t& bytes);
  bool start_object(std::size_t size);
  bool key(const TokenBuffer& name);
  bool end_object();
  bool start_array(std::size_t size);
  bool end_array();
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception& error);

 private:
  using Node = Document::Node;

  Node& add(Kind kind);
  void add_text(Kind kind, std::string_view text);
  bool open(Kind kind);
  bool close();
  bool refuse(std::string_view why);
  [[nodiscard]] std::string_view key_of(std::uint32_t index) const;
  [[nodiscard]] std::string_view repeated_key(std::uint32_t object);

  Document& document_;
  std::uint32_t open_[max_depth] = {};  // indices of the containers not closed yet
  int depth_ = 0;
  std::uint32_t key_begin_ = 0;
  std::uint32_t key_size_ = 0;
  std::vector<std::string_view> keys_;  // scratch of repeated_key
};

}  // namespace pos::json
