#include "runtime/text_field.hpp"

#include <cstdint>
#include <string_view>

#include "base/text.hpp"

namespace pos::runtime {

void read_text(json::Value value, std::size_t most, std::string& target, FieldErrors& findings) {
  if (!value.present()) return;
  const std::string_view text = value.text();
  if (!value.is(json::Kind::string) || text.empty() || text.size() > most) {
    findings.add(concat(value.key()),
                 concat("expected a text of 1 to ", static_cast<std::int64_t>(most), " bytes"));
  } else {
    target = text;
  }
}

}  // namespace pos::runtime
