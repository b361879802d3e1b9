#include "repair/mail_list.hpp"

#include "door/answer.hpp"
#include "json/writer.hpp"
#include "repair/mail_shelf.hpp"
#include "square/timestamp.hpp"
#include "text/csv.hpp"
#include "text/text.hpp"

namespace pos::repair {
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

void MailList::start(io::Commands& out) {
  dialogue_.ask(listing_mails, audit_query(request_), {}, out);
}

void MailList::step(const io::Input& input, io::Commands& out) {
  json::Value results;
  if (!dialogue_.answered(input, results, out)) return;
  if (results.at(0).first().first().integer() == 0) {
    door::problem(out, 404, "no such audit");
  } else if (request_.csv) {
    answer_csv(results.at(1), out);
  } else {
    answer_json(results.at(1), results.at(2), out);
  }
}

bool MailList::shows(json::Value row) const {
  return !request_.has_restaurant ||
         mail_column(row, MailColumn::restaurant_id).text() == request_.restaurant_id;
}

void MailList::answer_json(json::Value mails, json::Value credits, io::Commands& out) const {
  json::Writer body;
  body.begin_object().member("audit_id", request_.audit_id);
  body.member("fingerprint", fingerprint_of_mails(mails)).array("mails");
  std::size_t shown = 0;
  std::string last;
  bool more = false;
  for (json::Value row = mails.first(); row.present() && !more; row = row.next()) {
    const std::string_view id = mail_column(row, MailColumn::id).text();
    if (!shows(row) || id <= request_.cursor) continue;
    more = shown == mails_in_page;
    if (more) break;
    write_row(body, row, mail_columns);
    ++shown;
    last = id;
  }
  body.end_array().array("credits");
  for (json::Value row = credits.first(); row.present(); row = row.next()) {
    if (!request_.has_restaurant || row.first().text() == request_.restaurant_id) {
      write_row(body, row, credit_columns);
    }
  }
  body.end_array().key("cursor");
  if (more) {
    body.string(last);
  } else {
    body.null();
  }
  body.end_object();
  door::answer(out, 200, body);
}

void MailList::answer_csv(json::Value mails, io::Commands& out) const {
  Csv table;
  table.heads(mail_columns);
  for (json::Value row = mails.first(); row.present(); row = row.next()) {
    if (!shows(row)) continue;
    std::string_view names = mail_columns;
    for (json::Value column = row.first(); !names.empty(); column = column.next()) {
      const std::string_view name = take_word(names);
      if (!column.is(json::Kind::integer)) {
        table.cell(column.text());
      } else if (is_time(name)) {
        table.cell(square::to_rfc3339(column.integer()));
      } else {
        table.cell(column.integer());
      }
    }
    table.end_row();
  }
  io::DoneCommand done{200, table.take(), 0};
  done.type = csv_type;
  out.emplace_back(std::move(done));
}

}  // namespace pos::repair
