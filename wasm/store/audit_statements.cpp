#include "store/audit_door_sql.hpp"
#include "store/audit_reading_sql.hpp"
#include "store/repair_due_sql.hpp"
#include "store/repair_statements.hpp"

namespace pos::store {

Part audit_statements() {
  static constexpr Entry entries[] = {
      {Statement::repair_due, "repair.due", sql::repair_due, 2},
      {Statement::audit_claim, "audit.claim", sql::audit_claim, 2},
      {Statement::audit_held, "audit.held", sql::audit_held, 1},
      {Statement::audit_locate, "audit.locate", sql::audit_locate, 3},
      {Statement::audit_orders_in, "audit.orders_in", sql::audit_orders_in, 3},
      {Statement::audit_payments_in, "audit.payments_in", sql::audit_payments_in, 3},
      {Statement::audit_refunds_in, "audit.refunds_in", sql::audit_refunds_in, 3},
      {Statement::audit_disputes_in, "audit.disputes_in", sql::audit_disputes_in, 3},
      {Statement::audit_advance, "audit.advance", sql::audit_advance, 2},
      {Statement::audit_place_read, "audit.place_read", sql::audit_place_read, 2},
      {Statement::audit_wait, "audit.wait", sql::audit_wait, 2},
      {Statement::audit_release, "audit.release", sql::audit_release, 2},
      {Statement::audit_keys, "audit.keys", sql::audit_keys, 2},
      {Statement::audit_members, "audit.members", sql::audit_members, 2},
      {Statement::audit_groups_in, "audit.groups_in", sql::audit_groups_in, 3},
      {Statement::audit_groups_old, "audit.groups_old", sql::audit_groups_old, 2},
      {Statement::audit_planned, "audit.planned", sql::audit_planned, 2},
      {Statement::audit_purge_places, "audit.purge_places", sql::audit_purge_places, 0},
      {Statement::audit_purge_orders, "audit.purge_orders", sql::audit_purge_orders, 0},
      {Statement::audit_purge_payments, "audit.purge_payments", sql::audit_purge_payments, 0},
      {Statement::audit_unknown, "audit.unknown", sql::audit_unknown, 2},
      {Statement::audit_create, "audit.create", sql::audit_create, 2},
      {Statement::audit_create_places, "audit.create_places", sql::audit_create_places, 2},
      {Statement::audit_quarter, "audit.quarter", sql::audit_quarter, 0},
      {Statement::audit_row, "audit.row", sql::audit_row, 2},
      {Statement::audit_list, "audit.list", sql::audit_list, 2},
      {Statement::audit_places, "audit.places", sql::audit_places, 2},
      {Statement::audit_repairs, "audit.repairs", sql::audit_repairs, 2},
      {Statement::audit_groups, "audit.groups", sql::audit_groups, 2},
      {Statement::audit_selection, "audit.selection", sql::audit_selection, 2},
      {Statement::audit_plans, "audit.plans", sql::audit_plans, 2},
      {Statement::audit_plans_members, "audit.plans_members", sql::audit_plans_members, 2},
      {Statement::audit_changed, "audit.changed", sql::audit_changed, 3},
      {Statement::audit_approve_groups, "audit.approve_groups", sql::audit_approve_groups, 2},
      {Statement::audit_approve_orders, "audit.approve_orders", sql::audit_approve_orders, 2},
      {Statement::audit_approve_refunds, "audit.approve_refunds", sql::audit_approve_refunds, 3},
      {Statement::audit_approve_cancels, "audit.approve_cancels", sql::audit_approve_cancels, 3},
      {Statement::audit_approve_log, "audit.approve_log", sql::audit_approve_log, 2},
      {Statement::audit_approve_audit, "audit.approve_audit", sql::audit_approve_audit, 2},
      {Statement::audit_approved, "audit.approved", sql::audit_approved, 2},
      {Statement::audit_approved_money, "audit.approved_money", sql::audit_approved_money, 2},
      {Statement::audit_again_places, "audit.again_places", sql::audit_again_places, 2},
      {Statement::audit_again, "audit.again", sql::audit_again, 2},
      {Statement::audit_sites, "audit.sites", sql::audit_sites, 2},
      {Statement::audit_not_comparable, "audit.not_comparable", sql::audit_not_comparable, 2},
      {Statement::audit_blocked, "audit.blocked", sql::audit_blocked, 0},
      {Statement::audit_give_up, "audit.give_up", sql::audit_give_up, 2},
      {Statement::audit_leave_out_log, "audit.leave_out_log", sql::audit_leave_out_log, 2},
      {Statement::audit_leave_out_count, "audit.leave_out_count", sql::audit_leave_out_count, 2},
      {Statement::audit_leave_out, "audit.leave_out", sql::audit_leave_out, 2},
      {Statement::audit_put_back_log, "audit.put_back_log", sql::audit_put_back_log, 2},
      {Statement::audit_put_back_count, "audit.put_back_count", sql::audit_put_back_count, 2},
      {Statement::audit_put_back_groups, "audit.put_back_groups", sql::audit_put_back_groups, 2},
      {Statement::audit_put_back, "audit.put_back", sql::audit_put_back, 2},
      {Statement::audit_now, "audit.now", sql::audit_now, 0},
      {Statement::audit_all_plans, "audit.all_plans", sql::audit_all_plans, 2},
      {Statement::audit_planned_refunds, "audit.planned_refunds", sql::audit_planned_refunds, 2},
      {Statement::audit_planned_cancels, "audit.planned_cancels", sql::audit_planned_cancels, 2},
  };
  return entries;
}

}  // namespace pos::store
