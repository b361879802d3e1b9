// A job of the module that repairs: what a tick does for the past, or one HTTP request about it.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "io/frame.hpp"
#include "repair/audit_approval.hpp"
#include "repair/audit_creation.hpp"
#include "repair/audit_listing.hpp"
#include "repair/audit_places.hpp"
#include "repair/audit_showing.hpp"
#include "repair/mail_approval.hpp"
#include "repair/mail_list.hpp"
#include "repair/mending_list.hpp"
#include "repair/mending_retry.hpp"
#include "repair/profile.hpp"
#include "repair/reconciliation.hpp"
#include "repair/work.hpp"

namespace pos::repair {

class Job {
 public:
  /// Makes the job that the frame's header asks for:
  /// {"job": "repair", "door": "cron" | "http", "spent_ms", "spent_subrequests", …} or
  /// {"job": "repair.http", "route", "path", "query", "body_bytes", …}, each with "variables",
  /// "secrets", "id" and "seed".
  void start(io::FrameReader& frame, io::Commands& out);
  /// Feeds it what came of its commands. After its DoneCommand nothing comes out.
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const Job&) const = default;

 private:
  std::variant<std::monostate, Work, AuditCreation, AuditListing, AuditShowing, AuditApproval,
               AuditPlaces, RepairList, RepairRetry, MailList, MailApproval, Profile,
               Reconciliation>
      kind_;
};

/// Frame to frame: the door of bindings/abi.h.
[[nodiscard]] std::string start(std::string_view frame, Job& job);
[[nodiscard]] std::string step(Job& job, std::string_view frame);

}  // namespace pos::repair
