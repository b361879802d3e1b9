// What was asked for, in the body of the request.
#include <string>
#include <string_view>

#include "audit/approve/approval.hpp"
#include "base/text.hpp"
#include "runtime/text_field.hpp"

namespace pos::audit {
namespace {

using json::Kind;
using json::Value;

constexpr std::size_t groups_most = 1000;

void read_text(Value value, std::string& target, FieldErrors& findings) {
  target = value.text();
  if (!value.is(Kind::string) || target.empty() || target.size() > runtime::text_most) {
    findings.expected(concat(value.key()), "a text of 1 to 255 bytes", describe(value));
  }
}

}  // namespace

std::string ApproveAudit::place_of_group(std::size_t number) {
  return concat("groups[", static_cast<std::int64_t>(number), "]");
}

void ApproveAudit::read_body(Value body, FieldErrors& findings) {
  for (Value each = body.first(); !each.is(Kind::missing); each = each.next()) {
    const std::string_view name = each.key();
    if (name == "fingerprint") {
      read_text(each, fingerprint_, findings);
    } else if (name == "confidence") {
      confidence_ = each.text();
      if (confidence_ == "possible") {
        findings.add("confidence",
                     "possible ones are approved by name only: list their ids in `groups`");
      } else if (confidence_ != "certain" && confidence_ != "probable") {
        findings.expected("confidence", "certain or probable", describe(each));
      }
    } else if (name == "groups") {
      read_groups(each, findings);
    } else if (name == "actor") {
      read_text(each, actor_, findings);
    } else if (name == "reason") {
      read_text(each, reason_, findings);
    } else {
      findings.add(concat(name), "unknown field");
    }
  }
  if (!findings.empty()) return;
  if (fingerprint_.empty()) {
    findings.add("fingerprint",
                 "expected the fingerprint of the plan, as GET /v1/audits/{id} shows");
  } else if (confidence_.empty() == groups_.empty()) {
    findings.add("confidence", "expected either a confidence, certain or probable, or `groups`");
  }
}

void ApproveAudit::read_groups(Value list, FieldErrors& findings) {
  if (!list.is(Kind::array) || list.size() == 0 || list.size() > groups_most) {
    findings.expected("groups", "a list of 1 to 1000 ids", describe(list));
    return;
  }
  for (Value each = list.first(); !each.is(Kind::missing); each = each.next()) {
    if (!each.is(Kind::string)) {
      findings.expected(place_of_group(groups_.size()), "a group's id", describe(each));
    }
    groups_.emplace_back(each.text());
  }
}

}  // namespace pos::audit
