#include "runtime/seal.hpp"

#include <utility>

#include "base/json/value.hpp"
#include "base/json/writer.hpp"

namespace pos::runtime {

std::string sealed_text(std::string_view values) {
  json::Document document;
  if (!document.parse(values) || !document.root().is(json::Kind::array)) return {};
  json::Writer out;
  out.begin_array();
  const json::Value list = document.root();
  for (json::Value each = list.first(); !each.is(json::Kind::missing); each = each.next()) {
    if (each.is(json::Kind::string)) {
      out.string(each.text());
    } else if (each.is(json::Kind::integer)) {
      out.integer(each.integer());
    } else if (each.is(json::Kind::null)) {
      out.null();
    } else {
      // No column holds anything else, unless it was written by hand.
      return {};
    }
  }
  return out.end_array().take();
}

io::SignCommand signing() {
  io::SignCommand command;
  command.secret = seal_secret;
  return command;
}

void add_to_sign(io::SignCommand& command, std::string_view values) {
  command.texts.push_back(sealed_text(values));
}

void add_to_verify(io::SignCommand& command, std::string_view values, std::string_view seal) {
  std::string text = sealed_text(values);
  // All that cannot be sealed has the same text: a seal of one such row would hold for all of them.
  command.signatures.emplace_back(text.empty() ? std::string_view() : seal);
  command.texts.push_back(std::move(text));
}

}  // namespace pos::runtime
