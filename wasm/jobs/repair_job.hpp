// A job of the module that repairs: what a tick does for the past, or one HTTP request about it.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "api/profile.hpp"
#include "audit/approve/approval.hpp"
#include "audit/views/create.hpp"
#include "audit/views/list.hpp"
#include "audit/views/locations.hpp"
#include "audit/views/show.hpp"
#include "io/frame.hpp"
#include "jobs/repair_tick.hpp"
#include "mail/approval.hpp"
#include "mail/list.hpp"
#include "reconcile/reconciliation.hpp"
#include "repair/list.hpp"
#include "repair/retry.hpp"

namespace pos::jobs {

class RepairJob {
 public:
  /// Makes the job that the frame's header asks for:
  /// {"job": "repair", "door": "cron" | "http", "spent_ms", "spent_subrequests", …} or
  /// {"job": "repair.http", "route", "path", "query", "body_bytes", …}, each with "variables",
  /// "secrets", "id" and "seed".
  void start(io::FrameReader& frame, io::Commands& out);
  /// Feeds it what came of its commands. After its DoneCommand nothing comes out.
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const RepairJob&) const = default;

 private:
  std::variant<std::monostate, RepairTick, audit::CreateAudit, audit::ListAudits, audit::ShowAudit,
               audit::ApproveAudit, audit::AuditLocations, repair::RepairList, repair::RepairRetry,
               mail::MailList, mail::MailApproval, api::Profile, reconcile::Reconciliation>
      kind_;
};

/// Frame to frame: the door of bindings/abi.h.
[[nodiscard]] std::string start(std::string_view frame, RepairJob& job);
[[nodiscard]] std::string step(RepairJob& job, std::string_view frame);

}  // namespace pos::jobs
