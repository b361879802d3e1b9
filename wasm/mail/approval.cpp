#include "mail/approval.hpp"

#include <algorithm>

#include "base/field_errors.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "mail/list_columns.hpp"
#include "runtime/http_answer.hpp"
#include "runtime/seal.hpp"
#include "runtime/text_field.hpp"

namespace pos::mail {
namespace {

using store::Statement;

constexpr Statement reading_mails[] = {Statement::mail_audit, Statement::mail_list};
constexpr Statement sealing[] = {Statement::mail_to_seal};
constexpr Statement approving[] = {Statement::mail_approve, Statement::mail_approved};

constexpr std::size_t fingerprint_size = 64;

// A value that D1 binds has less than two megabytes.
constexpr std::size_t batch_bytes = 500'000;

// A Worker has 128 MB, and a draft stands in it several times.
constexpr std::size_t drafts_bytes_most = 4'000'000;

// What stands beside its text in a mail.
constexpr std::size_t overhead_bytes = 1'000;

bool is_fingerprint(std::string_view text) {
  return text.size() == fingerprint_size &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void read_restaurants(json::Value list, std::vector<std::string>& target, FieldErrors& findings) {
  bool wrong = !list.is(json::Kind::array) || list.size() == 0;
  for (json::Value each = list.first(); !each.is(json::Kind::missing); each = each.next()) {
    wrong = wrong || !each.is(json::Kind::string);
    target.emplace_back(each.text());
  }
  if (wrong) findings.add("restaurants", "expected a list of ids of restaurants, one at least");
}

/// The restaurants in words: "adana", "berlin".
void name_one(std::string& list, std::string_view restaurant) {
  append(list, concat(list.empty() ? "" : ", ", "\"", restaurant, "\""));
}

}  // namespace

void MailApproval::start(io::Commands& out) {
  if (!read_body(out)) return;
  const runtime::RepairSettings& options = request_.context.repair;
  std::string missing;
  if (options.mail_from.empty()) missing = "MAIL_FROM";
  if (!options.has_mail_key)
    append(missing, missing.empty() ? "RESEND_API_KEY" : " and RESEND_API_KEY");
  if (!missing.empty()) {
    runtime::problem(out, 503,
                     concat("pos-sync is not set up to send mails: ", missing, " missing"));
    return;
  }
  if (!options.has_seal_key) {
    runtime::problem(out, 503, runtime::seal_missing);
    return;
  }
  unseen_ = restaurants_;
  read(out);
}

void MailApproval::read(io::Commands& out) {
  dialogue_.ask(reading_mails, mails_query(request_, after_), {}, out);
}

bool MailApproval::read_body(io::Commands& out) {
  json::Document document;
  if (!document.parse(request_.body) || !document.root().is(json::Kind::object)) {
    return !runtime::problem(out, 400, "expected a JSON object");
  }
  FieldErrors findings;
  const json::Value body = document.root();
  for (json::Value each = body.first(); !each.is(json::Kind::missing); each = each.next()) {
    const std::string_view name = each.key();
    if (name == "fingerprint") {
      fingerprint_ = each.text();
    } else if (name == "restaurants") {
      read_restaurants(each, restaurants_, findings);
    } else if (name == "all") {
      all_ = each.boolean();
      if (!all_) findings.add("all", "expected true");
    } else if (name == "actor") {
      actor_ = each.text();
      if (actor_.empty() || actor_.size() > runtime::text_most) {
        findings.add("actor", "expected a text of 1 to 255 bytes");
      }
    } else {
      findings.add(concat(name), "unknown field");
    }
  }
  if (!is_fingerprint(fingerprint_)) {
    findings.add("fingerprint", "expected the fingerprint of GET /v1/audits/{id}/mails");
  }
  if (all_ != restaurants_.empty() && findings.empty()) {
    findings.add("restaurants", "expected these or all, and not both");
  }
  request_.body = std::string();
  if (findings.empty()) return true;
  runtime::invalid(out, findings.take());
  return false;
}

void MailApproval::step(const io::Input& input, io::Commands& out) {
  if (step_ == Step::signing) {
    if (!input.outcomes.empty()) write(input.outcomes.front(), out);
    return;
  }
  json::Value results;
  if (!dialogue_.answered(input, results, out)) return;
  if (step_ == Step::writing) return written(results.at(1), out);
  if (step_ == Step::sealing) return sign(results.first(), out);
  if (results.at(0).first().first().integer() == 0) {
    runtime::problem(out, 404, "no such audit");
    return;
  }
  approved_at_ = results.at(0).first().at(1).integer();
  take(results.at(1));
  after_ = last_of_page(results.at(1));
  if (after_.empty()) return judge(out);
  if (++rounds_ < request_.context.settings.subrequest_budget / 2) return read(out);
  runtime::problem(out, 503, "this audit has more mails than SUBREQUEST_BUDGET lets be read");
}

bool MailApproval::asks_for(std::string_view restaurant_id) const {
  return all_ ||
         std::find(restaurants_.begin(), restaurants_.end(), restaurant_id) != restaurants_.end();
}

bool MailApproval::misses(io::Commands& out) const {
  if (unseen_.empty()) return false;
  std::string unknown;
  for (const std::string& each : unseen_) name_one(unknown, each);
  FieldErrors findings;
  findings.add("restaurants", concat("there is no mail of this audit to ", unknown));
  runtime::invalid(out, findings.take());
  return true;
}

void MailApproval::take(json::Value mails) {
  for (json::Value row = mails.first(); row.present(); row = row.next()) {
    present_.add(row);
    const std::string_view restaurant = mail_column(row, MailColumn::restaurant_id).text();
    unseen_.erase(std::remove(unseen_.begin(), unseen_.end(), restaurant), unseen_.end());
    if (!asks_for(restaurant)) continue;
    if (!mail_column(row, MailColumn::state).equals("draft")) {
      ++stood_;
      continue;
    }
    if (draft_bytes_ > drafts_bytes_most) continue;
    Draft& draft = drafts_.emplace_back();
    draft.id = mail_column(row, MailColumn::id).text();
    draft.recipient = mail_column(row, MailColumn::recipient).text();
    draft.subject = mail_column(row, MailColumn::subject).text();
    draft.body = mail_column(row, MailColumn::body).text();
    draft_bytes_ += draft.subject.size() + draft.body.size() + overhead_bytes;
    if (!mail_column(row, MailColumn::reason).text().empty()) {
      name_one(stale_, restaurant);
    } else if (draft.recipient.empty()) {
      name_one(unaddressed_, restaurant);
    }
  }
}

void MailApproval::judge(io::Commands& out) {
  if (misses(out)) return;
  if (drafts_.empty()) return finish(out);
  if (present_.text() != fingerprint_) {
    return conflict("the mails are not those that were read; read them again", out);
  }
  if (!stale_.empty()) {
    runtime::problem(out, 409, concat("the next tick writes the draft to ", stale_, " anew"));
    return;
  }
  if (!unaddressed_.empty()) {
    FieldErrors findings;
    findings.add("restaurants", concat("nobody knows the e-mail address of ", unaddressed_,
                                       "; set it with POST /v1/accounts/{restaurant_id}/profile"));
    runtime::invalid(out, findings.take());
    return;
  }
  if (draft_bytes_ > drafts_bytes_most) {
    FieldErrors findings;
    findings.add("restaurants", "so many drafts are too large for one approval; name some of them");
    runtime::invalid(out, findings.take());
    return;
  }
  seal(out);
}

// Resend, "Send Email".
std::string MailApproval::frozen(const Draft& draft) const {
  const runtime::RepairSettings& options = request_.context.repair;
  json::Writer mail;
  mail.begin_object().member("from", options.mail_from);
  mail.array("to").string(draft.recipient).end_array();
  mail.member_if_any("reply_to", options.mail_reply_to);
  mail.member("subject", draft.subject).member("text", draft.body).end_object();
  return mail.take();
}

std::string MailApproval::query(json::Value seals) const {
  json::Writer out;
  out.begin_object().member("audit_id", request_.audit_id).member("actor", actor_);
  out.member("role", request_.context.role).member("approved_at", approved_at_).array("mails");
  json::Value seal = seals;
  for (std::size_t i = next_; i < end_; ++i) {
    const Draft& each = drafts_[i];
    out.begin_object().member("id", each.id).member("recipient", each.recipient);
    out.member("subject", each.subject).member("body", each.body);
    out.member("request", frozen(each)).member("seal", seal.text()).end_object();
    seal = seal.next();
  }
  return out.end_array().end_object().take();
}

void MailApproval::seal(io::Commands& out) {
  step_ = Step::sealing;
  std::size_t bytes = 0;
  for (end_ = next_; end_ < drafts_.size() && bytes < batch_bytes; ++end_) {
    bytes += 2 * drafts_[end_].body.size() + overhead_bytes;
  }
  dialogue_.ask(sealing, {}, query({}), out);
}

void MailApproval::sign(json::Value rows, io::Commands& out) {
  if (rows.size() != end_ - next_) {
    return conflict("a draft was written anew at the same time; read them again", out);
  }
  step_ = Step::signing;
  io::SignCommand command = runtime::signing();
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    runtime::add_to_sign(command, row.at(1).text());
  }
  out.emplace_back(std::move(command));
}

void MailApproval::write(const io::Outcome& seals, io::Commands& out) {
  if (seals.kind != io::OutcomeKind::sealed) {
    runtime::problem(out, 503, concat("pos-sync is not set up: ", seals.error));
    return;
  }
  step_ = Step::writing;
  dialogue_.ask(approving, concat("op:", request_.context.id), query(seals.results.first()), out);
}

void MailApproval::written(json::Value rows, io::Commands& out) {
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    if (row.at(2).equals("draft")) {
      return conflict("a draft was written anew at the same time; read them again", out);
    }
    ++approved_;
  }
  next_ = end_;
  if (next_ < drafts_.size()) return seal(out);
  finish(out);
}

void MailApproval::finish(io::Commands& out) const {
  const auto approved = static_cast<std::int64_t>(approved_);
  if (approved > 0) {
    json::Writer fields;
    fields.begin_object().member("audit_id", request_.audit_id).member("actor", actor_);
    fields.member_if_any("role", request_.context.role);
    fields.member("mails", approved).end_object();
    out.emplace_back(io::LogCommand{io::Level::info, "mails were approved", fields.take()});
  }
  json::Writer body;
  body.begin_object().member("audit_id", request_.audit_id).member("fingerprint", present_.text());
  body.member("approved", approved);
  body.member("approved_before", static_cast<std::int64_t>(stood_)).end_object();
  runtime::answer(out, 200, body);
}

void MailApproval::conflict(const char* detail, io::Commands& out) const {
  json::Writer body;
  body.begin_object().member("type", "about:blank").member("title", "Conflict");
  body.member("status", 409).member("detail", detail);
  body.member("fingerprint", present_.text()).member("given", fingerprint_).end_object();
  runtime::answer(out, 409, body);
}

}  // namespace pos::mail
