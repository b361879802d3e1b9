// Which secrets the worker has. Their values stay with the shell.
#pragma once

#include "base/json/value.hpp"

namespace pos {

/// Whether the worker holds a secret of that name: the core hears of secrets by their names only.
inline bool has_secret(json::Value secrets, const char* name) {
  for (json::Value each = secrets.first(); each.present(); each = each.next()) {
    if (each.equals(name)) return true;
  }
  return false;
}

}  // namespace pos
