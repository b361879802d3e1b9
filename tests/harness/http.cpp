#include "harness/http.hpp"
#include "harness/history.hpp"

#include <algorithm>
#include <stdexcept>

#include "api/accounts.hpp"
#include "api/enqueue.hpp"
#include "api/operator_action.hpp"
#include "api/queries.hpp"
#include "api/readiness.hpp"
#include "api/replay_many.hpp"
#include "api/webhook.hpp"
#include "base/json/writer.hpp"

namespace world {
namespace {

/// The texts as the shell would hand them back.
std::string sealed(const pos::io::SealCommand& command) {
  pos::json::Writer list;
  list.begin_array();
  for (std::size_t i = 0; i < command.texts.size(); ++i) {
    list.string(Tokens::sealed(command.texts[i], command.bound_to[i]));
  }
  list.end_array();
  return list.take();
}

template <typename Job>
pos::io::DoneCommand run(World& world, Job job, const std::function<void()>& before_write) {
  pos::io::Commands commands;
  job.start(commands);
  note(commands);
  for (int rounds = 0; rounds < 20; ++rounds) {
    const auto command = std::find_if(commands.begin(), commands.end(), [](const auto& each) {
      return !std::holds_alternative<pos::io::LogCommand>(each);
    });
    if (const auto* done = std::get_if<pos::io::DoneCommand>(&*command)) return *done;
    pos::json::Document results;
    pos::io::Outcome outcome;
    std::string text;
    if (const auto* seal = std::get_if<pos::io::SealCommand>(&*command)) {
      text = sealed(*seal);
      outcome.id = seal->id;
      outcome.kind = pos::io::OutcomeKind::sealed;
    } else {
      const auto& batch = std::get<pos::io::D1Command>(*command);
      if (batch.statements.size() > 2 && before_write) before_write();
      text = world.database.batch(batch.statements, batch.parameters);
      outcome.id = batch.id;
      outcome.kind = pos::io::OutcomeKind::d1_done;
    }
    if (!results.parse(text)) throw std::logic_error(results.error());
    outcome.results = results.root();
    commands.clear();
    job.step({0, {outcome}}, commands);
    note(commands);
  }
  throw std::logic_error("the route does not come to an end");
}

}  // namespace

pos::io::DoneCommand call(World& world, pos::api::Request request,
                          const std::function<void()>& before_write) {
  request.id = "request-" + std::to_string(next_request++);
  request.settings = Worker::test_settings();
  switch (request.route) {
    case pos::api::Route::create:
      return run(world, pos::api::Enqueue(std::move(request)), before_write);
    case pos::api::Route::replay:
    case pos::api::Route::cancel:
    case pos::api::Route::mark_done:
    case pos::api::Route::undo_mark_done:
      return run(world, pos::api::OperatorAction(std::move(request)), before_write);
    case pos::api::Route::replay_many:
      return run(world, pos::api::ReplayMany(std::move(request)), before_write);
    case pos::api::Route::list:
    case pos::api::Route::show:
    case pos::api::Route::status:
    case pos::api::Route::accounts:
      return run(world, pos::api::Queries(std::move(request)), before_write);
    case pos::api::Route::ready:
      return run(world, pos::api::Readiness(std::move(request), "", true), before_write);
    case pos::api::Route::webhook:
      return run(world, pos::api::Webhook(std::move(request)), before_write);
    case pos::api::Route::account_put:
    case pos::api::Route::account_pause:
    case pos::api::Route::account_resume:
    case pos::api::Route::account_renew:
      return run(world, pos::api::Accounts(std::move(request)), before_write);
    case pos::api::Route::unknown:
      break;
  }
  throw std::logic_error("no such route");
}

pos::io::DoneCommand post_order(World& world, const std::string& order_id,
                                const std::string& payload_text, int revision,
                                const std::string& restaurant_id) {
  pos::json::Writer body;
  body.begin_object().member("order_id", order_id).member("revision", std::int64_t{revision});
  body.member("restaurant_id", restaurant_id).key("payload").raw(payload_text).end_object();
  pos::api::Request request;
  request.route = pos::api::Route::create;
  request.body = body.take();
  return call(world, request);
}

pos::io::DoneCommand operate(World& world, pos::api::Route route, const std::string& order_id,
                             const std::string& body) {
  pos::api::Request request;
  request.route = route;
  request.order_id = order_id;
  request.body = body;
  return call(world, request);
}

}  // namespace world
