// What the core asks the shell to do. Commands are values; nothing in here does anything.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "store/statements.hpp"

namespace pos::io {

/// Numbers a command within its job, so that its outcome can name it.
using CommandId = std::uint32_t;

/// Run these statements in one D1 batch, one transaction. Each takes the first of `parameters` that
/// it needs.
struct D1Command {
  CommandId id = 0;
  std::vector<store::Statement> statements;
  std::vector<std::string> parameters;

  bool operator==(const D1Command&) const = default;
};

enum class Method : std::uint8_t { post = 0, get = 1, put = 2 };

/// A text that only the shell may know: the value of a secret of the worker's, by its name, or a
/// sealed text and what it is bound to. Neither: there is none.
struct Credential {
  std::string secret;
  std::string sealed;
  std::string bound_to;

  bool operator==(const Credential&) const = default;
};

/// Send `body` to `url` (a GET has none) with the credential, if there is one, as the bearer token.
/// The timeout starts now and covers the body; redirects are not followed. A credential that the
/// shell does not have or cannot open ends the command before anything is sent.
struct FetchCommand {
  CommandId id = 0;
  Method method = Method::post;
  std::string url;
  std::string square_version;   // "" sends no such header
  std::string idempotency_key;  // a header, for providers that take it there; "" sends none
  Credential credential;
  std::string body;
  /// What only the shell can add to a JSON body: {"member": credential, …}, or "".
  std::string fillings;
  /// What the shell must seal in a JSON reply before it hands it over: {"member": "what the sealed
  /// text is bound to", …}, or "".
  std::string seals;
  std::int64_t timeout_ms = 0;

  bool operator==(const FetchCommand&) const = default;
};

/// Make these texts unreadable for everybody but the shell, each bound to what it says.
struct SealCommand {
  CommandId id = 0;
  std::vector<std::string> texts;
  std::vector<std::string> bound_to;

  bool operator==(const SealCommand&) const = default;
};

/// Sign these texts with a secret of the worker's, by its name; or, where there are signatures, say
/// of each text why its signature does not hold, "" if it does.
struct SignCommand {
  CommandId id = 0;
  std::string secret;
  std::vector<std::string> texts;
  std::vector<std::string> signatures;

  bool operator==(const SignCommand&) const = default;
};

/// Say when the days of a time zone begin (an IANA name, like Europe/Istanbul), from the one that
/// `from_ms` is part of to the first that begins at `to_ms` or later. The rules of time zones
/// change by law, so they are the runtime's.
struct DayBoundariesCommand {
  CommandId id = 0;
  std::string time_zone;
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;

  bool operator==(const DayBoundariesCommand&) const = default;
};

/// Come back after that long.
struct SleepCommand {
  CommandId id = 0;
  std::int64_t duration_ms = 0;

  bool operator==(const SleepCommand&) const = default;
};

enum class Level : std::uint8_t { info = 0, warning = 1, error = 2 };

/// Write a log line for the operator. `fields` is a JSON object. Has no outcome.
struct LogCommand {
  Level level = Level::info;
  std::string message;
  std::string fields;

  bool operator==(const LogCommand&) const = default;
};

/// The job has ended; outcomes that are still out are of no interest. `status` is an HTTP status
/// (200 and above 299 for a tick that could not start or go on), `body` a JSON text.
struct DoneCommand {
  int status = 200;
  std::string body;
  std::int64_t retry_after_seconds = 0;  // 0: no Retry-After header
  std::string next = {};  // the job to start behind this one, a JSON object; "": there is none
  std::string type = {};  // of the body; "": JSON, or a problem document

  bool operator==(const DoneCommand&) const = default;
};

using Command = std::variant<D1Command, FetchCommand, SleepCommand, LogCommand, DoneCommand,
                             SealCommand, DayBoundariesCommand, SignCommand>;
/// A list, because it is never indexed, and what is in it need not be moved.
using Commands = std::list<Command>;

/// Replies longer than this are cut off and their outcome is unknown.
constexpr std::int64_t reply_limit = 1'000'000;

}  // namespace pos::io
