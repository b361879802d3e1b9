// What a tick asks first: is there anything to do for the past?
#pragma once

#include "store/mail_sql.hpp"

namespace pos::store::sql {

constexpr char repair_due[] =
    "SELECT EXISTS (SELECT 1 FROM pos_audit_places WHERE step <> 'done' "
    "AND next_attempt_at <= @now AND lease_until <= @now) AS reads, "
    "EXISTS (SELECT 1 FROM pos_repairs WHERE state IN ('due', 'pending') "
    "AND next_attempt_at <= @now AND lease_until <= @now) AS mends, " POS_MAIL_DUE " AS mails";

}  // namespace pos::store::sql
