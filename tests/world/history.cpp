#include "world/history.hpp"

#include <string>
#include <variant>

#include "text/text.hpp"

namespace world {
namespace {

using pos::append;
using pos::words;

std::string line_of(const pos::io::D1Command& command) {
  std::string line = "d1";
  for (const pos::store::Statement each : command.statements) {
    append(line, words(" ", pos::store::name_of(each)));
  }
  for (const std::string& each : command.parameters) append(line, words("\n  ", each));
  return line;
}

std::string line_of(const pos::io::FetchCommand& command) {
  return words("fetch ", std::int64_t{static_cast<int>(command.method)}, " ", command.url, " ",
               command.square_version, " ", command.idempotency_key, " ", command.timeout_ms,
               "\n  ", command.credential.secret, " ", command.credential.sealed, " ",
               command.credential.bound_to, "\n  ", command.fillings, "\n  ", command.seals, "\n  ",
               command.body);
}

std::string line_of(const pos::io::SleepCommand& command) {
  return words("sleep ", command.duration_ms);
}

std::string line_of(const pos::io::LogCommand& command) {
  return words("log ", std::int64_t{static_cast<int>(command.level)}, " ", command.message, " ",
               command.fields);
}

std::string line_of(const pos::io::DoneCommand& command) {
  return words("done ", std::int64_t{command.status}, " ", command.retry_after_seconds, " ",
               command.type, " ", command.next, "\n  ", command.body);
}

std::string line_of(const pos::io::SealCommand& command) {
  std::string line = "seal";
  for (std::size_t i = 0; i < command.texts.size(); ++i) {
    append(line, words("\n  ", command.texts[i], " | ", command.bound_to[i]));
  }
  return line;
}

std::string line_of(const pos::io::SignCommand& command) {
  std::string line = words("sign ", command.secret);
  for (const std::string& each : command.texts) append(line, words("\n  ", each));
  for (const std::string& each : command.signatures) append(line, words("\n  = ", each));
  return line;
}

std::string line_of(const pos::io::DaysCommand& command) {
  return words("days ", command.time_zone, " ", command.from_ms, " ", command.to_ms);
}

}  // namespace

void note(const pos::io::Commands& commands) {
  if (!on_history) return;
  for (const pos::io::Command& each : commands) {
    on_history(std::visit([](const auto& command) { return line_of(command); }, each));
  }
}

}  // namespace world
