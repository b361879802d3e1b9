#include "jobs/push_job.hpp"

#include "base/text.hpp"
#include "config/settings.hpp"
#include "io/frame.hpp"
#include "runtime/http_answer.hpp"
#include "runtime/job_frames.hpp"

namespace pos::jobs {
namespace {

// A worker that is not set up must not claim anything: what it claimed would wait for its lease.
bool refused(const std::string& problems, io::Commands& out) {
  return !problems.empty() &&
         runtime::problem(out, 503, concat("pos-sync is not set up: ", problems));
}

/// Reads the request that a route is about, and says what is wrong with its query.
std::vector<FieldError> read_request(io::FrameReader& frame, Settings settings,
                                     api::Request& request) {
  const json::Value header = frame.header();
  request.settings = std::move(settings);
  request.route = api::route_of(header["route"].text());
  request.role = header["role"].text();
  request.id = header["id"].text();
  request.order_id = header["path"]["order_id"].text();
  request.body = frame.take(header["body_bytes"].integer());
  std::vector<FieldError> errors = api::read_query(header["query"], request);
  const json::Value restaurant = header["path"]["restaurant_id"];
  if (restaurant.present()) request.restaurant_id = restaurant.text();
  return errors;
}

}  // namespace

// A tick of one order has an id that says so: GET /v1/status tells when the last whole one ran.
drain::Tick& PushJob::start_tick(json::Value header, Settings settings) {
  const bool one = header["door"].equals("order");
  const bool suspects = header["suspects"].boolean();
  const bool followed = header["followed"].boolean();
  if (one) settings = at_once(std::move(settings));
  if (followed) settings = leaving_room(std::move(settings));
  if (suspects) {
    settings = of_suspects(std::move(settings), header["spent_ms"].integer(),
                           header["spent_subrequests"].integer());
  }
  drain::Tick& tick = kind_.emplace<drain::Tick>(
      std::move(settings), concat(one ? "order:" : "", header["id"].text()),
      std::string(header["door"].text()), header["seed"].text());
  if (one) tick.only(header["order_id"].text(), header["provider"].text());
  if (suspects) tick.only_suspects();
  if (followed) tick.leave_suspects();
  return tick;
}

void PushJob::start(io::FrameReader& frame, io::Commands& out) {
  const json::Value header = frame.header();
  Settings settings;
  std::string problems = read_settings(
      header["variables"], has_secret(header["secrets"], "SQUARE_ACCESS_TOKEN"), settings);

  settings.has_accounts_key = has_secret(header["secrets"], "ACCOUNTS_KEY");
  settings.has_application_secret = has_secret(header["secrets"], "SQUARE_APPLICATION_SECRET");

  // What keeps orders from being pushed, though a route may need none of it.
  std::string obstacles = problems;
  const std::string missing = missing_for_pushing(settings);
  if (!missing.empty()) obstacles = concat(problems, problems.empty() ? "" : "; ", missing);
  if (header["job"].equals("tick")) {
    if (refused(obstacles, out)) return;
    return start_tick(header, std::move(settings)).start(out);
  }

  api::Request request;
  const std::vector<FieldError> errors = read_request(frame, std::move(settings), request);
  if (!request.problem.empty()) {
    runtime::problem(out, 400, request.problem);
    return;
  }
  if (!errors.empty()) return runtime::invalid(out, errors);
  switch (request.route) {
    case api::Route::create:
      // What is enqueued is frozen, so the settings must be usable.
      if (refused(problems, out)) return;
      return kind_.emplace<api::Enqueue>(std::move(request)).start(out);
    case api::Route::replay:
    case api::Route::cancel:
    case api::Route::mark_done:
    case api::Route::undo_mark_done:
      return kind_.emplace<api::OperatorAction>(std::move(request)).start(out);
    case api::Route::replay_many:
      return kind_.emplace<api::ReplayMany>(std::move(request)).start(out);
    case api::Route::ready: {
      const bool tells = header["authorized"].boolean();
      const std::string_view tokens = header["token_problem"].text();
      if (!tokens.empty()) obstacles = concat(tokens, obstacles.empty() ? "" : "; ", obstacles);
      return kind_.emplace<api::Readiness>(std::move(request), std::move(obstacles), tells)
          .start(out);
    }
    case api::Route::status:
      // Numbers of a worker that pushes nothing would look like those of one with nothing to do.
      if (refused(obstacles, out)) return;
      return kind_.emplace<api::Queries>(std::move(request)).start(out);
    case api::Route::list:
    case api::Route::show:
    case api::Route::accounts:
      return kind_.emplace<api::Queries>(std::move(request)).start(out);
    case api::Route::webhook:
      return kind_.emplace<api::Webhook>(std::move(request)).start(out);
    case api::Route::account_put:
    case api::Route::account_pause:
    case api::Route::account_resume:
    case api::Route::account_renew:
      return kind_.emplace<api::Accounts>(std::move(request)).start(out);
    case api::Route::unknown:
      runtime::problem(out, 404, "no such route");
  }
}

void PushJob::step(const io::Input& input, io::Commands& out) {
  runtime::step_kind(kind_, input, out);
}

std::string start(std::string_view frame, PushJob& job) { return runtime::start_job(frame, job); }

std::string step(PushJob& job, std::string_view frame) { return runtime::step_job(job, frame); }

}  // namespace pos::jobs
