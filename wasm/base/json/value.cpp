#include "base/json/value.hpp"

namespace pos::json {

Kind Value::kind() const { return node_ == nullptr ? Kind::missing : node_->kind; }

bool Value::present() const {
  const Kind k = kind();
  return k != Kind::missing && k != Kind::null;
}

std::string_view Value::text() const { return node_ == nullptr ? std::string_view() : node_->text; }

bool Value::equals(const char* text) const { return this->text() == text; }

std::int64_t Value::integer() const { return is(Kind::integer) ? node_->integer : 0; }

bool Value::boolean() const { return is(Kind::boolean) && node_->integer != 0; }

std::size_t Value::size() const { return node_ == nullptr ? 0 : node_->count; }

Value Value::operator[](const char* key) const {
  if (!is(Kind::object)) return {};
  const std::string_view wanted = key;
  Value member = first();
  while (member.node_ != nullptr && member.node_->key != wanted) member = member.next();
  return member;
}

Value Value::at(std::size_t position) const {
  if (position >= size()) return {};
  Value child = first();
  while (position-- > 0) child = child.next();
  return child;
}

std::string_view Value::key() const { return node_ == nullptr ? std::string_view() : node_->key; }

Value Value::first() const { return size() == 0 ? Value() : Value(node_ + 1); }

Value Value::next() const {
  if (node_ == nullptr) return {};
  const Node* const after = node_ + node_->span;
  const Node* const container = node_ - node_->up;
  // The root is its own container, and ends with itself.
  return after == container + container->span ? Value() : Value(after);
}

Value Document::root() const { return nodes_.empty() ? Value() : Value(nodes_.data()); }

}  // namespace pos::json
