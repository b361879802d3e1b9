#include "json/value.hpp"

namespace pos::json {

Kind Value::kind() const {
  return document_ == nullptr ? Kind::missing : document_->nodes_[index_].kind;
}

bool Value::present() const {
  const Kind k = kind();
  return k != Kind::missing && k != Kind::null;
}

std::string_view Value::text() const {
  if (document_ == nullptr) return {};
  const auto& node = document_->nodes_[index_];
  return std::string_view(document_->text_).substr(node.text_begin, node.text_size);
}

std::int64_t Value::integer() const {
  return is(Kind::integer) ? document_->nodes_[index_].integer : 0;
}

bool Value::boolean() const { return is(Kind::boolean) && document_->nodes_[index_].integer != 0; }

std::size_t Value::size() const {
  return document_ == nullptr ? 0 : document_->nodes_[index_].count;
}

Value Value::operator[](std::string_view key) const {
  if (!is(Kind::object)) return {};
  for (Value member = first(); member.document_ != nullptr; member = member.next()) {
    if (member.key() == key) return member;
  }
  return {};
}

Value Value::at(std::size_t position) const {
  if (position >= size()) return {};
  Value child = first();
  while (position-- > 0) child = child.next();
  return child;
}

std::string_view Value::key() const {
  if (document_ == nullptr) return {};
  const auto& node = document_->nodes_[index_];
  return std::string_view(document_->text_).substr(node.key_begin, node.key_size);
}

Value Value::first() const { return size() == 0 ? Value() : Value(document_, index_ + 1); }

Value Value::next() const {
  if (document_ == nullptr || index_ == 0) return {};
  const auto& node = document_->nodes_[index_];
  const bool last = node.end >= document_->nodes_[node.parent].end;
  return last ? Value() : Value(document_, node.end);
}

Value Document::root() const { return nodes_.empty() ? Value() : Value(this, 0); }

}  // namespace pos::json
