// POST /v1/audits/{id}/approve: what the plan says is to be done, of some groups. Nothing is
// approved of a plan that whoever approves it has not seen, or that is not true any more; then it
// is read anew.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/approve/planned_repairs.hpp"
#include "audit/approve/preconditions.hpp"
#include "audit/approve/recheck.hpp"
#include "audit/plan/plans_fingerprint.hpp"
#include "audit/row.hpp"
#include "base/field_errors.hpp"
#include "base/json/value.hpp"
#include "base/json/writer.hpp"
#include "io/command.hpp"
#include "io/outcome.hpp"
#include "runtime/in_flight.hpp"
#include "runtime/repair_request.hpp"

namespace pos::audit {

class ApproveAudit {
 public:
  ApproveAudit() = default;
  explicit ApproveAudit(runtime::RepairRequest&& request);

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const ApproveAudit&) const = default;

 private:
  /// What was asked for; `about` is the number of a look.
  enum class What : std::uint32_t {
    audit = 1,
    selection = 2,
    plans = 3,
    page = 4,     // of Square
    changes = 5,  // what is stored of the orders on it
    again = 6,
    approval = 7,
    fingerprint = 8,  // of the plans as they stand there
    seals = 9,
  };

  void read_body(json::Value body, FieldErrors& findings);
  void read_groups(json::Value list, FieldErrors& findings);
  /// How a group is named in a complaint.
  [[nodiscard]] static std::string place_of_group(std::size_t number);
  [[nodiscard]] json::Writer query() const;
  void d1(What what, std::uint32_t about, std::initializer_list<store::Statement> statements,
          json::Writer& asked, const std::string& list, io::Commands& out);

  void receive(const runtime::PendingCommand& pending, const io::Outcome& outcome,
               io::Commands& out);
  void take_audit(json::Value results, io::Commands& out);
  void take_selection(json::Value rows, io::Commands& out);
  void ask_plans(io::Commands& out);
  void begin_looks();
  void look(io::Commands& out);
  void take_page(std::uint32_t number, const net::Reply& reply, io::Commands& out);
  void take_changes(std::uint32_t number, json::Value rows, io::Commands& out);
  void stale(const std::string& why, io::Commands& out);
  void ask_fingerprint(io::Commands& out);
  void take_all_plans(json::Value rows, io::Commands& out);
  void seal(io::Commands& out);
  void approve(json::Value seals, io::Commands& out);
  void approved(json::Value results, io::Commands& out);
  void end(int status, const std::string& detail, io::Commands& out,
           std::int64_t retry_after_seconds = 0);

  runtime::RepairRequest request_;
  runtime::InFlightCommands in_flight_;
  bool over_ = false;

  std::string fingerprint_;
  std::string confidence_;           // "" if groups are named
  std::vector<std::string> groups_;  // as they were named
  std::string actor_ = "operator";
  std::string reason_;

  AuditRow audit_;
  std::vector<AuditPlace> places_;
  std::int64_t approved_at_ = 0;
  PlansFingerprint plans_;  // as they stand there
  PlannedRepairs todo_;
  std::vector<std::string> unapproved_;  // groups of which something is not approved yet
  std::vector<std::string> concerned_;   // the locations of those
  std::size_t planned_ = 0;              // so many of them were planned once more
  ApprovalPreconditions basis_;
  std::vector<PlanRecheck> looks_;
  bool looking_ = false;
  std::string why_stale_;
};

}  // namespace pos::audit
