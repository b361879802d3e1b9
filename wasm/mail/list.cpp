#include "mail/list.hpp"

#include <utility>

#include "base/csv.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "mail/list_columns.hpp"
#include "runtime/http_answer.hpp"

namespace pos::mail {
namespace {

using store::Statement;

constexpr Statement listing_mails[] = {Statement::mail_audit, Statement::mail_list,
                                       Statement::mail_credits};

// In the order of the SELECT lists. Names that end in _at, and in_doubt_since, are times.
constexpr char mail_columns[] =
    "id restaurant_id language recipient subject body state reason attempts approved_by "
    "approved_role approved_at first_sent_at in_doubt_since sent_at external_id created_at";
constexpr char credit_columns[] =
    "restaurant_id currency duplicates refunded recorded canceled disputed fees months created_at";

constexpr std::size_t mails_in_page = 100;
constexpr std::size_t page_bytes_most = 1'048'576;

bool is_time(std::string_view name) {
  return name == "in_doubt_since" || (name.size() > 3 && name.substr(name.size() - 3) == "_at");
}

void write_row(json::Writer& body, json::Value row, std::string_view names) {
  body.begin_object();
  for (json::Value column = row.first(); !names.empty(); column = column.next()) {
    body.key(take_word(names));
    if (column.is(json::Kind::integer)) {
      body.integer(column.integer());
    } else if (column.is(json::Kind::string)) {
      body.string(column.text());
    } else {
      body.null();
    }
  }
  body.end_object();
}

}  // namespace

// All mails are read, for their fingerprint; few of them at once.
void MailList::start(io::Commands& out) {
  dialogue_.ask(listing_mails, mails_query(request_, after_), {}, out);
}

void MailList::step(const io::Input& input, io::Commands& out) {
  json::Value results;
  if (!dialogue_.answered(input, results, out)) return;
  if (results.at(0).first().first().integer() == 0) {
    runtime::problem(out, 404, "no such audit");
    return;
  }
  const json::Value mails = results.at(1);
  if (request_.csv) {
    add_to_table(mails);
  } else {
    add_to_page(mails);
  }
  after_ = last_of_page(mails);
  if (after_.empty()) {
    if (!request_.csv) return answer_json(results.at(2), out);
    io::DoneCommand done{200, std::move(text_), 0};
    done.type = csv_type;
    out.emplace_back(std::move(done));
  } else if (text_.size() <= table_most &&
             ++rounds_ < request_.context.settings.subrequest_budget / 2) {
    start(out);
  } else {
    runtime::problem(out, 503, table_too_large);
  }
}

bool MailList::shows(json::Value row) const {
  return !request_.has_restaurant ||
         mail_column(row, MailColumn::restaurant_id).text() == request_.restaurant_id;
}

void MailList::add_to_page(json::Value mails) {
  for (json::Value row = mails.first(); row.present(); row = row.next()) {
    fingerprint_.add(row);
    const std::string_view id = mail_column(row, MailColumn::id).text();
    if (more_ || !shows(row) || id <= request_.cursor) continue;
    more_ = shown_ == mails_in_page || text_.size() > page_bytes_most;
    if (more_) continue;
    json::Writer mail;
    write_row(mail, row, mail_columns);
    append(text_, concat(text_.empty() ? "" : ",", mail.text()));
    ++shown_;
    last_ = id;
  }
}

void MailList::answer_json(json::Value credits, io::Commands& out) const {
  json::Writer body;
  body.begin_object().member("audit_id", request_.audit_id);
  body.member("fingerprint", fingerprint_.text()).key("mails").raw(concat("[", text_, "]"));
  body.array("credits");
  for (json::Value row = credits.first(); row.present(); row = row.next()) {
    if (!request_.has_restaurant || row.first().text() == request_.restaurant_id) {
      write_row(body, row, credit_columns);
    }
  }
  body.end_array().key("cursor");
  if (more_) {
    body.string(last_);
  } else {
    body.null();
  }
  body.end_object();
  runtime::answer(out, 200, body);
}

void MailList::add_to_table(json::Value mails) {
  Csv table;
  if (rounds_ == 0) table.heads(mail_columns);
  for (json::Value row = mails.first(); row.present(); row = row.next()) {
    if (!shows(row) || mail_column(row, MailColumn::id).text() <= request_.cursor) continue;
    std::string_view names = mail_columns;
    for (json::Value column = row.first(); !names.empty(); column = column.next()) {
      const std::string_view name = take_word(names);
      if (!column.is(json::Kind::integer)) {
        table.cell(column.text());
      } else if (is_time(name)) {
        table.cell(to_rfc3339(column.integer()));
      } else {
        table.cell(column.integer());
      }
    }
    table.end_row();
  }
  append(text_, table.text());
}

}  // namespace pos::mail
