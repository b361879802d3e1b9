#include "harness/audit_world.hpp"

#include <algorithm>
#include <stdexcept>
#include <variant>

#include "base/json/value.hpp"
#include "base/json/writer.hpp"
#include "base/timestamp.hpp"
#include "harness/duration.hpp"
#include "harness/frames.hpp"
#include "harness/history.hpp"
#include "harness/seals.hpp"
#include "io/frame.hpp"
#include "jobs/repair_job.hpp"
#include "jobs/repair_tick.hpp"

namespace world {
namespace {

using pos::io::Command;
using pos::io::Outcome;
using pos::io::OutcomeKind;

/// UTC's days, as the shell would say them.
std::string days_of(const pos::io::DayBoundariesCommand& command) {
  std::string list;
  for (std::int64_t day = command.from_ms / duration::day;; ++day) {
    list += (list.empty() ? "[[\"" : ",[\"") + pos::to_rfc3339(day * duration::day).substr(0, 10) +
            "\"," + std::to_string(day * duration::day) + "]";
    if (day * duration::day >= command.to_ms) return list + "]";
  }
}

}  // namespace

pos::Settings AuditWorld::own_settings() {
  pos::Settings settings;
  settings.base_url = "http://127.0.0.1:1";
  settings.location_id = "L1";
  settings.has_access_token = true;
  return settings;
}

template <typename Job>
pos::io::DoneCommand AuditWorld::run(Job& job, pos::io::Commands commands) {
  note(commands);
  std::int64_t elapsed_ms = 0;
  for (int performed = 0; !commands.empty(); ++performed) {
    const Command command = commands.front();
    commands.pop_front();
    if (hears) hears(command);
    if (const auto* done = std::get_if<pos::io::DoneCommand>(&command)) {
      pos::io::Commands behind;
      job.step({elapsed_ms, {}}, behind);
      if (!behind.empty()) throw std::logic_error("the job goes on behind its end");
      return *done;
    }
    if (std::holds_alternative<pos::io::LogCommand>(command)) {
      --performed;
      continue;
    }
    if (performed == dies_after) return {0, ""};
    elapsed_ms += ms_per_command;
    database.now_ms += ms_per_command;
    pos::json::Document document;
    std::string text;
    Outcome outcome;
    const bool lost = loses && loses(command);
    if (const auto* batch = std::get_if<pos::io::D1Command>(&command)) {
      outcome.id = batch->id;
      text = database.batch(batch->statements, batch->parameters);
      outcome.kind = lost ? OutcomeKind::d1_failed : OutcomeKind::d1_done;
      outcome.error = d1_error;
    } else if (const auto* fetch = std::get_if<pos::io::FetchCommand>(&command)) {
      outcome.id = fetch->id;
      outcome.kind = OutcomeKind::replied;
      const SquareReply reply = square.answer(*fetch);
      text = reply.body;
      outcome.reply.transport = lost                ? pos::net::Transport::timeout
                                : reply.status <= 0 ? pos::net::Transport::too_large
                                                    : pos::net::Transport::replied;
      outcome.reply.status = reply.status;
      outcome.reply.body = text;
      outcome.reply.retry_after = square.retry_after;
    } else if (const auto* sign = std::get_if<pos::io::SignCommand>(&command)) {
      outcome.id = sign->id;
      text = signed_or_verified(*sign);
      outcome.kind = seal_error.empty() ? OutcomeKind::sealed : OutcomeKind::not_sealed;
      outcome.error = seal_error;
    } else if (const auto* days = std::get_if<pos::io::DayBoundariesCommand>(&command)) {
      outcome.id = days->id;
      text = days_of(*days);
      outcome.kind =
          days->time_zone == "UTC" ? OutcomeKind::day_boundaries : OutcomeKind::unknown_time_zone;
    } else if (const auto* sleep = std::get_if<pos::io::SleepCommand>(&command)) {
      outcome.id = sleep->id;
      elapsed_ms += sleep->duration_ms;
      database.now_ms += sleep->duration_ms;
    }
    if (outcome.kind == OutcomeKind::d1_done || outcome.kind == OutcomeKind::day_boundaries ||
        outcome.kind == OutcomeKind::sealed) {
      if (!document.parse(text)) throw std::logic_error(document.error());
      outcome.results = document.root();
    }
    pos::io::Commands more;
    job.step({elapsed_ms, {outcome}}, more);
    note(more);
    commands.splice(commands.end(), more);
  }
  throw std::logic_error("the job neither ended nor asked for anything");
}

std::string AuditWorld::tick(std::int64_t spent_subrequests) {
  pos::runtime::RunContext context;
  context.settings = settings;
  context.id = "job-" + std::to_string(++jobs);
  context.actor = "cron";
  pos::jobs::RepairTick work(std::move(context), 0, spent_subrequests);
  pos::io::Commands commands;
  work.start(commands);
  return run(work, std::move(commands)).body;
}

pos::io::DoneCommand AuditWorld::ask(const std::string& route, const std::string& body,
                                     const std::string& audit_id, const std::string& query) {
  pos::json::Writer path;
  path.begin_object().member_if_any("audit_id", audit_id).end_object();
  return ask_with(route, body, path.text(), query);
}

pos::io::DoneCommand AuditWorld::ask_place(const std::string& route, const std::string& body,
                                           const std::string& audit_id,
                                           const std::string& location_id) {
  pos::json::Writer path;
  path.begin_object().member("audit_id", audit_id).member("location_id", location_id);
  path.end_object();
  return ask_with(route, body, path.text(), "{}");
}

pos::io::DoneCommand AuditWorld::ask_with(const std::string& route, const std::string& body,
                                          const std::string& path, const std::string& query) {
  pos::json::Writer header;
  header.begin_object().member("job", "repair.http").member("door", "http");
  header.member("route", route).member("id", "request-" + std::to_string(++jobs));
  header.key("path").raw(path).key("query").raw(query);
  header.object("variables").member("SQUARE_BASE_URL", settings.base_url);
  header.member("SQUARE_LOCATION_ID", settings.location_id);
  for (const auto& [name, value] : variables) header.member(name.c_str(), value);
  header.end_object();
  header.array("secrets").string("SQUARE_ACCESS_TOKEN");
  if (has_seal_key) header.string("SEAL_KEY");
  header.end_array();
  header.member("body_bytes", static_cast<std::int64_t>(body.size())).end_object();
  const std::string frame = frame_of(header.text(), body);
  pos::io::FrameReader reader(frame);
  pos::jobs::RepairJob job;
  pos::io::Commands commands;
  job.start(reader, commands);
  return run(job, std::move(commands));
}

void AuditWorld::read_all() {
  for (int ticks = 0; ticks < 1000; ++ticks) {
    if (database.integer(
            "SELECT count(*) FROM pos_audit_places WHERE step NOT IN ('done', 'left_out')") == 0)
      return;
    tick();
    database.now_ms += 60'000;
  }
  throw std::logic_error("the audit does not come to an end");
}

}  // namespace world
