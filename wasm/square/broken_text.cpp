#include "square/broken_text.hpp"

#include "base/json/utf8.hpp"
#include "base/text.hpp"

namespace pos::square {

namespace {

using json::Kind;
using json::Value;

constexpr const char* wanted = "valid UTF-8";

void look_below(Value container, const std::string& at, FieldErrors& findings) {
  const bool is_list = container.is(Kind::array);
  std::int64_t index = 0;
  for (Value value = container.first(); !value.is(Kind::missing); value = value.next()) {
    const std::string name = path(Place{}, value.key());
    const std::string place = is_list      ? concat(at, "[", index++, "]")
                              : at.empty() ? name
                                           : concat(at, ".", name);
    if (json::replacement_count(value.key()) > 0) {
      findings.add(place, "expected a name in valid UTF-8");
    } else if (value.is(Kind::string) && json::replacement_count(value.text()) > 0) {
      findings.expected(place, wanted, describe(value));
    }
    look_below(value, place, findings);
  }
}

}  // namespace

void name_broken_texts(Value value, FieldErrors& findings) { look_below(value, "", findings); }

}  // namespace pos::square
