#include "store/mail_sql.hpp"
#include "store/repair_statements.hpp"

namespace pos::store {

Part mail_statements() {
  static constexpr Entry entries[] = {
      {Statement::mail_wanting, "mail.wanting", sql::mail_wanting, 2},
      {Statement::mail_draft_open, "mail.draft_open", sql::mail_draft_open, 2},
      {Statement::mail_draft_write, "mail.draft_write", sql::mail_draft_write, 2},
      {Statement::mail_draft_credit, "mail.draft_credit", sql::mail_draft_credit, 2},
      {Statement::mail_draft_told, "mail.draft_told", sql::mail_draft_told, 2},
      {Statement::mail_draft_read, "mail.draft_read", sql::mail_draft_read, 2},
      {Statement::mail_expire, "mail.expire", sql::mail_expire, 2},
      {Statement::mail_claim, "mail.claim", sql::mail_claim, 2},
      {Statement::mail_claimed, "mail.claimed", sql::mail_claimed, 1},
      {Statement::mail_settle, "mail.settle", sql::mail_settle, 2},
      {Statement::mail_settled, "mail.settled", sql::mail_settled, 2},
      {Statement::mail_audit, "mail.audit", sql::mail_audit, 1},
      {Statement::mail_list, "mail.list", sql::mail_list, 1},
      {Statement::mail_credits, "mail.credits", sql::mail_credits, 1},
      {Statement::mail_to_seal, "mail.to_seal", sql::mail_to_seal, 2},
      {Statement::mail_approve, "mail.approve", sql::mail_approve, 2},
      {Statement::mail_approved, "mail.approved", sql::mail_approved, 2},
      {Statement::mail_profile, "mail.profile", sql::mail_profile, 2},
      {Statement::mail_profile_drafts, "mail.profile_drafts", sql::mail_profile_drafts, 2},
      {Statement::mail_profile_read, "mail.profile_read", sql::mail_profile_read, 2},
  };
  return entries;
}

}  // namespace pos::store
