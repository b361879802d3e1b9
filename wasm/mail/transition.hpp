// What an outcome makes of a mail.
#pragma once

#include <cstdint>
#include <string>

#include "config/settings.hpp"
#include "net/outcome.hpp"

namespace pos::mail {

/// How a mail stood when it was claimed.
struct MailAttempt {
  bool in_doubt = false;  // an earlier request may have sent it
  std::int64_t attempts = 0;

  bool operator==(const MailAttempt&) const = default;
};

enum class MailState : std::uint8_t { due = 0, sent = 1, dead = 2 };

/// "due", "sent" or "dead", as it is stored.
[[nodiscard]] const char* to_string(MailState state);

struct MailTransition {
  MailState state = MailState::due;
  std::string reason;
  bool sent = false;   // Resend has the mail, or may have it
  bool doubt = false;  // it may have been sent: unknown
  std::int64_t attempts = 0;
  std::int64_t delay_ms = 0;  // until it is tried again
  /// The same would come of every other mail now.
  bool holds_for_all = false;
};

/// At most once is better than twice: for a mail there is no read-back. A definite no to a mail
/// that an earlier request may have sent says nothing of that one, so a human is asked.
[[nodiscard]] MailTransition apply_mail_outcome(const net::Outcome& outcome,
                                                const MailAttempt& standing,
                                                const Settings& settings);

}  // namespace pos::mail
