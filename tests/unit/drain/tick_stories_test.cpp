// Short stories of ticks, each about one way in which a tick can go. What is sent and written in
// them is held to the letter by the histories of these tests (tests/harness/recorded.hpp).
#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/json/value.hpp"
#include "drain/tick.hpp"
#include "harness/history.hpp"
#include "harness/worker.hpp"
#include "io/command.hpp"

namespace tick_stories_test {

using pos::io::Command;
using pos::io::D1Command;
using pos::io::FetchCommand;
using world::Answer;
using world::RequestFault;
using world::Worker;
using world::World;

namespace {

/// How requests, and D1's batches, end: the first ones in turn, all others well.
struct Script {
  std::deque<std::function<Answer(World&, const FetchCommand&)>> square;
  std::deque<std::string> d1;  // "" is done; else D1's words, without any effect
};

Answer replied(int status, const std::string& body) {
  Answer answer;
  answer.reply = {status, body};
  return answer;
}
std::string error_of(const std::string& code, const std::string& category = "INVALID_REQUEST_ERROR",
                     const std::string& detail = "in words") {
  return R"({"errors":[{"category":")" + category + R"(","code":")" + code + R"(","detail":")" +
         detail + "\"}]}";
}
std::function<Answer(World&, const FetchCommand&)> refuses(
    int status, const std::string& code, const std::string& category = "INVALID_REQUEST_ERROR") {
  return [=](World& world, const FetchCommand& fetch) {
    world.square.note(fetch.body);
    return replied(status, error_of(code, category));
  };
}
std::function<Answer(World&, const FetchCommand&)> ends(RequestFault end) {
  return [=](World& world, const FetchCommand& fetch) {
    return world::ask_square(world, fetch.url, fetch.body, end);
  };
}

/// Plays a tick to its end. Time passes before each command, for D1 and for the worker, so that no
/// time stands for another. Whatever befalls it, nothing is sold twice.
void play(World& world, pos::drain::Tick tick, Script script = {}) {
  constexpr std::int64_t ms_per_command = 11;
  Worker worker(world, std::move(tick));
  while (const auto command = worker.next()) {
    worker.wait(ms_per_command);
    if (std::holds_alternative<D1Command>(*command) && !script.d1.empty()) {
      const std::string words = script.d1.front();
      script.d1.pop_front();
      if (words.empty()) {
        worker.perform();
      } else {
        worker.answer_failed(worker.take(), words);
      }
    } else if (world::is_fetch(*command) && !script.square.empty()) {
      const auto fetch = std::get<FetchCommand>(worker.take());
      const auto answer = script.square.front();
      script.square.pop_front();
      worker.answer(fetch, answer(world, fetch));
    } else {
      worker.perform();
    }
  }
  CHECK(worker.ended());
  CHECK(world.square.one_body_per_key());
  pos::json::Document ids;
  REQUIRE(ids.parse(world.database.text("SELECT json_group_array(order_id) FROM pos_sync_queue")));
  for (auto id = ids.root().first(); id.present(); id = id.next()) {
    CHECK(world.square.orders_of(std::string(id.text())) <= 1);
    CHECK(world.square.payments_of(std::string(id.text())) <= 1);
  }
}

void tick(World& world, Script script = {}, const std::string& id = "t1",
          pos::Settings settings = Worker::test_settings()) {
  play(world, {std::move(settings), id, "cron", "seed of " + id}, std::move(script));
}

void enqueue_paid(World& world, const std::string& order_id) {
  world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES ('" + order_id +
                         "', '" + world::payload(35000, true) + "')");
}

using Story = std::function<void()>;

/// What a request for an order, or a payment, may come back with.
const std::vector<std::pair<std::string, std::function<Answer(World&, const FetchCommand&)>>>
    answers = {
        {"a definite no", refuses(400, "VALUE_TOO_LONG")},
        {"a no to the account", refuses(400, "INVALID_LOCATION")},
        {"an unknown code", refuses(400, "ORDER_IN_ORBIT")},
        {"too many requests", refuses(429, "RATE_LIMITED", "RATE_LIMIT_ERROR")},
        {"no token of Square's", refuses(401, "UNAUTHORIZED", "AUTHENTICATION_ERROR")},
        {"forbidden", refuses(403, "FORBIDDEN", "AUTHENTICATION_ERROR")},
        {"a gateway's 403", [](World&, const FetchCommand&) { return replied(403, "<html>"); }},
        {"a conflict", refuses(400, "IDEMPOTENCY_KEY_REUSED")},
        {"not found", refuses(404, "NOT_FOUND")},
        {"silence, done", ends(RequestFault::lost)},
        {"silence, not done", ends(RequestFault::failed)},
        {"an error of the server's, done", ends(RequestFault::server_error)},
        {"no secret",
         [](World&, const FetchCommand&) {
           Answer answer;
           answer.transport = pos::net::Transport::no_credential;
           answer.reply = {0, "the secret is not set"};
           return answer;
         }},
        {"another object", [](World&, const FetchCommand&) { return replied(200, R"({"x":1})"); }},
        {"an order that is canceled", [](World& world, const FetchCommand& fetch) {
           Answer answer = world::ask_square(world, fetch.url, fetch.body, RequestFault::none);
           const std::size_t at = answer.reply.body.find("OPEN");
           if (at != std::string::npos) answer.reply.body.replace(at, 4, "CANCELED");
           return answer;
         }}};

std::map<std::string, Story> stories() {
  std::map<std::string, Story> all;
  all["other: an order, and one with a payment, are booked"] = [] {
    World world;
    world.enqueue("A1");
    enqueue_paid(world, "A2");
    tick(world);
    tick(world, {}, "t2");
  };
  // Each answer to an order and to a payment, what the next tick makes of it, and the one behind.
  for (const auto& [what, answer] : answers) {
    for (const bool paid : {false, true}) {
      all[std::string(paid ? "payment: " : "order: ") + what] = [answer = answer, paid = paid] {
        World world;
        enqueue_paid(world, "A1");
        Script script;
        if (paid) script.square.push_back(ends(RequestFault::none));
        script.square.push_back(answer);
        tick(world, std::move(script));
        for (const char* id : {"t2", "t3"}) {
          if (world.status("A1") == "success" || world.status("A1") == "dead") break;
          world.pass(120'000);
          tick(world, {}, id);
        }
      };
    }
  }
  all["other: silence, again and again, opens the breaker"] = [] {
    World world;
    for (int i = 0; i < 7; ++i) world.enqueue("A" + std::to_string(i));
    Script script;
    for (int i = 0; i < 7; ++i) script.square.push_back(ends(RequestFault::failed));
    tick(world, std::move(script));
    for (const char* id : {"t2", "t3"}) {
      world.pass(400'000);
      tick(world, {}, id);
    }
  };
  all["other: equal refusals are the account's"] = [] {
    World world;
    for (int i = 0; i < 6; ++i) world.enqueue("A" + std::to_string(i));
    Script script;
    for (int i = 0; i < 6; ++i) script.square.push_back(refuses(400, "VALUE_TOO_LONG"));
    tick(world, std::move(script));
    for (const char* id : {"t2", "t3"}) {
      world.pass(400'000);
      tick(world, {}, id);
    }
  };
  all["other: D1 does not answer a claim, a freeze or a settle"] = [] {
    for (int good = 0; good < 3; ++good) {
      World world;
      world.enqueue("A1");
      Script script;
      script.d1.assign(static_cast<std::size_t>(good), "");
      for (int i = 0; i < 4; ++i) script.d1.emplace_back("Network connection lost.");
      tick(world, std::move(script));
    }
  };
  all["other: D1 refuses what a freeze or a settle has in it"] = [] {
    for (int good = 1; good < 3; ++good) {
      World world;
      for (const char* id : {"A1", "A2", "A3"}) world.enqueue(id);
      Script script;
      script.d1.assign(static_cast<std::size_t>(good), "");
      for (int i = 0; i < 4; ++i) script.d1.emplace_back("string or blob too big: SQLITE_TOOBIG");
      tick(world, std::move(script));
    }
  };
  all["other: a table is missing"] = [] {
    World world;
    world.enqueue("A1");
    Script script;
    script.d1 = {"no such table: pos_sync_claims: SQLITE_ERROR"};
    tick(world, std::move(script));
  };
  all["other: a token is renewed, and one cannot be"] = [] {
    for (const int status : {200, 400, 500}) {
      World world;
      world.database.execute(
          "UPDATE pos_accounts SET token = 'v1.k.old.x', refresh_token = 'v1.k.r.x', "
          "token_version = 3, renewal_at = 1");
      world.enqueue("A1");
      Script script;
      script.square.push_back([=](World&, const FetchCommand&) {
        return replied(status, status == 200 ? R"({"access_token":"v1.k.new.x","refresh_token":)"
                                               R"("v1.k.r2.x","expires_at":"2026-12-28T00:00:00Z"})"
                                             : error_of("BAD_REQUEST"));
      });
      tick(world, std::move(script));
    }
  };
  all["other: nobody has said where the order is to be booked"] = [] {
    World world;
    world.enqueue("A1");
    pos::Settings settings = Worker::test_settings();
    settings.location_id.clear();
    tick(world, {}, "t1", std::move(settings));
  };
  all["other: what cannot be pushed, and what is known already"] = [] {
    World world;
    const auto row = [&](const char* id, const char* payload) {
      world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES (?1, ?2)",
                             {id, payload});
    };
    row("B1", "{");
    row("B2", R"({"items":[]})");
    world.enqueue("C1");
    world.enqueue("C2");
    world.enqueue("C3");
    world.enqueue("C4");
    world.enqueue("C5");
    for (const char* sql :
         {"INSERT INTO pos_sync_ledger (order_id, provider, revision, booked_at, fingerprint, "
          "external_order_id) VALUES ('C1', 'square', 1, 5, 'other', 'O1')",
          "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, fingerprint, "
          "request, booked_at) VALUES ('C2', 'square', 1, 'r9', 'f', '{}', 5)",
          "INSERT INTO pos_sync_ledger (order_id, provider, revision, look_because) VALUES ('C3', "
          "'square', 1, 'cancel')",
          "INSERT INTO pos_sync_ledger (order_id, provider, revision, in_doubt_since) VALUES "
          "('C4', 'square', 2, 5)",
          "UPDATE pos_sync_queue SET attempts = 10 WHERE order_id = 'C5'"}) {
      world.database.execute(sql);
    }
    tick(world);
  };
  all["other: one order alone, by who has enqueued it"] = [] {
    World world;
    world.enqueue("A1");
    world.enqueue("A2");
    pos::drain::Tick alone(Worker::test_settings(), "order:t1", "http", "seed of order:t1");
    alone.only("A2", "square");
    play(world, std::move(alone));
  };
  all["other: a suspect is met, and then taken alone"] = [] {
    World world;
    world.enqueue("A1");
    world.database.execute(
        "INSERT INTO pos_sync_claims (claim_key, holder, claimed_at, lease_until, settled_at, "
        "row_id, order_id, provider, revision, takeovers) VALUES ('pos-sync:A1:square', 'x', 1, 0, "
        "2, 1, 'A1', 'square', 1, 2)");
    tick(world);
    pos::drain::Tick alone(Worker::test_settings(), "t2", "cron", "seed of t2");
    alone.only_suspects();
    play(world, std::move(alone));
  };
  all["other: what was booked comes once more: the same, another content, of another restaurant"] =
      [] {
        World world;
        for (const char* id : {"D1", "D2", "D3"}) world.enqueue(id);
        tick(world);
        world.enqueue("D1");
        world.enqueue("D2", "", 9900);
        world.enqueue("D3", "r2");
        tick(world, {}, "t2");
      };
  all["other: a revision behind one that is open, and one before one that is known"] = [] {
    World world;
    world.database.execute(
        "INSERT INTO pos_sync_queue (order_id, revision, payload) VALUES ('E1', 2, ?1), ('E2', 1, "
        "?1)",
        {world::payload()});
    world.database.execute(
        "INSERT INTO pos_sync_ledger (order_id, provider, revision, in_doubt_since, booked_at) "
        "VALUES ('E1', 'square', 1, 5, NULL), ('E2', 'square', 3, NULL, 5)");
    tick(world);
  };
  all["other: a payload that is too large, and one that is no UTF-8"] = [] {
    World world;
    world.database.execute(
        "INSERT INTO pos_sync_queue (order_id, payload) VALUES ('F1', replace(hex(zeroblob("
        "263000)), '00', 'x'))");
    std::string broken = world::payload();
    broken.replace(broken.find("Adana"), 1, "\xff");
    std::string hex;
    for (const char each : broken) {
      const char* digits = "0123456789abcdef";
      hex += digits[static_cast<unsigned char>(each) / 16];
      hex += digits[static_cast<unsigned char>(each) % 16];
    }
    world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES ('F2', CAST(x'" +
                           hex + "' AS TEXT))");
    tick(world);
  };
  // Each reason to look, with the order at Square and without it.
  for (const char* why : {"conflict", "rejected", "attempts", "cancel", "keyless", "account"}) {
    for (const bool is_there : {false, true}) {
      all["other: looked for because of " + std::string(why) +
          (is_there ? ", and there" : ", and not there")] = [why = std::string(why), is_there] {
        World world;
        enqueue_paid(world, "G1");
        Script script;
        script.square.push_back(ends(is_there ? RequestFault::lost : RequestFault::failed));
        tick(world, std::move(script));
        world.pass(400'000);
        world.database.execute("UPDATE pos_sync_ledger SET look_because = ?1", {why});
        world.database.execute("UPDATE pos_sync_queue SET next_attempt_at = 0");
        for (const char* id : {"t2", "t3", "t4"}) {
          if (world.status("G1") == "success" || world.status("G1") == "dead") break;
          tick(world, {}, id);
          world.pass(700'000);
        }
      };
    }
  }
  all["other: a webhook has named the order that is in doubt"] = [] {
    World world;
    world.enqueue("H1");
    Script script;
    script.square.push_back(ends(RequestFault::lost));
    tick(world, std::move(script));
    world.database.execute(
        "INSERT INTO pos_webhook_events (event_id, type, location_id, external_order_id, "
        "taken_by, received_at) SELECT 'e1', 'order.created', 'L1', 'O1', 'x', " +
        std::to_string(world.database.now_ms));
    world.pass(400'000);
    tick(world, {}, "t2");
  };
  for (const bool paid : {false, true}) {
    all[std::string("other: replayed behind a definite no to its ") +
        (paid ? "payment" : "order")] = [paid] {
      World world;
      enqueue_paid(world, "I1");
      for (const char* id : {"t1", "t2"}) {
        Script script;
        if (paid && *(id + 1) == '1') script.square.push_back(ends(RequestFault::none));
        script.square.push_back(refuses(400, "VALUE_TOO_LONG"));
        tick(world, std::move(script), id);
        world.pass(300'000);
        world.database.execute(
            "UPDATE pos_sync_queue SET status = 'pending', attempts = 0, next_attempt_at = 0");
      }
      tick(world, {}, "t3");
    };
  }
  all["other: a look without an end"] = [] {
    World world;
    world.enqueue("J1");
    world.enqueue("J2");
    Script script;
    script.square = {ends(RequestFault::failed), ends(RequestFault::failed)};
    tick(world, std::move(script));
    world.pass(400'000);
    world.database.execute("UPDATE pos_sync_ledger SET look_because = 'conflict'");
    world.database.execute("UPDATE pos_sync_queue SET next_attempt_at = 0");
    world.square.endless = true;
    pos::Settings settings = Worker::test_settings();
    settings.subrequest_budget = 40;
    tick(world, {}, "t2", std::move(settings));
  };
  all["other: little is left to spend: requests, time, slots, and a queue that is kept"] = [] {
    for (int which = 0; which < 6; ++which) {
      World world;
      for (int i = 0; i < 3; ++i) world.enqueue("K" + std::to_string(i));
      pos::Settings settings = Worker::test_settings();
      if (which == 0) settings.subrequest_budget = 20;
      if (which == 1) settings.subrequest_budget = 12;
      if (which == 2) settings.wall_budget_ms = settings.push_timeout_ms + 40;
      if (which == 3)
        settings.lease_ms = settings.push_timeout_ms + settings.quiet_on_clock_ms() + 30;
      if (which == 4) settings.concurrency = 1;
      if (which == 5) {
        settings.batch_size = 2;
        settings.queue_retention_days = 0;
      }
      tick(world, {}, "t1", std::move(settings));
    }
  };
  all["other: an account that is throttled, and one that probes"] = [] {
    for (const char* sql : {"UPDATE pos_accounts SET pace = 1",
                            "UPDATE pos_accounts SET breaker_opens = 1, unknown_run = 5"}) {
      World world;
      for (int i = 0; i < 4; ++i) world.enqueue("L" + std::to_string(i));
      world.database.execute(sql);
      tick(world);
    }
  };
  all["other: D1 fails while a token is renewed, and an order is refused for its token"] = [] {
    for (int good = 1; good < 4; ++good) {
      World world;
      world.database.execute(
          "UPDATE pos_accounts SET token = 'v1.k.old.x', refresh_token = 'v1.k.r.x', "
          "token_version = 3, renewal_at = 9000000000000");
      world.enqueue("M1");
      Script script;
      script.square.push_back(refuses(401, "UNAUTHORIZED", "AUTHENTICATION_ERROR"));
      script.square.push_back([](World&, const FetchCommand&) {
        return replied(200, R"({"access_token":"v1.k.new.x","expires_at":"2026-12-28T00:00:00Z"})");
      });
      if (good < 3) {
        script.d1.assign(static_cast<std::size_t>(good) + 1, "");
        for (int i = 0; i < 4; ++i) script.d1.emplace_back("Network connection lost.");
      }
      tick(world, std::move(script));
    }
  };
  return all;
}

/// Plays those stories whose names begin so; the history of the test holds what becomes of each.
void play_all(const std::string& prefix) {
  int count = 0;
  for (const auto& each : stories()) {
    const std::string& name = each.first;
    if (name.rfind(prefix, 0) != 0) continue;
    CAPTURE(name);
    if (world::on_history) world::on_history("=== " + name);
    each.second();
    ++count;
  }
  CHECK(count > 0);
}

}  // namespace

TEST_CASE("whatever answers a request for an order, the order is sold once at most") {
  play_all("order: ");
}

TEST_CASE("whatever answers a request for a payment, its order is sold and paid once at most") {
  play_all("payment: ");
}

TEST_CASE("whatever befalls a tick, no order is sold twice") { play_all("other: "); }

}  // namespace tick_stories_test
