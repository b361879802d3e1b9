#include "store/push_statements.hpp"

#include <array>

#include "store/account_sql.hpp"
#include "store/claim_sql.hpp"
#include "store/door_sql.hpp"
#include "store/purge_sql.hpp"
#include "store/settle_sql.hpp"
#include "store/webhook_sql.hpp"

namespace pos::store {
namespace {

constexpr std::array<Entry, statement_count> entries = {{
    {Statement::claim_open, "claim.open", sql::claim_open, 1},
    {Statement::claim_mark, "claim.mark", sql::claim_mark, 1},
    {Statement::claim_audit, "claim.audit", sql::claim_audit, 2},
    {Statement::claim_attempts, "claim.attempts", sql::claim_attempts, 2},
    {Statement::claim_settle_abandoned, "claim.settle_abandoned", sql::claim_settle_abandoned, 1},
    {Statement::claim_take, "claim.take", sql::claim_take, 2},
    {Statement::claim_take_suspect, "claim.take_suspect", sql::claim_take_suspect, 2},
    {Statement::claim_probe, "claim.probe", sql::claim_probe, 1},
    {Statement::claim_close, "claim.close", sql::claim_close, 1},
    {Statement::claim_rows, "claim.rows", sql::claim_rows, 2},
    {Statement::claim_more, "claim.more", sql::claim_more, 2},
    {Statement::freeze_write, "freeze.write", sql::freeze_write, 2},
    {Statement::freeze_read, "freeze.read", sql::freeze_read, 2},
    {Statement::settle_audit, "settle.audit", sql::settle_audit, 2},
    {Statement::settle_ledger, "settle.ledger", sql::settle_ledger, 2},
    {Statement::settle_queue, "settle.queue", sql::settle_queue, 2},
    {Statement::settle_accounts, "settle.accounts", sql::settle_accounts, 3},
    {Statement::settle_claims, "settle.claims", sql::settle_claims, 2},
    {Statement::settle_read, "settle.read", sql::settle_read, 2},
    {Statement::purge_claims_cursor, "purge.claims_cursor", sql::purge_claims_cursor, 0},
    {Statement::purge_claims, "purge.claims", sql::purge_claims, 0},
    {Statement::purge_queue_cursor, "purge.queue_cursor", sql::purge_queue_cursor, 2},
    {Statement::purge_queue, "purge.queue", sql::purge_queue, 2},
    {Statement::purge_audit_cursor, "purge.audit_cursor", sql::purge_audit_cursor, 0},
    {Statement::purge_audit, "purge.audit", sql::purge_audit, 0},
    {Statement::order_evidence, "order.evidence", sql::order_evidence, 2},
    {Statement::enqueue_line, "enqueue.line", sql::enqueue_line, 2},
    {Statement::enqueue_row, "enqueue.row", sql::enqueue_row, 2},
    {Statement::enqueue_ledger, "enqueue.ledger", sql::enqueue_ledger, 2},
    {Statement::order_rows, "order.rows", sql::order_rows, 1},
    {Statement::order_ledger, "order.ledger", sql::order_ledger, 1},
    {Statement::order_audit, "order.audit", sql::order_audit, 1},
    {Statement::list_rows, "list.rows", sql::list_rows, 1},
    {Statement::list_dead, "list.dead", sql::list_dead, 1},
    {Statement::list_active, "list.active", sql::list_active, 1},
    {Statement::operator_line, "operator.line", sql::operator_line, 2},
    {Statement::replay_row, "replay.row", sql::replay_row, 2},
    {Statement::cancel_row, "cancel.row", sql::cancel_row, 2},
    {Statement::done_ledger, "done.ledger", sql::done_ledger, 2},
    {Statement::done_row, "done.row", sql::done_row, 2},
    {Statement::operator_read, "operator.read", sql::operator_read, 2},
    {Statement::status_due, "status.due", sql::status_due, 0},
    {Statement::status_doubt, "status.doubt", sql::status_doubt, 0},
    {Statement::status_dead, "status.dead", sql::status_dead, 0},
    {Statement::status_tick, "status.tick", sql::status_tick, 0},
    {Statement::status_accounts, "status.accounts", sql::status_accounts, 1},
    {Statement::replay_ledger, "replay.ledger", sql::replay_ledger, 2},
    {Statement::cancel_ledger, "cancel.ledger", sql::cancel_ledger, 2},
    {Statement::cancel_due, "cancel.due", sql::cancel_due, 2},
    {Statement::claim_take_one, "claim.take_one", sql::claim_take_one, 2},
    {Statement::webhook_event, "webhook.event", sql::webhook_event, 2},
    {Statement::webhook_line, "webhook.line", sql::webhook_line, 2},
    {Statement::webhook_due, "webhook.due", sql::webhook_due, 2},
    {Statement::purge_webhooks, "purge.webhooks", sql::purge_webhooks, 0},
    {Statement::settle_codes, "settle.codes", sql::settle_codes, 2},
    {Statement::status_codes, "status.codes", sql::status_codes, 0},
    {Statement::renewal_due, "renewal.due", sql::renewal_due, 1},
    {Statement::renewal_hold, "renewal.hold", sql::renewal_hold, 2},
    {Statement::renewal_write, "renewal.write", sql::renewal_write, 2},
    {Statement::renewal_refuse, "renewal.refuse", sql::renewal_refuse, 2},
    {Statement::renewal_read, "renewal.read", sql::renewal_read, 2},
    {Statement::account_put, "account.put", sql::account_put, 2},
    {Statement::account_pause, "account.pause", sql::account_pause, 2},
    {Statement::account_resume, "account.resume", sql::account_resume, 2},
    {Statement::account_renew, "account.renew", sql::account_renew, 2},
    {Statement::account_read, "account.read", sql::account_read, 2},
    {Statement::freeze_line, "freeze.line", sql::freeze_line, 2},
    {Statement::settle_back_line, "settle.back_line", sql::settle_back_line, 3},
    {Statement::settle_back, "settle.back", sql::settle_back, 3},
    {Statement::done_line, "done.line", sql::done_line, 2},
    {Statement::undo_look, "undo.look", sql::undo_look, 2},
    {Statement::undo_ledger, "undo.ledger", sql::undo_ledger, 2},
    {Statement::undo_row, "undo.row", sql::undo_row, 2},
    {Statement::set_dead, "set.dead", sql::set_dead, 1},
    {Statement::set_active, "set.active", sql::set_active, 1},
    {Statement::purge_deleted, "purge.deleted", sql::purge_deleted, 0},
    {Statement::claim_reject_log, "claim.reject_log", sql::claim_reject_log, 1},
    {Statement::claim_reject, "claim.reject", sql::claim_reject, 1},
    {Statement::done_elsewhere, "done.elsewhere", sql::done_elsewhere, 2},
}};

constexpr bool entries_are_in_order() {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (static_cast<std::size_t>(entries[i].statement) != i) return false;
  }
  return true;
}
static_assert(entries_are_in_order(), "a statement's number is its place among them");

}  // namespace

Part push_statements() { return entries; }

}  // namespace pos::store
