#include "mail/list_columns.hpp"

#include "base/json/writer.hpp"
#include "base/sha256.hpp"

namespace pos::mail {

json::Value mail_column(json::Value row, MailColumn column) {
  return row.at(static_cast<std::size_t>(column));
}

std::string MailsFingerprint::first() { return hex(sha256({})); }

// Chained, so that no more than one mail has to be kept for it.
void MailsFingerprint::add(json::Value row) {
  json::Writer text;
  text.begin_array().string(text_).string(mail_column(row, MailColumn::id).text());
  text.string(mail_column(row, MailColumn::recipient).text());
  text.string(mail_column(row, MailColumn::subject).text());
  text.string(mail_column(row, MailColumn::body).text()).end_array();
  text_ = hex(sha256(text.text()));
}

std::string mails_query(const runtime::RepairRequest& request, const std::string& after) {
  json::Writer query;
  query.begin_object().member("audit_id", request.audit_id).member("after", after).end_object();
  return query.take();
}

std::string last_of_page(json::Value mails) {
  constexpr std::int64_t mails_read = 1000;
  const json::Value last = mails.at(mails.size() - 1);
  const auto read = static_cast<std::int64_t>(mails.size());
  if (read < mails_read && mail_column(last, MailColumn::page_rows).integer() <= read) return {};
  return std::string(mail_column(last, MailColumn::id).text());
}

}  // namespace pos::mail
