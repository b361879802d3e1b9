// The mails of an audit, as they are read for people and for an approval.
#pragma once

#include <string>

#include "base/json/value.hpp"
#include "runtime/repair_request.hpp"

namespace pos::mail {

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
  page_rows = 17,  // how many a page would have had without its limit in bytes
};

[[nodiscard]] json::Value mail_column(json::Value row, MailColumn column);

/// SHA-256 over the ids, recipients and texts of all mails of an audit, in hex. It says what
/// the approver has read: approving some of them leaves it as it is.
class MailsFingerprint {
 public:
  void add(json::Value row);
  [[nodiscard]] const std::string& text() const { return text_; }

  bool operator==(const MailsFingerprint&) const = default;

 private:
  std::string text_ = first();
  [[nodiscard]] static std::string first();
};

/// {"audit_id": …, "after": …}, as the statements about mails take it: a page behind that mail.
[[nodiscard]] std::string mails_query(const runtime::RepairRequest& request,
                                      const std::string& after);

/// The last mail of a page, if others may come behind it; "" if it is the last page.
[[nodiscard]] std::string last_of_page(json::Value mails);

}  // namespace pos::mail
