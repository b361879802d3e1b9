#include "json/tape_sink.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "json/utf8.hpp"
#include "json/writer.hpp"

namespace pos::json {

TapeSink::Node& TapeSink::add(Kind kind) {
  auto& nodes = document_.nodes_;
  const auto index = static_cast<std::uint32_t>(nodes.size());
  Node& node = nodes.emplace_back();
  node.kind = kind;
  node.end = index + 1;
  node.key_begin = key_begin_;
  node.key_size = key_size_;
  key_size_ = 0;
  if (depth_ > 0) {
    node.parent = open_[depth_ - 1];
    ++nodes[node.parent].count;
  }
  return node;
}

void TapeSink::add_text(Kind kind, std::string_view text) {
  Node& node = add(kind);
  node.text_begin = static_cast<std::uint32_t>(document_.text_.size());
  node.text_size = static_cast<std::uint32_t>(text.size());
  document_.text_ += text;
}

bool TapeSink::null() {
  add(Kind::null);
  return true;
}

bool TapeSink::boolean(bool value) {
  add(Kind::boolean).integer = value ? 1 : 0;
  return true;
}

bool TapeSink::number_integer(std::int64_t value) {
  add(Kind::integer).integer = value;
  return true;
}

bool TapeSink::number_unsigned(std::uint64_t value) {
  if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return number_integer(static_cast<std::int64_t>(value));
  }
  // JSON has one spelling for such a number, so writing it out gives back the source's.
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  add_text(Kind::number, {digits, static_cast<std::size_t>(end - digits)});
  return true;
}

bool TapeSink::number_float(double /*value*/, const TokenBuffer& spelling) {
  add_text(Kind::number, spelling.view());
  return true;
}

bool TapeSink::string(const TokenBuffer& text) {
  add_text(Kind::string, text.view());
  return true;
}

bool TapeSink::binary(Types::binary_t& /*bytes*/) { return refuse("binary data"); }

bool TapeSink::start_object(std::size_t /*size*/) { return open(Kind::object); }

bool TapeSink::key(const TokenBuffer& name) {
  key_begin_ = static_cast<std::uint32_t>(document_.text_.size());
  key_size_ = static_cast<std::uint32_t>(name.size());
  document_.text_ += name.view();
  return true;
}

bool TapeSink::end_object() {
  const std::string_view repeated = repeated_key(open_[depth_ - 1]);
  if (repeated.data() == nullptr) return close();
  std::string why = "the name ";
  append_string(why, cut(repeated, 60));
  return refuse(why + " occurs twice in one object");
}

bool TapeSink::start_array(std::size_t /*size*/) { return open(Kind::array); }

bool TapeSink::end_array() { return close(); }

bool TapeSink::parse_error(std::size_t position, const std::string& /*token*/,
                           const nlohmann::detail::exception& error) {
  // nlohmann's words are long and differ by version; the place is what helps.
  constexpr int number_overflow = 406;
  std::string why = error.id == number_overflow ? "a number beyond every range, before byte "
                                                : "not valid JSON at byte ";
  append_integer(why, static_cast<std::int64_t>(position));
  return refuse(why);
}

bool TapeSink::open(Kind kind) {
  if (depth_ == max_depth) return refuse("nested more than 32 deep");
  const auto index = static_cast<std::uint32_t>(document_.nodes_.size());
  add(kind);
  open_[depth_++] = index;
  return true;
}

bool TapeSink::close() {
  document_.nodes_[open_[--depth_]].end = static_cast<std::uint32_t>(document_.nodes_.size());
  return true;
}

bool TapeSink::refuse(std::string_view why) {
  document_.error_ = why;
  return false;
}

std::string_view TapeSink::key_of(std::uint32_t index) const {
  const Node& node = document_.nodes_[index];
  return std::string_view(document_.text_).substr(node.key_begin, node.key_size);
}

/// A name that occurs twice, or a view without data. Few names are compared in pairs; many are
/// sorted, so that a hostile payload cannot make this quadratic.
std::string_view TapeSink::repeated_key(std::uint32_t object) {
  constexpr std::size_t few = 24;
  const auto& nodes = document_.nodes_;
  keys_.clear();
  for (std::uint32_t i = object + 1; i < nodes.size(); i = nodes[i].end) {
    keys_.push_back(key_of(i));
  }
  if (keys_.size() <= few) {
    for (std::size_t i = 1; i < keys_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (keys_[i] == keys_[j]) return keys_[i];
      }
    }
    return {};
  }
  std::sort(keys_.begin(), keys_.end());
  const auto found = std::adjacent_find(keys_.begin(), keys_.end());
  return found == keys_.end() ? std::string_view() : *found;
}

}  // namespace pos::json
