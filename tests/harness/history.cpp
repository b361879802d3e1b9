#include "harness/history.hpp"

#include <string>
#include <variant>

#include "base/text.hpp"
#include "harness/transcript.hpp"

namespace world {
namespace {

using pos::append;
using pos::concat;

/// As a transcript has it, but with all that is sealed or signed.
struct Line {
  std::string operator()(const pos::io::SealCommand& command) const {
    std::string line = "seal";
    for (std::size_t i = 0; i < command.texts.size(); ++i) {
      append(line, concat("\n", command.texts[i], " for ", command.bound_to[i]));
    }
    return line;
  }
  std::string operator()(const pos::io::SignCommand& command) const {
    std::string line = concat("sign with ", command.secret);
    for (const std::string& each : command.texts) append(line, concat("\n", each));
    for (const std::string& each : command.signatures) append(line, concat("\n= ", each));
    return line;
  }
  template <typename Other>
  std::string operator()(const Other& command) const {
    return transcript::line_of(command);
  }
};

}  // namespace

void note(const pos::io::Commands& commands) {
  if (!on_history) return;
  for (const pos::io::Command& each : commands) on_history(std::visit(Line{}, each));
}

}  // namespace world
