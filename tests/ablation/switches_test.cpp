// Each switch takes out what it says, and nothing is taken out unless it is asked for: one schedule
// for each layer, which ends otherwise without it.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "ablation/layer.hpp"
#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace switches_test {

using pos::ablation::Layer;
using world::RequestFault;
using world::Worker;
using world::World;

namespace {
using duration::day;
using duration::minute;
// Longer than any quiet time or first backoff of the default settings.
constexpr std::int64_t long_enough = 20 * minute;

/// The first word of an error.
std::string code_of(const std::string& error) { return error.substr(0, error.find(':')); }

/// What has become of A1, seen from all sides.
std::string told(World& world) {
  std::string text = world.status("A1") + " " + code_of(world.error("A1"));
  if (text.back() == ' ') text.pop_back();
  if (world.database.integer("SELECT in_doubt_since IS NOT NULL FROM pos_sync_ledger") != 0) {
    text += ", in doubt";
  }
  text += ", attempts " + world.database.text("SELECT max(attempts) FROM pos_sync_queue");
  text += ", requests " + std::to_string(world.square.bodies.size());
  text += ", orders " + std::to_string(world.square.orders_of("A1"));
  return text + ", payments " + std::to_string(world.square.payments_of("A1"));
}

struct Ends {
  std::string intact;
  std::string removed;
};

/// How a schedule ends with every layer there, and how without that one.
template <typename Schedule>
Ends ends(Layer layer, Schedule schedule) {
  Ends both;
  {
    World world;
    both.intact = schedule(world);
  }
  {
    World world;
    pos::ablation::removed = bit(layer);
    both.removed = schedule(world);
    pos::ablation::removed = 0;
  }
  return both;
}

void insert(World& world, const std::string& payload) {
  world.database.execute(
      "INSERT INTO pos_sync_queue (order_id, provider, payload) VALUES ('A1', 'square', '" +
      payload + "')");
}

void drain(World& world, const std::string& tick) { Worker(world, tick).run(); }

/// One tick whose next request ends so; everything else in it goes well.
void push_once(World& world, const std::string& tick, RequestFault end,
               const pos::Settings& settings = Worker::test_settings()) {
  Worker worker(world, tick, settings);
  if (worker.run_until(world::is_fetch)) worker.perform(end);
  worker.run();
}

/// An order that is booked at Square without our knowing, and quiet by now.
void lose_the_answer(World& world) {
  world.enqueue("A1");
  push_once(world, "losing", RequestFault::lost);
  world.pass(long_enough);
}

/// An order whose payment is made at Square without our knowing, and quiet by now.
void lose_the_payment(World& world) {
  insert(world, world::payload(35000, true));
  Worker worker(world, "losing");
  if (worker.run_until(world::is_fetch)) worker.perform();
  if (worker.run_until(world::is_fetch)) worker.perform(RequestFault::lost);
  worker.run();
  world.pass(long_enough);
}

std::string resent(World& world) {
  lose_the_answer(world);
  drain(world, "t2");
  return told(world);
}

pos::Settings redeployed() {
  pos::Settings settings = Worker::test_settings();
  settings.square_version = "2026-09-16";
  settings.location_id = "L2";
  return settings;
}

/// The keys that Square has seen, in order.
std::string keys(const World& world) {
  std::string text;
  for (const auto& [key, body] : world.square.bodies) text += key + " ";
  return text;
}

}  // namespace

TEST_CASE("a key with a time, an attempt or a process in it makes a retry another sale") {
  for (const Layer layer :
       {Layer::key_without_time, Layer::key_without_attempt, Layer::key_without_random}) {
    CAPTURE(to_string(layer));
    const auto [intact, removed] = ends(layer, resent);
    CHECK(intact == "success, attempts 1, requests 2, orders 1, payments 0");
    CHECK(removed == "success, attempts 1, requests 2, orders 2, payments 0");
  }
}

TEST_CASE("what is appended to a key stands at its end, to a payment's too") {
  const auto paid = [](World& world) {
    insert(world, world::payload(35000, true));
    drain(world, "t1");
    return keys(world);
  };
  const Ends time = ends(Layer::key_without_time, paid);
  CHECK(time.intact == "posSync:A1:square posSync:A1:square:payment ");
  CHECK(time.removed ==
        "posSync:A1:square:payment:t1795000000000 posSync:A1:square:t1795000000000 ");
  CHECK(ends(Layer::key_without_attempt, paid).removed ==
        "posSync:A1:square:a0 posSync:A1:square:payment:a0 ");
  CHECK(ends(Layer::key_without_random, paid).removed ==
        "posSync:A1:square:payment:xt1.1 posSync:A1:square:xt1.1 ");
}

TEST_CASE("frozen_bytes: without it a deploy between two attempts changes what is sent") {
  const auto order = ends(Layer::frozen_bytes, [](World& world) {
    lose_the_answer(world);
    push_once(world, "t2", RequestFault::none, redeployed());
    return told(world);
  });
  CHECK(order.intact == "success, attempts 1, requests 2, orders 1, payments 0");
  CHECK(order.removed == "failed conflict, in doubt, attempts 2, requests 2, orders 1, payments 0");

  const auto payment = ends(Layer::frozen_bytes, [](World& world) {
    lose_the_payment(world);
    push_once(world, "t2", RequestFault::none, redeployed());
    return told(world);
  });
  CHECK(payment.intact == "success, attempts 1, requests 3, orders 1, payments 1");
  CHECK(payment.removed ==
        "failed conflict, in doubt, attempts 2, requests 3, orders 1, payments 1");
}

TEST_CASE("frozen_bytes: without it the version of the day is sent, and the freeze stays") {
  const auto version = ends(Layer::frozen_bytes, [](World& world) {
    lose_the_answer(world);
    Worker worker(world, "t2", redeployed());
    if (!worker.run_until(world::is_fetch)) return std::string("nothing was sent");
    const std::string frozen = world.database.text(
        "SELECT json_extract(request, '$.square_version') FROM pos_sync_ledger");
    return std::get<pos::io::FetchCommand>(*worker.next()).square_version + ", frozen " + frozen;
  });
  CHECK(version.intact == "2025-08-20, frozen 2025-08-20");
  CHECK(version.removed == "2026-09-16, frozen 2025-08-20");
}

TEST_CASE("doubtful_no: without it an order that was booked is called rejected") {
  const auto order = ends(Layer::doubtful_no, [](World& world) {
    lose_the_answer(world);
    push_once(world, "t2", RequestFault::refused);
    return told(world);
  });
  CHECK(order.intact == "failed rejected, in doubt, attempts 2, requests 2, orders 1, payments 0");
  CHECK(order.removed == "dead rejected, in doubt, attempts 2, requests 2, orders 1, payments 0");

  const auto payment = ends(Layer::doubtful_no, [](World& world) {
    lose_the_payment(world);
    push_once(world, "t2", RequestFault::refused);
    return told(world);
  });
  CHECK(payment.intact ==
        "failed rejected, in doubt, attempts 2, requests 3, orders 1, payments 1");
  CHECK(payment.removed == "dead payment_rejected, attempts 2, requests 3, orders 1, payments 1");
}

TEST_CASE("window: without it an order in doubt is sent when its key may be forgotten") {
  const auto [intact, removed] = ends(Layer::window, [](World& world) {
    lose_the_answer(world);
    world.pass(3 * day);
    world.square.forget_keys();
    drain(world, "t2");
    return told(world);
  });
  CHECK(intact == "success, attempts 1, requests 1, orders 1, payments 0");
  CHECK(removed == "success, attempts 1, requests 2, orders 2, payments 0");
}

TEST_CASE("recognition: without it an order that is enqueued again is sold again") {
  const auto [intact, removed] = ends(Layer::recognition, [](World& world) {
    world.enqueue("A1");
    drain(world, "t1");
    world.pass(8 * day);
    world.square.forget_keys();
    world.enqueue("A1");
    drain(world, "t2");
    return told(world);
  });
  CHECK(intact == "success, attempts 0, requests 1, orders 1, payments 0");
  CHECK(removed == "success, attempts 0, requests 2, orders 2, payments 0");
}

TEST_CASE("recognition: without it an order that stands is placed again before it is paid") {
  const auto [intact, removed] = ends(Layer::recognition, [](World& world) {
    lose_the_payment(world);
    world.square.forget_keys();
    drain(world, "t2");
    return told(world);
  });
  CHECK(intact == "success, attempts 1, requests 3, orders 1, payments 2");
  CHECK(removed == "success, attempts 1, requests 4, orders 2, payments 2");
}

TEST_CASE("same_content: without it a booking with other content is a success") {
  const auto recognised = ends(Layer::same_content, [](World& world) {
    world.enqueue("A1");
    drain(world, "t1");
    world.enqueue("A1", "", 99900);
    drain(world, "t2");
    return told(world);
  });
  CHECK(recognised.intact == "dead content_differs, attempts 0, requests 1, orders 1, payments 0");
  CHECK(recognised.removed == "success, attempts 0, requests 1, orders 1, payments 0");

  const auto booked = ends(Layer::same_content, [](World& world) {
    lose_the_answer(world);
    world.database.execute("DELETE FROM pos_sync_queue");
    world.enqueue("A1", "", 99900);
    drain(world, "t2");
    return told(world);
  });
  CHECK(booked.intact == "dead content_differs, attempts 0, requests 2, orders 1, payments 0");
  CHECK(booked.removed == "success, attempts 0, requests 2, orders 1, payments 0");
}

TEST_CASE("give_back: without it what was never sent costs an attempt and sets a doubt") {
  const auto [intact, removed] = ends(Layer::give_back, [](World& world) {
    world.enqueue("A1");
    Worker worker(world, "t1");
    if (!worker.run_until(world::is_freeze)) return std::string("nothing was frozen");
    worker.wait(14 * minute);
    worker.run();
    return told(world);
  });
  CHECK(intact == "pending, attempts 0, requests 0, orders 0, payments 0");
  CHECK(removed == "failed unknown, in doubt, attempts 1, requests 0, orders 0, payments 0");
}

TEST_CASE("token_per_call: without it a second claim of a tick returns orders that are in flight") {
  const auto [intact, removed] = ends(Layer::token_per_call, [](World& world) {
    for (int i = 0; i < 60; ++i) world.enqueue("A" + std::to_string(i));
    drain(world, "t1");
    std::size_t most = 0;
    for (const auto& [key, body] : world.square.bodies) {
      most = std::max(most, world.square.bodies.count(key));
    }
    return "at most " + std::to_string(most) + " requests under a key";
  });
  CHECK(intact == "at most 1 requests under a key");
  CHECK(removed == "at most 2 requests under a key");
}

TEST_CASE("lease_cutoff: without it a request starts that may land after its lease") {
  const auto late = [](World& world) {
    world.enqueue("A1");
    pos::Settings settings = Worker::test_settings();
    settings.wall_budget_ms = day;
    Worker worker(world, "t1", settings);
    if (!worker.run_until(world::is_freeze)) return std::string("nothing was frozen");
    worker.wait(settings.lease_ms - settings.quiet_on_clock_ms() - settings.push_timeout_ms + 1);
    worker.run();
    return told(world);
  };
  const auto [intact, removed] = ends(Layer::lease_cutoff, late);
  CHECK(intact == "pending, attempts 0, requests 0, orders 0, payments 0");
  CHECK(removed == "success, attempts 0, requests 1, orders 1, payments 0");
  CHECK(ends(Layer::wall_cutoff, late).removed == intact);
}

TEST_CASE("wall_cutoff: without it a request starts that may outlive its tick") {
  const auto late = [](World& world) {
    world.enqueue("A1");
    pos::Settings settings = Worker::test_settings();
    settings.lease_ms = day;
    settings.dedupe_window_ms = 2 * day;
    Worker worker(world, "t1", settings);
    if (!worker.run_until(world::is_freeze)) return std::string("nothing was frozen");
    worker.wait(settings.wall_budget_ms - settings.push_timeout_ms + 1);
    worker.run();
    return told(world);
  };
  const auto [intact, removed] = ends(Layer::wall_cutoff, late);
  CHECK(intact == "pending, attempts 0, requests 0, orders 0, payments 0");
  CHECK(removed == "success, attempts 0, requests 1, orders 1, payments 0");
  CHECK(ends(Layer::lease_cutoff, late).removed == intact);
}

TEST_CASE("neither cutoff takes the bound on subrequests with it") {
  const auto poor = [](World& world) {
    world.enqueue("A1");
    pos::Settings settings = Worker::test_settings();
    settings.subrequest_budget = 10;
    Worker worker(world, "t1", settings);
    // Each answer that is lost is one more subrequest.
    for (int i = 0; i < 3 && worker.run_until(world::is_claim); ++i)
      worker.perform(RequestFault::lost);
    for (int i = 0; i < 3 && worker.run_until(world::is_freeze); ++i)
      worker.perform(RequestFault::lost);
    worker.run();
    return told(world) + ", " +
           world.database.text("SELECT event FROM pos_sync_audit ORDER BY id DESC LIMIT 1");
  };
  const std::string given_back =
      "pending, attempts 0, requests 0, orders 0, payments 0, given_back";
  for (const Layer layer : {Layer::lease_cutoff, Layer::wall_cutoff}) {
    const auto [intact, removed] = ends(layer, poor);
    CHECK(intact == given_back);
    CHECK(removed == given_back);
  }
}

TEST_CASE("retry_delay: without it a failed order is due at once") {
  const auto [intact, removed] = ends(Layer::retry_delay, [](World& world) {
    world.enqueue("A1");
    push_once(world, "t1", RequestFault::failed);
    const bool due = world.database.integer("SELECT next_attempt_at FROM pos_sync_queue") <=
                     world.database.now_ms;
    return std::string(due ? "due" : "later");
  });
  CHECK(intact == "later");
  CHECK(removed == "due");
}

TEST_CASE("throttled_is_doubt: without it a throttled request leaves no doubt") {
  const auto [intact, removed] = ends(Layer::throttled_is_doubt, [](World& world) {
    world.enqueue("A1");
    push_once(world, "t1", RequestFault::throttled);
    return told(world);
  });
  CHECK(intact == "failed throttled, in doubt, attempts 0, requests 1, orders 0, payments 0");
  CHECK(removed == "failed throttled, attempts 0, requests 1, orders 0, payments 0");
}

TEST_CASE("unknown_is_doubt: without it a lost answer leaves no doubt") {
  const auto [intact, removed] = ends(Layer::unknown_is_doubt, [](World& world) {
    lose_the_answer(world);
    return told(world);
  });
  CHECK(intact == "failed unknown, in doubt, attempts 1, requests 1, orders 1, payments 0");
  CHECK(removed == "failed unknown, attempts 1, requests 1, orders 1, payments 0");
}

TEST_CASE("unknown_retries: without it a lost answer is a no") {
  const auto order = ends(Layer::unknown_retries, [](World& world) {
    lose_the_answer(world);
    return told(world);
  });
  CHECK(order.intact == "failed unknown, in doubt, attempts 1, requests 1, orders 1, payments 0");
  CHECK(order.removed == "dead rejected, attempts 1, requests 1, orders 1, payments 0");

  const auto payment = ends(Layer::unknown_retries, [](World& world) {
    lose_the_payment(world);
    return told(world);
  });
  CHECK(payment.intact == "failed unknown, in doubt, attempts 1, requests 2, orders 1, payments 1");
  CHECK(payment.removed == "dead payment_rejected, attempts 1, requests 2, orders 1, payments 1");
}

TEST_CASE("conflict_is_look: without it a key that was used with another body is a no") {
  const auto [intact, removed] = ends(Layer::conflict_is_look, [](World& world) {
    world.enqueue("A1");
    Worker worker(world, "t1");
    if (!worker.run_until(world::is_fetch)) return std::string("nothing was sent");
    const auto fetch = std::get<pos::io::FetchCommand>(*worker.next());
    (void)world.square.apply("/v2/orders", fetch.body + " ", world.database.now_ms);
    worker.run();
    return told(world);
  });
  CHECK(intact == "failed conflict, in doubt, attempts 1, requests 2, orders 1, payments 0");
  CHECK(removed == "dead rejected, attempts 1, requests 2, orders 1, payments 0");
}

TEST_CASE("attempts_bound: without it an order is tried for ever") {
  const auto fresh = ends(Layer::attempts_bound, [](World& world) {
    world.enqueue("A1");
    world.database.execute("UPDATE pos_sync_queue SET attempts = 1000");
    drain(world, "t1");
    return told(world);
  });
  CHECK(fresh.intact == "dead attempts_exhausted, attempts 1000, requests 0, orders 0, payments 0");
  CHECK(fresh.removed == "success, attempts 1000, requests 1, orders 1, payments 0");

  const auto in_doubt = ends(Layer::attempts_bound, [](World& world) {
    lose_the_answer(world);
    world.database.execute("UPDATE pos_sync_queue SET attempts = 1000");
    drain(world, "t2");
    return told(world);
  });
  CHECK(in_doubt.intact == "success, attempts 1000, requests 1, orders 1, payments 0");
  CHECK(in_doubt.removed == "success, attempts 1000, requests 2, orders 1, payments 0");
}

TEST_CASE("look_in_doubt: without it an order that may be booked is just exhausted") {
  const auto [intact, removed] = ends(Layer::look_in_doubt, [](World& world) {
    lose_the_answer(world);
    world.database.execute("UPDATE pos_sync_queue SET attempts = 10");
    drain(world, "t2");
    return told(world);
  });
  CHECK(intact == "success, attempts 10, requests 1, orders 1, payments 0");
  CHECK(removed ==
        "dead attempts_exhausted, in doubt, attempts 10, requests 1, orders 1, payments 0");
}

TEST_CASE("unauthorized_keeps: without it a 401 clears the doubt") {
  const auto [intact, removed] = ends(Layer::unauthorized_keeps, [](World& world) {
    lose_the_answer(world);
    push_once(world, "t2", RequestFault::unauthorized);
    return told(world);
  });
  CHECK(intact == "failed unauthorized, in doubt, attempts 1, requests 2, orders 1, payments 0");
  CHECK(removed == "failed unauthorized, attempts 1, requests 2, orders 1, payments 0");
}

TEST_CASE("total_check: without it an order that Square totals otherwise is a success") {
  const auto [intact, removed] = ends(Layer::total_check, [](World& world) {
    // The model of Square knows no taxes.
    insert(
        world,
        R"({"currency":"TRY","tax_inclusive":false,"items":[{"name":"Ayran","quantity":"1","unit_price":1000,)"
        R"("tax_percentage":"10"}]})");
    drain(world, "t1");
    return told(world);
  });
  CHECK(intact == "dead total_mismatch, attempts 0, requests 1, orders 1, payments 0");
  CHECK(removed == "success, attempts 0, requests 1, orders 1, payments 0");
}

TEST_CASE("payment_after_order: without it a paid order is booked without its payment") {
  const auto [intact, removed] = ends(Layer::payment_after_order, [](World& world) {
    insert(world, world::payload(35000, true));
    drain(world, "t1");
    return told(world);
  });
  CHECK(intact == "success, attempts 0, requests 2, orders 1, payments 1");
  CHECK(removed == "success, attempts 0, requests 1, orders 1, payments 0");
}

TEST_CASE("canary: without it an order that nobody has is a success") {
  const auto [intact, removed] = ends(Layer::canary, [](World& world) {
    world.enqueue("A1");
    push_once(world, "t1", RequestFault::failed);
    return told(world);
  });
  CHECK(intact == "failed unknown, in doubt, attempts 1, requests 1, orders 0, payments 0");
  CHECK(removed == "success, attempts 0, requests 1, orders 0, payments 0");
}

TEST_CASE("second_look: without it a search that is wrongly empty once doubles an order") {
  const auto [intact, removed] = ends(Layer::second_look, [](World& world) {
    lose_the_answer(world);
    world.pass(3 * day);
    world.square.forget_keys();
    world.square.wrongly_empty = 1;
    drain(world, "t2");
    world.pass(long_enough);
    drain(world, "t3");
    return told(world);
  });
  CHECK(intact == "success, attempts 1, requests 1, orders 1, payments 0");
  CHECK(removed == "success, attempts 1, requests 2, orders 2, payments 0");
}

namespace {

/// An order that lands as late as it may and shows up as late as it may, in a world without keys,
/// and somebody who has it looked for every ten seconds.
std::string looks_at_what_lands_late(World& world) {
  pos::Settings settings = Worker::test_settings();
  settings.dedupe_window_ms = settings.lease_ms + 1;
  world.square.search_lag_ms = settings.settle_delay_ms;
  world.square.dedupes = false;
  world.enqueue("A1");
  Worker worker(world, "t1", settings);
  if (!worker.run_until(world::is_fetch)) return "nothing was sent";
  const auto request = std::get<pos::io::FetchCommand>(worker.take());
  worker.answer_failed(request);
  worker.run();
  world.pass(settings.quiet_ms);
  world.square.apply("/v2/orders", request.body, world.database.now_ms);
  for (int i = 0; i < 60; ++i) {
    world.pass(10'000);
    world.database.execute("UPDATE pos_sync_queue SET next_attempt_at = 0");
    Worker(world, "t" + std::to_string(i + 2), settings).run();
  }
  return told(world) + ", first look " +
         world.database.text(
             "SELECT event FROM pos_sync_audit WHERE event LIKE 'look_%' "
             "ORDER BY id LIMIT 1");
}

}  // namespace

TEST_CASE("settle_delay: without it what the search does not show yet is sent again") {
  const auto [intact, removed] = ends(Layer::settle_delay, looks_at_what_lands_late);
  CHECK(intact ==
        "success, attempts 1, requests 1, orders 1, payments 0, first look look_absent_early");
  CHECK(removed ==
        "success, attempts 1, requests 2, orders 2, payments 0, first look look_absent_once");
}

TEST_CASE("look_anchor: without it a look counts before the last request can be seen") {
  const auto [intact, removed] = ends(Layer::look_anchor, [](World& world) {
    pos::Settings settings = Worker::test_settings();
    settings.dedupe_window_ms = settings.lease_ms + 1;
    world.enqueue("A1");
    push_once(world, "t1", RequestFault::failed, settings);
    world.database.execute("UPDATE pos_sync_queue SET next_attempt_at = 0");
    world.pass(settings.quiet_on_clock_ms());
    Worker(world, "t2", settings).run();
    return world.database.text("SELECT event FROM pos_sync_audit ORDER BY id DESC LIMIT 1");
  });
  CHECK(intact == "look_absent_early");
  CHECK(removed == "look_absent_once");
}

TEST_CASE("metadata_match: without it a revision adopts what an earlier one has sold") {
  const auto [intact, removed] = ends(Layer::metadata_match, [](World& world) {
    world.enqueue("A1");
    drain(world, "t1");
    world.database.execute(
        "INSERT INTO pos_sync_queue (order_id, provider, revision, payload) SELECT order_id, "
        "provider, 2, payload FROM pos_sync_queue");
    push_once(world, "t2", RequestFault::failed);
    world.pass(2 * day);
    drain(world, "t3");
    return world.database.text("SELECT event FROM pos_sync_audit ORDER BY id DESC LIMIT 1");
  });
  CHECK(intact == "look_absent_once");
  CHECK(removed == "look_found");
}

TEST_CASE("retrieve_anew: without it what a page shows is believed") {
  const auto [intact, removed] = ends(Layer::retrieve_anew, [](World& world) {
    lose_the_answer(world);
    world.pass(3 * day);
    drain(world, "t2");
    std::string reads;
    for (const std::string& each : world.square.reads) reads += each + " ";
    return reads;
  });
  CHECK(intact == "/v2/orders/search /v2/orders/O1 ");
  CHECK(removed == "/v2/orders/search ");
}

namespace {

/// The order's request ends so at Square, and its worker hears this.
std::string misheard(World& world, RequestFault end, int status, const std::string& body) {
  world.enqueue("A1");
  Worker worker(world, "t1");
  if (!worker.run_until(world::is_fetch)) return "nothing was sent";
  const auto command = std::get<pos::io::FetchCommand>(worker.take());
  (void)worker.apply(command, end);
  worker.answer(command, {pos::net::Transport::replied, {status, body}});
  worker.run();
  return told(world);
}

}  // namespace

TEST_CASE("reply_matches: without it an answer about another order is taken for ours") {
  const auto [intact, removed] = ends(Layer::reply_matches, [](World& world) {
    return misheard(world, RequestFault::failed, 200,
                    R"({"order":{"id":"O9","location_id":"L1","reference_id":"A9","state":"OPEN",)"
                    R"("metadata":{"pos_sync":"posSync:A9:square"},)"
                    R"("total_money":{"amount":35000,"currency":"TRY"}}})");
  });
  CHECK(intact == "failed unknown, in doubt, attempts 1, requests 1, orders 0, payments 0");
  CHECK(removed == "success, attempts 0, requests 1, orders 0, payments 0");
}

TEST_CASE("plain_no: without it a gateway's 404, or a no beside an order, gives a sale up") {
  for (
      const char* body :
      {R"({"message":"no route matched"})",
       R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"NOT_FOUND"}],"order":{"id":"O1"}})"}) {
    CAPTURE(body);
    const auto [intact, removed] = ends(Layer::plain_no, [&](World& world) {
      return misheard(world, RequestFault::none, 404, body);
    });
    CHECK(intact == "failed unknown, in doubt, attempts 1, requests 1, orders 1, payments 0");
    CHECK(removed == "dead rejected, attempts 1, requests 1, orders 1, payments 0");
  }
}

TEST_CASE("each transition that is applied is marked, and no other") {
  using pos::push::Event;
  using pos::push::State;
  const auto applied = [] {
    std::string cells;
    for (std::uint8_t state = 0; state < pos::push::state_count; ++state) {
      for (std::uint8_t event = 0; event < pos::push::event_count; ++event) {
        if ((pos::ablation::visited_cells.at(state) >> event & 1U) == 0) continue;
        cells += std::string(to_string(static_cast<State>(state))) + "/" +
                 to_string(static_cast<Event>(event)) + " ";
      }
    }
    pos::ablation::visited_cells = {};
    return cells;
  };
  (void)applied();
  World world;
  lose_the_payment(world);
  CHECK(applied() == "ordering/accepted paying/unknown ");
  drain(world, "t2");
  CHECK(applied() == "paying_in_doubt/accepted ");
}

TEST_CASE("every layer has its bit and its name, and the build says what it is") {
  CHECK(std::string(to_string(Layer::key_without_time)) == "key_without_time");
  CHECK(std::string(to_string(Layer::token_per_call)) == "token_per_call");
  CHECK(std::string(to_string(Layer::canary)) == "canary");
  CHECK(std::string(to_string(Layer::retrieve_anew)) == "retrieve_anew");
  CHECK(std::string(to_string(Layer::survivor_of_cancel)) == "survivor_of_cancel");
  CHECK(std::string(to_string(Layer::others_refunds)) == "others_refunds");
  CHECK(std::string(to_string(Layer::plain_no)) == "plain_no");
  CHECK(std::string(to_string(Layer::account_refusal)) == "account_refusal");
  CHECK(std::string(to_string(Layer::who_has_paid)) == "who_has_paid");
  CHECK(static_cast<int>(Layer::who_has_paid) + 1 == pos::ablation::layer_count);
  // Not in full: tests/abi looks for it in this program, and it must be there because it is linked.
  CHECK(std::string(pos::ablation::marker()).rfind("pos-sync: built with ", 0) == 0);
}

}  // namespace switches_test
