// What only the repair is configured with, besides the settings of the worker as a whole.
#pragma once

#include <cstdint>
#include <string>

#include "base/json/value.hpp"
#include "config/settings.hpp"

namespace pos::runtime {

struct RepairSettings {
  /// How long after an order another one may be its duplicate although nothing but its looks says
  /// so: a cron of 30 minutes, and some.
  std::int64_t window_ms = 35 * 60 * 1000;
  std::string mail_base_url = "https://api.resend.com";
  std::string mail_from;  // "" sends none
  std::string mail_reply_to;
  bool has_mail_key = false;
  bool has_seal_key = false;
  std::int64_t credit_months = 1;

  bool operator==(const RepairSettings&) const = default;
};

/// Reads the variables of its own; returns what is wrong with them, "" if nothing is.
[[nodiscard]] std::string read_repair_settings(json::Value variables, json::Value secrets,
                                               RepairSettings& options);

/// Whose job it is, and with what: the same for all that a job is made of.
struct RunContext {
  Settings settings;
  RepairSettings repair;
  std::string id;     // unique per job; its owner tokens begin with it
  std::string actor;  // "cron", "http", or who asked
  std::string role;   // of whose token the shell has seen: read, operate or approve; "": the cron

  bool operator==(const RunContext&) const = default;
};

}  // namespace pos::runtime
