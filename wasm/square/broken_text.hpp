// Texts that were no UTF-8 when they were written, by the place where they stand.
#pragma once

#include "base/json/value.hpp"
#include "square/field.hpp"

namespace pos::square {

/// Complains about each text and each name below a value that has U+FFFD in it: "items[2].name" and
/// "expected valid UTF-8". For values whose broken bytes were replaced before they were parsed.
void name_broken_texts(json::Value value, FieldErrors& findings);

}  // namespace pos::square
