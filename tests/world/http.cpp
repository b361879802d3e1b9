#include "world/http.hpp"

#include <stdexcept>

#include "door/accounts.hpp"
#include "door/enqueue.hpp"
#include "door/inspect.hpp"
#include "door/operate.hpp"
#include "door/webhook.hpp"
#include "json/writer.hpp"

namespace world {
namespace {

template <typename Job>
pos::io::DoneCommand run(World& world, Job job, const std::function<void()>& before_write) {
  pos::io::Commands commands;
  job.start(commands);
  for (int rounds = 0; rounds < 20; ++rounds) {
    if (const auto* done = std::get_if<pos::io::DoneCommand>(&commands.front())) return *done;
    const auto batch = std::get<pos::io::D1Command>(commands.front());
    if (batch.statements.size() > 1 && before_write) before_write();
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
  }
  throw std::logic_error("the route does not come to an end");
}

int next_request = 1;

}  // namespace

pos::io::DoneCommand call(World& world, pos::door::Request request,
                          const std::function<void()>& before_write) {
  request.id = "request-" + std::to_string(next_request++);
  request.settings = Worker::test_settings();
  switch (request.route) {
    case pos::door::Route::create:
      return run(world, pos::door::Enqueue(std::move(request)), before_write);
    case pos::door::Route::replay:
    case pos::door::Route::cancel:
    case pos::door::Route::mark_done:
      return run(world, pos::door::Operate(std::move(request)), before_write);
    case pos::door::Route::list:
    case pos::door::Route::show:
    case pos::door::Route::status:
    case pos::door::Route::accounts:
      return run(world, pos::door::Inspect(std::move(request)), before_write);
    case pos::door::Route::webhook:
      return run(world, pos::door::Webhook(std::move(request)), before_write);
    case pos::door::Route::account_put:
    case pos::door::Route::account_pause:
    case pos::door::Route::account_resume:
    case pos::door::Route::account_renew:
      return run(world, pos::door::Accounts(std::move(request)), before_write);
    case pos::door::Route::unknown:
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
  pos::door::Request request;
  request.route = pos::door::Route::create;
  request.body = body.take();
  return call(world, request);
}

pos::io::DoneCommand operate(World& world, pos::door::Route route, const std::string& order_id,
                             const std::string& body) {
  pos::door::Request request;
  request.route = route;
  request.order_id = order_id;
  request.body = body;
  return call(world, request);
}

}  // namespace world
