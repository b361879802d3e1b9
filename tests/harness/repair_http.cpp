#include "harness/repair_http.hpp"
#include "harness/history.hpp"

#include <algorithm>
#include <stdexcept>

#include "repair/list.hpp"
#include "repair/retry.hpp"

namespace world {
namespace {

template <typename Job>
pos::io::DoneCommand run(RepairWorld& world, Job job, const std::function<void()>& before_write) {
  pos::io::Commands commands;
  job.start(commands);
  note(commands);
  for (int rounds = 0; rounds < 20; ++rounds) {
    if (world.hears) world.hears(commands.front());
    const pos::io::Command& command = commands.front();
    if (const auto* done = std::get_if<pos::io::DoneCommand>(&command)) {
      if (commands.size() > 1) throw std::logic_error("the route goes on behind its end");
      return *done;
    }
    const auto& batch = std::get<pos::io::D1Command>(command);
    if (batch.statements.front() == pos::store::Statement::repair_log_retried && before_write) {
      before_write();
    }
    pos::json::Document results;
    if (!results.parse(world.database.batch(batch.statements, batch.parameters))) {
      throw std::logic_error(results.error());
    }
    pos::io::Outcome outcome;
    outcome.id = batch.id;
    outcome.kind = pos::io::OutcomeKind::d1_done;
    outcome.results = results.root();
    commands.clear();
    job.step({0, {outcome}}, commands);
    note(commands);
  }
  throw std::logic_error("the route does not come to an end");
}

}  // namespace

pos::io::DoneCommand call_repairs(RepairWorld& world, pos::runtime::RepairRequest request,
                                  const std::function<void()>& before_write) {
  if (request.context.id.empty())
    request.context.id = "past-request-" + std::to_string(next_request++);
  request.context.settings = RepairRunner::test_settings();
  request.context.repair.has_seal_key = world.has_seal_key;
  if (request.audit_id.empty()) request.audit_id = "A1";
  if (request.route == pos::runtime::RepairRoute::repair_retry) {
    return run(world, pos::repair::RepairRetry(std::move(request)), before_write);
  }
  return run(world, pos::repair::RepairList(std::move(request)), before_write);
}

pos::io::DoneCommand retry(RepairWorld& world, const std::string& target,
                           const std::function<void()>& before_write) {
  pos::runtime::RepairRequest request;
  request.route = pos::runtime::RepairRoute::repair_retry;
  request.body = R"({"target":")" + target + R"(","actor":"ayse","reason":"asked Square"})";
  return call_repairs(world, std::move(request), before_write);
}

}  // namespace world
