#include "base/json/tape_sink.hpp"

#include <cstring>

#include "base/json/utf8.hpp"
#include "base/json/writer.hpp"
#include "base/sorted_indices.hpp"

namespace pos::json {

TapeSink::TapeSink(Document& document, std::size_t most) : document_(document) {
  document.nodes_.clear();
  // Not make_unique, which would write zeros first.
  document.arena_.reset(new char[most]);
  free_ = document.arena_.get();
}

Node& TapeSink::add(Kind kind) {
  auto& nodes = document_.nodes_;
  const auto index = static_cast<std::uint32_t>(nodes.size());
  Node& node = nodes.emplace_back();
  node.kind = kind;
  node.key = name_;
  name_ = {};
  if (depth_ > 0) {
    const std::uint32_t container = open_[depth_ - 1];
    node.up = index - container;
    ++nodes[container].count;
  }
  return node;
}

std::string_view TapeSink::keep(std::string_view text) {
  char* const kept = free_;
  if (!text.empty()) std::memcpy(kept, text.data(), text.size());
  free_ += text.size();
  return {kept, text.size()};
}

void TapeSink::literal(Kind kind, std::int64_t value) { add(kind).integer = value; }

void TapeSink::text(Kind kind, std::string_view text) { add(kind).text = keep(text); }

void TapeSink::name(std::string_view name) { name_ = keep(name); }

bool TapeSink::open(Kind kind) {
  if (depth_ == max_depth) return refuse("nested more than 32 deep");
  const auto index = static_cast<std::uint32_t>(document_.nodes_.size());
  add(kind);
  open_[depth_++] = index;
  return true;
}

void TapeSink::close() {
  const std::uint32_t container = open_[--depth_];
  auto& nodes = document_.nodes_;
  nodes[container].span = static_cast<std::uint32_t>(nodes.size()) - container;
}

bool TapeSink::close_array() {
  close();
  return true;
}

bool TapeSink::close_object() {
  const std::string_view repeated = repeated_name(open_[depth_ - 1]);
  close();
  if (repeated.data() == nullptr) return true;
  std::string why = "the name ";
  append_string(why, cut(repeated, 60));
  return refuse(why.append(" occurs twice in one object"));
}

bool TapeSink::refuse(std::string_view why) {
  document_.error_ = why;
  return false;
}

/// A name that occurs twice, or a view without data. Few names are compared in pairs; many are
/// sorted, so that a hostile payload cannot make this quadratic.
std::string_view TapeSink::repeated_name(std::uint32_t object) {
  constexpr std::size_t few = 24;
  const auto& nodes = document_.nodes_;
  names_.clear();
  for (std::size_t i = object + 1; i < nodes.size(); i += nodes[i].span) {
    names_.emplace_back(std::string_view(nodes[i].key));
  }
  const std::size_t count = names_.size();
  if (count <= few) {
    for (std::size_t i = 1; i < count; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (names_[i] == names_[j]) return names_[i];
      }
    }
    return {};
  }
  const auto order =
      sorted_indices(count, [&](std::size_t a, std::size_t b) { return names_[a] < names_[b]; });
  for (std::size_t i = 1; i < count; ++i) {
    if (names_[order[i - 1]] == names_[order[i]]) return names_[order[i]];
  }
  return {};
}

}  // namespace pos::json
