#include "api/profile.hpp"

#include <string_view>

#include "api/queries.hpp"
#include "base/email_address.hpp"
#include "base/field_errors.hpp"
#include "base/json/utf8.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "runtime/http_answer.hpp"
#include "runtime/text_field.hpp"

namespace pos::api {
namespace {

using store::Statement;

constexpr Statement writing_profile[] = {Statement::mail_profile, Statement::mail_profile_drafts,
                                         Statement::mail_profile_read};

// Behind the columns of an account.
constexpr std::size_t name_at = account_is_asked_at;

// The zone is asked for at some day; any will do.
constexpr std::int64_t some_day_ms = 1'790'000'000'000;
constexpr io::CommandId days_id = 1'000'000;

bool is_text(json::Value value, std::size_t least) {
  return value.is(json::Kind::string) && value.text().size() >= least &&
         value.text().size() <= runtime::text_most;
}

void check(json::Value each, FieldErrors& findings) {
  const std::string_view name = each.key();
  const std::string_view text = each.text();
  if (name == "email") {
    if (!is_text(each, 0) || (!text.empty() && !is_address(text))) {
      findings.add("email", "expected an address like orders@example.com");
    }
  } else if (name == "language") {
    if (!is_text(each, 0) || (!text.empty() && text != "tr" && text != "en")) {
      findings.add("language", "expected tr or en");
    }
  } else if (name == "name" || name == "time_zone") {
    if (!is_text(each, 0) || text != in_one_line(text, runtime::text_most)) {
      findings.add(concat(name), "expected one line of at most 255 bytes");
    }
  } else if (name == "actor") {
    if (!is_text(each, 1)) findings.add("actor", "expected a text of 1 to 255 bytes");
  } else {
    findings.add(concat(name), "unknown field");
  }
}

}  // namespace

void Profile::start(io::Commands& out) {
  if (!read_body(out)) return;
  if (time_zone_.empty()) return write(out);
  out.emplace_back(io::DayBoundariesCommand{days_id, time_zone_, some_day_ms, some_day_ms});
}

bool Profile::read_body(io::Commands& out) {
  json::Document document;
  if (!document.parse(request_.body) || !document.root().is(json::Kind::object)) {
    return !runtime::problem(out, 400, "expected a JSON object");
  }
  FieldErrors findings;
  json::Writer change;
  change.begin_object().member("restaurant_id", request_.restaurant_id);
  const json::Value body = document.root();
  bool changes = false;
  for (json::Value each = body.first(); !each.is(json::Kind::missing); each = each.next()) {
    check(each, findings);
    const std::string_view name = each.key();
    if (name == "actor") {
      actor_ = each.text();
      continue;
    }
    if (name == "time_zone") time_zone_ = each.text();
    changes = true;
    change.key(name).string(each.text());
  }
  if (!changes && findings.empty()) {
    findings.add("name", "expected this, or email, language or time_zone");
  }
  change_ = change.end_object().take();
  if (findings.empty()) return true;
  runtime::invalid(out, findings.take());
  return false;
}

void Profile::write(io::Commands& out) {
  writing_ = true;
  dialogue_.ask(writing_profile, concat("op:", request_.context.id), change_, out);
}

void Profile::step(const io::Input& input, io::Commands& out) {
  if (writing_) {
    json::Value results;
    if (dialogue_.answered(input, results, out)) answer_with(results.at(2).first(), out);
    return;
  }
  for (const io::Outcome& each : input.outcomes) {
    if (each.kind == io::OutcomeKind::day_boundaries) return write(out);
    if (each.kind == io::OutcomeKind::unknown_time_zone) {
      FieldErrors findings;
      findings.add("time_zone", "expected an IANA name like Europe/Istanbul");
      runtime::invalid(out, findings.take());
      return;
    }
  }
}

void Profile::answer_with(json::Value row, io::Commands& out) const {
  if (!row.present()) {
    runtime::problem(out, 404, "this restaurant has no account; POST /v1/accounts makes one");
    return;
  }
  json::Writer fields;
  fields.begin_object().member("restaurant_id", request_.restaurant_id);
  fields.member("actor", actor_).member_if_any("role", request_.context.role).end_object();
  out.emplace_back(
      io::LogCommand{io::Level::info, "the profile of an account was changed", fields.take()});
  json::Writer body;
  body.begin_object();
  write_account_members(body, row);
  std::string_view names = "name email language time_zone";
  for (std::size_t place = name_at; !names.empty(); ++place) {
    body.key(take_word(names)).string(row.at(place).text());
  }
  body.end_object();
  runtime::answer(out, 200, body);
}

}  // namespace pos::api
