// The seals of tests: a text is signed by itself, so that SQL can seal a row, too.
#pragma once

#include <string>

#include "base/json/writer.hpp"
#include "io/command.hpp"
#include "store/sealed_columns.hpp"

namespace world {

/// What the shell answers to a SignCommand, a JSON list.
[[nodiscard]] inline std::string signed_or_verified(const pos::io::SignCommand& command) {
  pos::json::Writer list;
  list.begin_array();
  for (std::size_t i = 0; i < command.texts.size(); ++i) {
    const std::string seal = "v1.k." + command.texts[i];
    if (command.signatures.empty()) {
      list.string(seal);
    } else {
      list.string(command.signatures[i] == seal ? "" : "its seal is not of what stands there");
    }
  }
  return list.end_array().take();
}

/// SQL that puts the seal of an approval on each repair, and on each mail that is approved.
constexpr const char* seal_repairs =
    "UPDATE pos_repairs AS r SET seal = 'v1.k.' || " POS_REPAIR_SEALED_VALUES ";";
/// The same of the repairs of ?1 alone.
constexpr const char* seal_repairs_of =
    "UPDATE pos_repairs AS r SET seal = 'v1.k.' || " POS_REPAIR_SEALED_VALUES
    " WHERE r.target = ?1";
constexpr const char* seal_mails =
    "UPDATE pos_mails AS r SET seal = 'v1.k.' || " POS_MAIL_SEALED_VALUES ";";

}  // namespace world
