// What a tick asks first: is there anything to do for the past?
#pragma once

#include "store/mail_sql.hpp"

namespace pos::store::sql {

// ?2 = {quiet_ms, most_refusals, refused_ms, most_failures, failing_ms}
constexpr char repair_due[] =
    "SELECT EXISTS (SELECT 1 FROM @readable) OR EXISTS (SELECT 1 FROM pos_audit_places p "
    "WHERE @newly_blocked(p)) OR EXISTS (SELECT 1 FROM pos_audit_places p WHERE @hopeless(p)) "
    "AS reads, "
    "(EXISTS (SELECT 1 FROM @repair_due(@now)) "
    "OR EXISTS (SELECT 1 FROM pos_repairs r WHERE @repair_abandoned(@now))) AS "
    "mends, " POS_MAIL_DUE
    " AS mails, EXISTS (SELECT 1 FROM pos_audits u WHERE @at_rest(u) AND (EXISTS (SELECT 1 "
    "FROM pos_audit_orders o WHERE o.audit_id = u.id) OR EXISTS (SELECT 1 "
    "FROM pos_audit_payments m WHERE m.audit_id = u.id))) AS purges";

}  // namespace pos::store::sql
