// Runs the jobs of the repair against a Database and a AuditSquare: ticks, and requests over HTTP.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "config/settings.hpp"
#include "harness/audit_square.hpp"
#include "harness/database.hpp"
#include "io/command.hpp"

namespace world {

struct AuditWorld {
  Database database;
  AuditSquare square;
  pos::Settings settings = own_settings();
  std::int64_t jobs = 0;
  bool has_seal_key = true;
  std::string seal_error;                        // why the shell cannot sign; "": it can
  std::map<std::string, std::string> variables;  // of a request, besides its own
  /// Time by the shell's clock that each command takes.
  std::int64_t ms_per_command = 1;
  /// How many commands may be performed before the worker goes away; -1: all.
  int dies_after = -1;
  /// Called before each command; true: D1 commits, or Square does, and the answer is lost.
  std::function<bool(const pos::io::Command&)> loses;
  std::string d1_error = "Network connection lost.";  // of a lost answer
  /// Hears of every command that a job gives, log lines and its end included.
  std::function<void(const pos::io::Command&)> hears;

  static pos::Settings own_settings();

  /// What a tick does for the past; the answer's body, or "" if the worker went away.
  std::string tick(std::int64_t spent_subrequests = 0);
  /// Ticks until there is nothing to be read any more.
  void read_all();
  /// A request of a route's, such as audits.show. `query` is a JSON object.
  pos::io::DoneCommand ask(const std::string& route, const std::string& body = {},
                           const std::string& audit_id = {}, const std::string& query = "{}");
  /// The same of one place of an audit.
  pos::io::DoneCommand ask_place(const std::string& route, const std::string& body,
                                 const std::string& audit_id, const std::string& location_id);

 private:
  pos::io::DoneCommand ask_with(const std::string& route, const std::string& body,
                                const std::string& path, const std::string& query);
  template <typename Job>
  pos::io::DoneCommand run(Job& job, pos::io::Commands commands);
};

}  // namespace world
