// The mails of an audit, as they are read for people and for an approval.
#pragma once

#include <string>

#include "json/value.hpp"
#include "repair/request.hpp"

namespace pos::repair {

/// Where the columns of mail.list are that others than its answers need.
enum class MailColumn : std::uint8_t {
  id = 0,
  restaurant_id = 1,
  language = 2,
  recipient = 3,
  subject = 4,
  body = 5,
  state = 6,
  reason = 7,
};

[[nodiscard]] json::Value mail_column(json::Value row, MailColumn column);

/// SHA-256 over the ids, recipients and texts of all mails of an audit, in hex. It says what
/// somebody has read: to approve some of them leaves it as it is.
[[nodiscard]] std::string fingerprint_of_mails(json::Value rows);

/// {"audit_id": …}, as the statements about an audit take it.
[[nodiscard]] std::string audit_query(const Request& request);

}  // namespace pos::repair
