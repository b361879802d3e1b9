// What is under the seal of a repair and of a mail: one line for each column, so that one line more
// puts another column under it. A row is sealed when it is approved, and nothing of it is sent
// whose seal does not hold.
//
// SEALED(column, …) takes the column's value as an approval computes it: for a refund of group `g`,
// order `o` and payment `m`, for a cancel of order `o`; for a mail `m` that entry `j` names. What
// the approver has said stands in ?2: {actor, role, approved_at}.
#pragma once

// clang-format off
#define POS_SEALED_REPAIR(SEALED)                                                                  \
  SEALED(provider, "'square'", "'square'")                                                         \
  SEALED(action, "'refund'", "'cancel'")                                                           \
  SEALED(target, "@p(id)", "@o(id)")                                                               \
  SEALED(audit_id, "g.audit_id", "g.audit_id")                                                     \
  SEALED(group_id, "g.group_id", "g.group_id")                                                     \
  SEALED(restaurant_id, "g.restaurant_id", "g.restaurant_id")                                      \
  SEALED(location_id, "g.location_id", "g.location_id")                                            \
  SEALED(external_order_id, "@o(id)", "@o(id)")                                                    \
  SEALED(survivor_order_id, "json_extract(g.plan, '$.survivor')", "json_extract(g.plan, '$.survivor')") \
  SEALED(amount, "@p(amount)", "@o(total)")                                                        \
  SEALED(currency, "json_extract(g.plan, '$.currency')", "json_extract(g.plan, '$.currency')")     \
  SEALED(fee, "@p(fee)", "0")                                                                      \
  SEALED(source_type, "@p(source_type)", "''")                                                     \
  SEALED(approved, "@approved_basis || ''", "@approved_basis || ''")                               \
  SEALED(approved_by, "@f(actor)", "@f(actor)")                                                    \
  SEALED(approved_role, "@f(role)", "@f(role)")                                                    \
  SEALED(approved_at, "@f(approved_at)", "@f(approved_at)")

#define POS_SEALED_MAIL(SEALED)       \
  SEALED(id, "m.id")                  \
  SEALED(audit_id, "m.audit_id")      \
  SEALED(restaurant_id, "m.restaurant_id") \
  SEALED(language, "m.language")      \
  SEALED(recipient, "m.recipient")    \
  SEALED(subject, "m.subject")        \
  SEALED(body, "m.body")              \
  SEALED(request, "@j(request)")      \
  SEALED(approved_by, "@f(actor)")    \
  SEALED(approved_role, "@f(role)")   \
  SEALED(approved_at, "@f(approved_at)")
// clang-format on

// What the engine itself changes in a row, or no decision depends on: no seal covers it.
#define POS_UNSEALED_REPAIR                                                                      \
  "state reason generation request first_sent_at last_sent_at in_doubt_since look_because "      \
  "absent_at external_refund_id attempts next_attempt_at holder claimed_at lease_until done_at " \
  "created_at updated_at told_by seal"
#define POS_UNSEALED_MAIL                                                        \
  "state reason external_id first_sent_at last_sent_at in_doubt_since attempts " \
  "next_attempt_at holder claimed_at lease_until sent_at created_at updated_at seal"

#define POS_SEALED_NAME(column, ...) ", " #column
// A blob, which JSON cannot hold, is no value that was ever sealed; it must not fail its
// neighbours.
#define POS_SEALED_OF_ROW(column, ...) \
  ", iif(typeof(r." #column ") = 'blob', 'blob:' || hex(r." #column "), r." #column ")"
#define POS_SEALED_EXCLUDED(column, ...) ", " #column " = excluded." #column
#define POS_SEALED_REFUND(column, refund, cancel) ", " refund
#define POS_SEALED_CANCEL(column, refund, cancel) ", " cancel
#define POS_SEALED_APPROVED(column, value) ", " value

// The sealed values of a row `r`, a JSON list that begins with the table's name.
#define POS_REPAIR_SEALED_VALUES "json_array('pos_repairs'" POS_SEALED_REPAIR(POS_SEALED_OF_ROW) ")"
#define POS_MAIL_SEALED_VALUES "json_array('pos_mails'" POS_SEALED_MAIL(POS_SEALED_OF_ROW) ")"
