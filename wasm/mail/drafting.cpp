#include "mail/drafting.hpp"

#include "base/email_address.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "identity/keys.hpp"

namespace pos::mail {
namespace {

using store::Statement;

constexpr std::size_t letters_at_once = 8;

// In the order of mail.wanting.
enum Column : std::size_t {
  audit_id = 0,
  restaurant_id = 1,
  draft_id = 2,
  number = 3,
  signature = 4,
  name = 5,
  email = 6,
  language = 7,
  time_zone = 8,
  first_at = 9,
  last_at = 10,
  figures = 11,
};

void append_amends(json::Writer& out, const Amends& figures) {
  out.begin_object().member("currency", figures.currency).member("orders", figures.orders);
  out.member("refunded", figures.refunded).member("recorded", figures.recorded);
  out.member("canceled", figures.canceled).member("listed", figures.listed);
  out.member("stopped", figures.stopped).member("fees", figures.fees).end_object();
}

/// Takes those of what is not told yet into the letter, and gives those of all as JSON.
std::string split(json::Value text, std::vector<Amends>& fresh) {
  json::Document document;
  json::Writer all;
  all.begin_array();
  if (document.parse(text.text())) {
    for (json::Value each = document.root().first(); each.present(); each = each.next()) {
      const Amends read = read_amends(each);
      if (each["fresh"].integer() == 1) {
        fresh.push_back(read);
      } else {
        append_amends(all, read);
      }
    }
  }
  return all.end_array().take();
}

/// The date in UTC, for a restaurant without a time zone, or with an unknown one.
std::string date_in_utc(std::int64_t at_ms) { return to_rfc3339(at_ms).substr(0, 10); }

}  // namespace

void MailDrafting::advance(const runtime::RunContext&, runtime::InFlightCommands& in_flight,
                           io::Commands& out) {
  if (step_ != Step::ready) return;
  if (!in_flight.has_budget()) {
    step_ = Step::over;
    return;
  }
  ask(in_flight, out);
}

void MailDrafting::ask(runtime::InFlightCommands& in_flight, io::Commands& out) {
  step_ = Step::working;
  json::Writer query;
  query.begin_object().member("audit_id", after_audit_).member("restaurant_id", after_restaurant_);
  query.member("limit", static_cast<std::int64_t>(letters_at_once)).end_object();
  in_flight.d1(wanting, 0, {Statement::mail_wanting}, {"", query.take()}, out);
}

void MailDrafting::receive(const runtime::RunContext& context,
                           const runtime::PendingCommand& pending, const io::Outcome& outcome,
                           runtime::InFlightCommands& in_flight, io::Commands& out) {
  if (pending.failed) {
    step_ = Step::over;
    return;
  }
  switch (static_cast<What>(pending.purpose)) {
    case wanting:
      return read(context, outcome.results.first(), in_flight, out);
    case first_day:
    case last_day: {
      Draft& draft = drafts_[pending.subject];
      const std::string_view date = outcome.results.first().first().text();
      if (!date.empty()) {
        (pending.purpose == first_day ? draft.facts.first_date : draft.facts.last_date) = date;
      }
      if (--draft.dates_out == 0) write(context, pending.subject, in_flight, out);
      return;
    }
    case writing:
      drafted_ += outcome.results.at(4).first().first().integer();
      return finish_one();
  }
}

void MailDrafting::finish_one() {
  if (--unfinished_ == 0 && step_ == Step::working)
    step_ = drafts_.size() == letters_at_once ? Step::ready : Step::over;
}

void MailDrafting::read(const runtime::RunContext& context, json::Value rows,
                        runtime::InFlightCommands& in_flight, io::Commands& out) {
  drafts_.clear();
  unfinished_ = rows.size();
  if (unfinished_ == 0) step_ = Step::over;
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    read_draft(context, row, in_flight, out);
  }
}

void MailDrafting::read_draft(const runtime::RunContext& context, json::Value row,
                              runtime::InFlightCommands& in_flight, io::Commands& out) {
  const auto about = static_cast<std::uint32_t>(drafts_.size());
  Draft& draft = drafts_.emplace_back();
  draft.audit_id = after_audit_ = row.at(Column::audit_id).text();
  draft.restaurant_id = after_restaurant_ = row.at(Column::restaurant_id).text();
  draft.signature = row.at(Column::signature).text();
  const std::string_view address = row.at(Column::email).text();
  if (is_address(address)) draft.email = address;
  Facts& facts = draft.facts;
  facts.number = row.at(Column::number).integer();
  facts.name = row.at(Column::name).text();
  facts.language = language_of(row.at(Column::language).text());
  facts.months = context.repair.credit_months;
  facts.signer = name_of_sender(context.repair.mail_from);
  draft.credits = split(row.at(Column::figures), facts.figures);
  draft.id = row.at(Column::draft_id).text();
  if (draft.id.empty()) draft.id = mail_key(draft.audit_id, draft.restaurant_id, facts.number);
  const std::int64_t first = row.at(Column::first_at).integer();
  const std::int64_t last = row.at(Column::last_at).integer();
  if (first > 0) {
    facts.first_date = date_in_utc(first);
    facts.last_date = date_in_utc(last);
  }
  const std::string_view zone = row.at(Column::time_zone).text();
  if (first == 0 || zone.empty()) return write(context, about, in_flight, out);
  draft.dates_out = 2;
  in_flight.days(first_day, about, {0, std::string(zone), first, first}, out);
  in_flight.days(last_day, about, {0, std::string(zone), last, last}, out);
}

void MailDrafting::write(const runtime::RunContext& context, std::uint32_t about,
                         runtime::InFlightCommands& in_flight, io::Commands& out) {
  const Draft& draft = drafts_[about];
  const Letter letter = write_letter(draft.facts);
  json::Writer query;
  query.begin_object().member("audit_id", draft.audit_id);
  query.member("restaurant_id", draft.restaurant_id).member("id", draft.id);
  query.member("number", draft.facts.number).member("signature", draft.signature);
  query.member("language", to_string(draft.facts.language)).member("recipient", draft.email);
  query.member("subject", letter.subject).member("body", letter.body);
  query.member("months", draft.facts.months).key("credits").raw(draft.credits).end_object();
  const std::string token = concat(context.id, ".d", ++writes_);
  in_flight.d1(
      writing, about,
      {Statement::mail_draft_open, Statement::mail_draft_write, Statement::mail_draft_credit,
       Statement::mail_draft_told, Statement::mail_draft_read},
      {token, query.take()}, out);
}

}  // namespace pos::mail
