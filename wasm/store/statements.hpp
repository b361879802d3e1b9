// Every SQL statement that the core asks for. The shell knows them by name only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pos::store {

/// A statement's place in the catalogue. Statements of one batch share the batch's parameters:
/// a statement that takes n of them gets the first n. All parameters are text (D1 binds numbers as
/// REAL), and by convention ?1 is a token or key and ?2 a JSON text.
enum class Statement : std::uint8_t {
  claim_open = 0,
  claim_mark = 1,
  claim_audit = 2,
  claim_attempts = 3,
  claim_settle_abandoned = 4,
  claim_take = 5,
  claim_take_suspect = 6,
  claim_probe = 7,
  claim_close = 8,
  claim_rows = 9,
  claim_more = 10,
  freeze_write = 11,
  freeze_read = 12,
  settle_audit = 13,
  settle_ledger = 14,
  settle_queue = 15,
  settle_accounts = 16,
  settle_claims = 17,
  settle_read = 18,
  purge_claims_cursor = 19,
  purge_claims = 20,
  purge_queue_cursor = 21,
  purge_queue = 22,
  purge_audit_cursor = 23,
  purge_audit = 24,
  order_evidence = 25,
  enqueue_line = 26,
  enqueue_row = 27,
  enqueue_ledger = 28,
  order_rows = 29,
  order_ledger = 30,
  order_audit = 31,
  list_rows = 32,
  list_dead = 33,
  list_active = 34,
  operator_line = 35,
  replay_row = 36,
  cancel_row = 37,
  done_ledger = 38,
  done_row = 39,
  operator_read = 40,
  status_due = 41,
  status_doubt = 42,
  status_dead = 43,
  status_tick = 44,
  status_accounts = 45,
  replay_ledger = 46,
  cancel_ledger = 47,
  cancel_due = 48,
  claim_take_one = 49,
  webhook_event = 50,
  webhook_line = 51,
  webhook_due = 52,
  purge_webhooks = 53,
  settle_codes = 54,
  status_codes = 55,
  renewal_due = 56,
  renewal_hold = 57,
  renewal_write = 58,
  renewal_refuse = 59,
  renewal_read = 60,
  account_put = 61,
  account_pause = 62,
  account_resume = 63,
  account_renew = 64,
  account_read = 65,
  freeze_line = 66,
  settle_back_line = 67,
  settle_back = 68,
  done_line = 69,
  undo_look = 70,
  undo_ledger = 71,
  undo_row = 72,
  set_dead = 73,
  set_active = 74,
  purge_deleted = 75,
  claim_reject_log = 76,
  claim_reject = 77,
  done_elsewhere = 78,

  // ---- the past repaired: in a module of their own ----
  repair_due = 100,
  audit_claim = 101,
  audit_held = 102,
  audit_locate = 103,
  audit_orders_in = 104,
  audit_payments_in = 105,
  audit_refunds_in = 106,
  audit_disputes_in = 107,
  audit_advance = 108,
  audit_place_read = 109,
  audit_wait = 110,
  audit_release = 111,
  audit_keys = 112,
  audit_members = 113,
  audit_groups_in = 114,
  audit_groups_old = 115,
  audit_planned = 116,
  audit_purge_places = 117,
  audit_purge_orders = 118,
  audit_purge_payments = 119,
  audit_unknown = 120,
  audit_create = 121,
  audit_create_places = 122,
  audit_quarter = 123,
  audit_row = 124,
  audit_list = 125,
  audit_places = 126,
  audit_repairs = 127,
  audit_groups = 128,
  audit_selection = 129,

  repair_open = 130,
  repair_log_abandoned = 131,
  repair_take_over = 132,
  repair_take = 133,
  repair_close = 134,
  repair_rows = 135,
  repair_log_frozen = 136,
  repair_freeze = 137,
  repair_read_frozen = 138,
  repair_log_settled = 139,
  repair_settle = 140,
  repair_read_settled = 141,
  repair_list = 142,
  repair_lines = 143,
  repair_audit = 144,
  repair_find = 145,
  repair_log_retried = 146,
  repair_retry = 147,
  repair_read_retried = 148,

  mail_wanting = 160,
  mail_draft_open = 161,
  mail_draft_write = 162,
  mail_draft_credit = 163,
  mail_draft_told = 164,
  mail_draft_read = 165,
  mail_expire = 166,
  mail_claim = 167,
  mail_claimed = 168,
  mail_settle = 169,
  mail_settled = 170,
  mail_audit = 171,
  mail_list = 172,
  mail_credits = 173,
  mail_approve = 174,
  mail_approved = 175,
  mail_profile = 176,
  mail_profile_drafts = 177,
  mail_profile_read = 178,
  mail_to_seal = 179,

  books_account = 180,
  books_restaurants = 181,
  books_sold = 182,
  books_unnamed = 183,
  books_known = 184,
  books_roles = 185,
  books_groups = 186,

  audit_plans = 200,
  audit_plans_members = 201,
  audit_changed = 202,
  audit_approve_groups = 203,
  audit_approve_orders = 204,
  audit_approve_refunds = 205,
  audit_approve_cancels = 206,
  audit_approve_log = 207,
  audit_approve_audit = 208,
  audit_approved = 209,
  audit_approved_money = 210,
  audit_again_places = 211,
  audit_again = 212,
  audit_sites = 213,
  audit_not_comparable = 214,
  audit_blocked = 215,
  audit_give_up = 216,
  audit_leave_out_log = 217,
  audit_leave_out_count = 218,
  audit_leave_out = 219,
  audit_put_back_log = 220,
  audit_put_back_count = 221,
  audit_put_back_groups = 222,
  audit_put_back = 223,
  audit_now = 224,
  audit_all_plans = 225,
  audit_planned_refunds = 226,
  audit_planned_cancels = 227,

  schema_look = 250,
  ready_tick = 251,
  schema_guard = 252,
};

/// How many of them a push needs, from 0 on without a gap.
constexpr std::uint8_t statement_count = 79;
/// No statement has a number as large as this.
constexpr std::size_t statement_limit = 256;

/// What the catalogue says of a statement.
struct Entry {
  Statement statement = Statement::claim_open;
  std::string_view name;
  std::string_view sql;
  int parameters = 0;
};

/// A part of the catalogue. There are two wasm modules, one that pushes and one that repairs, and a
/// module has nothing of the statements that it cannot ask for: which parts it has is a matter of
/// what it is linked with, one of the files in store/parts.
using Part = std::span<const Entry>;
[[nodiscard]] std::span<const Part> parts();

/// The name the shell and the traces use, such as `claim.take`.
[[nodiscard]] std::string_view name_of(Statement statement);
/// The SQL text, with its fragments written out.
[[nodiscard]] std::string sql_of(Statement statement);
/// How many of the batch's parameters it takes.
[[nodiscard]] int parameters_of(Statement statement);

/// {"claim.open":{"sql":"…","parameters":1}, …} for the shell, which prepares them once.
[[nodiscard]] std::string catalogue_json();

}  // namespace pos::store
