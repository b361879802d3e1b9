#include "runtime/run_context.hpp"

#include "base/email_address.hpp"
#include "base/text.hpp"
#include "config/variable.hpp"

namespace pos::runtime {
namespace {

constexpr std::int64_t window_least_ms = 60'000;
constexpr std::int64_t window_most_ms = 86'400'000;
constexpr std::int64_t months_most = 12;

void read_window(json::Value value, std::int64_t& target, std::string& problems) {
  const std::string text = spelling(value);
  if (text.empty()) return;
  const std::int64_t window = milliseconds(text);
  if (window >= window_least_ms && window <= window_most_ms) {
    target = window;
  } else {
    expected(problems, "DUPLICATE_WINDOW_SECONDS", "seconds from 60 to 86400", text);
  }
}

void read_months(json::Value value, std::int64_t& target, std::string& problems) {
  const std::string text = spelling(value);
  if (text.empty()) return;
  const std::int64_t months = number_of(text);
  if (months >= 0 && months <= months_most) {
    target = months;
  } else {
    expected(problems, "CREDIT_MONTHS", "an integer from 0 to 12", text);
  }
}

void read_sender(json::Value value, const char* name, std::string& target, std::string& problems) {
  const std::string text = spelling(value);
  if (text.empty()) return;
  if (is_sender(text)) {
    target = text;
  } else {
    expected(problems, name, "an address, or Name <address>", text);
  }
}

}  // namespace

std::string read_repair_settings(json::Value variables, json::Value secrets,
                                 RepairSettings& options) {
  std::string problems;
  read_origin(variables["RESEND_BASE_URL"], "RESEND_BASE_URL", options.mail_base_url, problems);
  read_sender(variables["MAIL_FROM"], "MAIL_FROM", options.mail_from, problems);
  read_sender(variables["MAIL_REPLY_TO"], "MAIL_REPLY_TO", options.mail_reply_to, problems);
  read_months(variables["CREDIT_MONTHS"], options.credit_months, problems);
  read_window(variables["DUPLICATE_WINDOW_SECONDS"], options.window_ms, problems);
  for (json::Value each = secrets.first(); each.present(); each = each.next()) {
    if (each.equals("RESEND_API_KEY")) options.has_mail_key = true;
    if (each.equals("SEAL_KEY")) options.has_seal_key = true;
  }
  return problems;
}

}  // namespace pos::runtime
