#include "repair/mail_shelf.hpp"

#include "identity/sha256.hpp"
#include "json/writer.hpp"

namespace pos::repair {

json::Value mail_column(json::Value row, MailColumn column) {
  return row.at(static_cast<std::size_t>(column));
}

std::string fingerprint_of_mails(json::Value rows) {
  json::Writer text;
  text.begin_array();
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    text.begin_array().string(mail_column(row, MailColumn::id).text());
    text.string(mail_column(row, MailColumn::recipient).text());
    text.string(mail_column(row, MailColumn::subject).text());
    text.string(mail_column(row, MailColumn::body).text()).end_array();
  }
  text.end_array();
  return hex(sha256(text.text()));
}

std::string audit_query(const Request& request) {
  json::Writer query;
  query.begin_object().member("audit_id", request.audit_id).end_object();
  return query.take();
}

}  // namespace pos::repair
