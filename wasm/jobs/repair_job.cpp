#include "jobs/repair_job.hpp"

#include <utility>

#include "base/text.hpp"
#include "config/settings.hpp"
#include "runtime/http_answer.hpp"
#include "runtime/job_frames.hpp"
#include "runtime/repair_request.hpp"
#include "runtime/run_context.hpp"

namespace pos::jobs {
namespace {

/// Whose job it is; returns what is wrong with the variables.
std::string read_run_context(json::Value header, runtime::RunContext& context) {
  const json::Value secrets = header["secrets"];
  std::string problems = read_settings(
      header["variables"], has_secret(secrets, "SQUARE_ACCESS_TOKEN"), context.settings);
  context.settings.has_accounts_key = has_secret(secrets, "ACCOUNTS_KEY");
  context.id = header["id"].text();
  context.actor = header["door"].text();
  context.role = header["role"].text();
  const std::string own = read_repair_settings(header["variables"], secrets, context.repair);
  if (!own.empty()) problems = concat(problems, problems.empty() ? "" : "; ", own);
  return problems;
}

}  // namespace

void RepairJob::start(io::FrameReader& frame, io::Commands& out) {
  const json::Value header = frame.header();
  runtime::RunContext context;
  const std::string problems = read_run_context(header, context);
  if (!problems.empty()) {
    runtime::problem(out, 503, concat("pos-sync is not set up: ", problems));
    return;
  }
  if (header["job"].equals("repair")) {
    kind_
        .emplace<RepairTick>(std::move(context), header["spent_ms"].integer(),
                             header["spent_subrequests"].integer())
        .start(out);
    return;
  }
  runtime::RepairRequest request;
  request.context = std::move(context);
  request.route = runtime::route_of(header["route"].text());
  read_parameters(header["path"], header["query"], request);
  request.body = frame.take(header["body_bytes"].integer());
  if (!request.unknown.empty()) {
    runtime::problem(out, 400, request.unknown);
    return;
  }
  if (!request.problem.empty()) {
    runtime::problem(out, 422, request.problem);
    return;
  }
  switch (request.route) {
    case runtime::RepairRoute::reconcile:
      return kind_.emplace<reconcile::Reconciliation>(std::move(request)).start(out);
    case runtime::RepairRoute::audit_create:
    case runtime::RepairRoute::audit_quarterly:
      return kind_.emplace<audit::CreateAudit>(std::move(request)).start(out);
    case runtime::RepairRoute::audit_list:
      return kind_.emplace<audit::ListAudits>(std::move(request)).start(out);
    case runtime::RepairRoute::audit_show:
      return kind_.emplace<audit::ShowAudit>(std::move(request)).start(out);
    case runtime::RepairRoute::audit_approve:
      return kind_.emplace<audit::ApproveAudit>(std::move(request)).start(out);
    case runtime::RepairRoute::place_leave_out:
    case runtime::RepairRoute::place_put_back:
      return kind_.emplace<audit::AuditLocations>(std::move(request)).start(out);
    case runtime::RepairRoute::unknown:
      runtime::problem(out, 404, "no such route");
      return;
    case runtime::RepairRoute::repair_list:
      return kind_.emplace<repair::RepairList>(std::move(request)).start(out);
    case runtime::RepairRoute::repair_retry:
      return kind_.emplace<repair::RepairRetry>(std::move(request)).start(out);
    case runtime::RepairRoute::mail_list:
      return kind_.emplace<mail::MailList>(std::move(request)).start(out);
    case runtime::RepairRoute::mail_approve:
      return kind_.emplace<mail::MailApproval>(std::move(request)).start(out);
    case runtime::RepairRoute::profile_put:
      return kind_.emplace<api::Profile>(std::move(request)).start(out);
  }
}

void RepairJob::step(const io::Input& input, io::Commands& out) {
  runtime::step_kind(kind_, input, out);
}

std::string start(std::string_view frame, RepairJob& job) { return runtime::start_job(frame, job); }

std::string step(RepairJob& job, std::string_view frame) { return runtime::step_job(job, frame); }

}  // namespace pos::jobs
