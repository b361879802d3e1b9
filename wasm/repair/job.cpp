#include "repair/job.hpp"

#include <utility>

#include "config/settings.hpp"
#include "door/answer.hpp"
#include "door/frames.hpp"
#include "repair/options.hpp"
#include "repair/request.hpp"
#include "text/text.hpp"

namespace pos::repair {
namespace {

/// Whose job it is; returns what is wrong with the variables.
std::string read_charge(json::Value header, Charge& charge) {
  const json::Value secrets = header["secrets"];
  std::string problems = read_settings(header["variables"],
                                       has_secret(secrets, "SQUARE_ACCESS_TOKEN"), charge.settings);
  charge.settings.has_accounts_key = has_secret(secrets, "ACCOUNTS_KEY");
  charge.id = header["id"].text();
  charge.actor = header["door"].text();
  charge.role = header["role"].text();
  const std::string own = read_options(header["variables"], secrets, charge.options);
  if (!own.empty()) problems = words(problems, problems.empty() ? "" : "; ", own);
  return problems;
}

}  // namespace

void Job::start(io::FrameReader& frame, io::Commands& out) {
  const json::Value header = frame.header();
  Charge charge;
  const std::string problems = read_charge(header, charge);
  if (!problems.empty()) {
    door::problem(out, 503, words("pos-sync is not set up: ", problems));
    return;
  }
  if (header["job"].says("repair")) {
    kind_
        .emplace<Work>(std::move(charge), header["spent_ms"].integer(),
                       header["spent_subrequests"].integer())
        .start(out);
    return;
  }
  Request request;
  request.charge = std::move(charge);
  request.route = route_of(header["route"].text());
  read_parameters(header["path"], header["query"], request);
  request.body = frame.take(header["body_bytes"].integer());
  if (!request.unknown.empty()) {
    door::problem(out, 400, request.unknown);
    return;
  }
  if (!request.problem.empty()) {
    door::problem(out, 422, request.problem);
    return;
  }
  switch (request.route) {
    case Route::reconcile:
      return kind_.emplace<Reconciliation>(std::move(request)).start(out);
    case Route::audit_create:
    case Route::audit_quarterly:
      return kind_.emplace<AuditCreation>(std::move(request)).start(out);
    case Route::audit_list:
      return kind_.emplace<AuditListing>(std::move(request)).start(out);
    case Route::audit_show:
      return kind_.emplace<AuditShowing>(std::move(request)).start(out);
    case Route::audit_approve:
      return kind_.emplace<AuditApproval>(std::move(request)).start(out);
    case Route::place_leave_out:
    case Route::place_put_back:
      return kind_.emplace<AuditPlaces>(std::move(request)).start(out);
    case Route::unknown:
      door::problem(out, 404, "no such route");
      return;
    case Route::repair_list:
      return kind_.emplace<RepairList>(std::move(request)).start(out);
    case Route::repair_retry:
      return kind_.emplace<RepairRetry>(std::move(request)).start(out);
    case Route::mail_list:
      return kind_.emplace<MailList>(std::move(request)).start(out);
    case Route::mail_approve:
      return kind_.emplace<MailApproval>(std::move(request)).start(out);
    case Route::profile_put:
      return kind_.emplace<Profile>(std::move(request)).start(out);
  }
}

void Job::step(const io::Input& input, io::Commands& out) { door::step_kind(kind_, input, out); }

std::string start(std::string_view frame, Job& job) { return door::start_job(frame, job); }

std::string step(Job& job, std::string_view frame) { return door::step_job(job, frame); }

}  // namespace pos::repair
