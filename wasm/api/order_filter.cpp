#include "api/order_filter.hpp"

#include <optional>

#include "base/text.hpp"
#include "base/timestamp.hpp"

namespace pos::api {
namespace {

constexpr const char* dead_codes =
    "rejected total_mismatch payment_rejected key_conflict unknown_outcome duplicate_at_provider "
    "content_differs order_id_collision attempts_exhausted earlier_revision_open canceled "
    "duplicate_row adopted";

/// A date is its midnight in UTC.
std::optional<std::int64_t> time_of(std::string_view text) {
  if (text.size() == 10) return parse_rfc3339_ms(concat(text, "T00:00:00Z"));
  return parse_rfc3339_ms(text);
}

void check_time(const char* name, const std::string& text, FieldErrors& findings) {
  if (text.empty() || !time_of(text)) {
    findings.expected(name, "a date or a time of RFC 3339", concat("\"", text, "\""));
  }
}

void check_word(const char* name, const char* known, const std::string& text,
                FieldErrors& findings) {
  if (text.empty() || !has_word(known, text)) {
    findings.add(std::string(name), concat("expected one of ", known, ", got \"", text, "\""));
  }
}

}  // namespace

bool read_filter(json::Value member, Filter& filter, FieldErrors& findings) {
  const std::string_view name = member.key();
  if (!has_word(filter_names, name)) return false;
  std::string text(member.text());
  if (member.is(json::Kind::boolean)) text = member.boolean() ? "true" : "false";
  if (!member.is(json::Kind::string) && !(name == "doubt" && member.is(json::Kind::boolean))) {
    findings.add(concat(name), "expected a text, once");
  } else if (name == "status") {
    check_word("status", "pending failed success dead", text, findings);
    filter.status = text;
  } else if (name == "code") {
    check_word("code", dead_codes, text, findings);
    filter.code = text;
  } else if (name == "restaurant_id") {
    filter.restaurant_id = text;
    filter.has_restaurant = true;
  } else if (name == "since") {
    check_time("since", text, findings);
    filter.since = text;
  } else if (name == "until") {
    check_time("until", text, findings);
    filter.until = text;
  } else {
    check_word("doubt", "true false", text, findings);
    filter.doubt = text;
  }
  return true;
}

void check_filter(const Filter& filter, std::string_view prefix, FieldErrors& findings) {
  const auto since = time_of(filter.since);
  const auto until = time_of(filter.until);
  if (since && until && *since >= *until) {
    findings.add(concat(prefix, "until"), "expected a time behind `since`");
  }
  if (!filter.code.empty() && !filter.status.empty() && filter.status != "dead") {
    findings.add(concat(prefix, "code"), "only what is dead has a code");
  }
}

void write_filter(json::Writer& out, const Filter& filter) {
  out.member_if_any("status", filter.status).member_if_any("code", filter.code);
  if (filter.has_restaurant) out.member("restaurant_id", filter.restaurant_id);
  if (const auto since = time_of(filter.since)) out.member("since", *since);
  if (const auto until = time_of(filter.until)) out.member("until", *until);
  if (!filter.doubt.empty()) out.member("doubt", std::int64_t{filter.doubt == "true"});
}

}  // namespace pos::api
