// What Square refuses to an account as a whole: its orders wait with the words, none of them dies
// of it, and what was refused goes out as it would be mapped once an operator has put it right.
#include <doctest/doctest.h>

#include <functional>
#include <map>

#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace account_refused_test {

using world::Answer;
using world::RequestFault;
using world::Worker;
using world::World;

namespace {
using duration::minute;

/// A Square that refuses what it likes, and may answer a key that it has refused with the same
/// refusal for ever.
struct Picky {
  using Refuses = std::function<std::string(const std::string& url, const std::string& body)>;

  explicit Picky(World& the_world, Refuses what, bool saves_refusals = false)
      : world(the_world), refuses(std::move(what)), saves(saves_refusals) {}

  World& world;
  Refuses refuses;  // the errors of a body, or ""
  bool saves = false;
  std::map<std::string, std::string> saved;
  int tick = 0;

  static std::string key_of(const std::string& body) {
    pos::json::Document document;
    REQUIRE(document.parse(body));
    return std::string(document.root()["idempotency_key"].text());
  }

  void drain(pos::Settings settings = Worker::test_settings()) {
    Worker worker(world, "t" + std::to_string(++tick), std::move(settings));
    while (worker.run_until(world::is_fetch)) {
      const auto command = std::get<pos::io::FetchCommand>(worker.take());
      std::string errors;
      if (command.method == pos::io::Method::post &&
          command.url.find("/search") == std::string::npos) {
        const std::string key = key_of(command.body);
        errors = saves && saved.count(key) > 0 ? saved[key] : refuses(command.url, command.body);
        if (!errors.empty()) saved[key] = errors;
      }
      if (errors.empty()) {
        worker.answer(command, worker.apply(command));
        continue;
      }
      world.square.note(command.body);
      Answer answer;
      answer.reply = {400, R"({"errors":[)" + errors + "]}"};
      worker.answer(command, answer);
    }
  }
};

std::string error(const std::string& code, const std::string& detail = "as the test wants it",
                  const std::string& field = "") {
  return R"({"category":"INVALID_REQUEST_ERROR","code":")" + code + R"(","detail":")" + detail +
         "\"" + (field.empty() ? "" : R"(,"field":")" + field + "\"") + "}";
}

Picky::Refuses everything(const std::string& errors) {
  return [=](const std::string&, const std::string&) { return errors; };
}
std::string nothing(const std::string&, const std::string&) { return {}; }

void enqueue_many(World& world, int count, int from = 0) {
  for (int i = from; i < from + count; ++i) world.enqueue("A" + std::to_string(i));
}
void enqueue_paid(World& world, const std::string& order_id) {
  world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES ('" + order_id +
                         "', '" + world::payload(35000, true) + "')");
}

std::int64_t count(World& world, const std::string& where) {
  return world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE " + where);
}
std::int64_t lines(World& world, const std::string& event) {
  return world.database.integer("SELECT count(*) FROM pos_sync_audit WHERE event = '" + event +
                                "'");
}
std::string account(World& world, const std::string& column) {
  return world.database.text("SELECT " + column + " FROM pos_accounts");
}
void replay(World& world, const std::string& order_id) {
  world.database.execute(
      "UPDATE pos_sync_queue SET status = 'pending', attempts = 0, next_attempt_at = 0 "
      "WHERE order_id = '" +
      order_id + "'");
}

}  // namespace

TEST_CASE("an evening's orders do not die one by one of what Square refuses to their account") {
  for (const std::string& each :
       {error("BAD_REQUEST", "This account has not been enabled to take payments"),
        error("INVALID_LOCATION"), error("LOCATION_MISMATCH"), error("UNSUPPORTED_COUNTRY"),
        error("API_VERSION_INCOMPATIBLE"), error("CLIENT_DISABLED"), error("UNSUPPORTED_PLANET"),
        error("MERCHANT_SUBSCRIPTION_NOT_FOUND"),
        error("INVALID_VALUE", "Location `L9` not found", "order.location_id")}) {
    CAPTURE(each);
    World world;
    enqueue_many(world, 20);
    Picky square(world, everything(each));
    for (int i = 0; i < 8; ++i) {
      square.drain();
      CHECK(count(world, "status = 'dead'") == 0);
      CHECK(account(world, "pause_reason") == "refused");
      CHECK_FALSE(account(world, "refused_since").empty());
      world.pass(70 * minute);
    }
    CHECK(world.database.integer("SELECT max(attempts) FROM pos_sync_queue") == 0);
    CHECK(account(world, "pause_detail").rfind("400 ", 0) == 0);
    CHECK(world.square.bodies.size() <= 6 + 8);  // those that were out, then one a tick
    square.refuses = nothing;
    world.pass(24 * 60 * minute);
    square.drain();
    CHECK(count(world, "status = 'success'") == 20);
    CHECK(world.square.orders.size() == 20);
    CHECK(account(world, "refused_since").empty());
    CHECK(account(world, "pause_reason").empty());
  }
}

TEST_CASE("five equal refusals of different orders pause the account, and nothing dies of them") {
  World world;
  enqueue_many(world, 20);
  Picky square(world, everything(error("BAD_REQUEST", "computer says no")));
  square.drain();
  CHECK(count(world, "status = 'dead'") == 0);
  CHECK(world.database.integer("SELECT max(attempts) FROM pos_sync_queue") == 0);
  CHECK(account(world, "pause_reason") == "refused");
  CHECK(account(world, "pause_detail").find("computer says no") != std::string::npos);
  CHECK_FALSE(account(world, "refused_since").empty());
  for (int i = 0; i < 5; ++i) {
    world.pass(70 * minute);
    square.drain();
  }
  CHECK(count(world, "status = 'dead'") == 0);
  square.refuses = nothing;
  world.pass(70 * minute);
  square.drain();
  CHECK(count(world, "status = 'success'") == 20);
  CHECK(world.square.orders.size() == 20);
}

TEST_CASE(
    "what is brought back loses the attempt of the refusal alone, and none of the earlier ones") {
  World world;
  Picky square(world, everything(error("BAD_REQUEST", "computer says no")));
  for (int i = 0; i < 5; ++i) {
    enqueue_many(world, 1, i);
    if (i == 0) world.database.execute("UPDATE pos_sync_queue SET attempts = 2");
    square.drain();
    world.pass(30 * minute);
  }
  CHECK(count(world, "status = 'dead'") == 0);
  CHECK(world.database.integer("SELECT attempts FROM pos_sync_queue WHERE order_id = 'A0'") == 2);
}

TEST_CASE("an order that another worker holds is not brought back under its hands") {
  World world;
  Picky square(world, everything(error("BAD_REQUEST", "computer says no")));
  for (int i = 0; i < 5; ++i) {
    enqueue_many(world, 1, i);
    if (i == 4) {
      world.database.execute(
          "UPDATE pos_sync_claims SET holder = 'another', settled_at = NULL, lease_until = 9e15 "
          "WHERE claim_key LIKE '%A0%'");
    }
    square.drain();
    world.pass(30 * minute);
  }
  CHECK(world.status("A0") == "dead");
  CHECK(count(world, "status = 'dead'") == 1);
}

TEST_CASE("what died before the fifth equal refusal, some ticks earlier, is brought back") {
  World world;
  Picky square(world, everything(error("BAD_REQUEST", "computer says no")));
  for (int i = 0; i < 4; ++i) {
    enqueue_many(world, 1, i);
    square.drain();
    CHECK(world.status("A" + std::to_string(i)) == "dead");
    world.pass(30 * minute);
  }
  CHECK(account(world, "pause_reason").empty());
  enqueue_many(world, 1, 4);
  square.drain();
  CHECK(count(world, "status = 'dead'") == 0);
  CHECK(lines(world, "brought_back") == 4);
  CHECK(world.database.integer("SELECT sum(attempts) FROM pos_sync_queue") == 0);
  CHECK(world.error("A0").rfind("account_refused: ", 0) == 0);
  square.refuses = nothing;
  world.pass(70 * minute);
  square.drain();
  CHECK(count(world, "status = 'success'") == 5);
}

TEST_CASE("one bad order is dead at once, and its replays are no run of refusals") {
  World world;
  enqueue_many(world, 3);
  Picky square(world, [](const std::string&, const std::string& body) {
    return body.find("\"A1\"") != std::string::npos
               ? error("VALUE_TOO_LONG", "no", "order.line_items[0].note")
               : std::string();
  });
  square.drain();
  CHECK(world.status("A1") == "dead");
  CHECK(world.error("A1").rfind("rejected: ", 0) == 0);
  CHECK(count(world, "status = 'success'") == 2);
  for (int i = 0; i < 7; ++i) {
    replay(world, "A1");
    square.drain();
    CHECK(world.status("A1") == "dead");
    world.pass(10 * minute);
  }
  CHECK(account(world, "pause_reason").empty());
}

TEST_CASE("other refusals, or a success between them, are about the orders they name") {
  World world;
  int asked = 0;
  Picky square(world, [&](const std::string&, const std::string&) {
    ++asked;
    return error(asked % 2 == 0 ? "VALUE_TOO_LONG" : "VALUE_EMPTY");
  });
  enqueue_many(world, 12);
  square.drain();
  CHECK(count(world, "status = 'dead'") == 12);
  enqueue_many(world, 12, 12);
  square.refuses = [&](const std::string&, const std::string&) {
    return ++asked % 4 == 0 ? std::string() : error("VALUE_TOO_LONG");
  };
  square.drain();
  CHECK(count(world, "status = 'dead'") == 12 + 9);
  CHECK(account(world, "pause_reason").empty());
}

TEST_CASE("orders that are refused for what they are end with a human once others are served") {
  World world;
  enqueue_many(world, 7);
  Picky square(world, everything(error("VALUE_TOO_LONG")));
  square.drain();
  CHECK(count(world, "status = 'dead'") == 0);
  world.enqueue("good");
  square.refuses = [](const std::string&, const std::string& body) {
    return body.find("\"good\"") != std::string::npos ? std::string() : error("VALUE_TOO_LONG");
  };
  for (int i = 0; i < 20; ++i) {
    world.pass(70 * minute);
    square.drain();
  }
  CHECK(world.status("good") == "success");
  CHECK(count(world, "status = 'dead'") == 7);
  CHECK(account(world, "refused_since").empty());
}

TEST_CASE("one order that Square refuses as if it were the account stops no other for ever") {
  World world;
  world.enqueue("bad");
  enqueue_many(world, 30);
  Picky square(world, [](const std::string&, const std::string& body) {
    return body.find("\"bad\"") != std::string::npos ? error("UNSUPPORTED_CURRENCY")
                                                     : std::string();
  });
  for (int i = 0; i < 4; ++i) {
    square.drain();
    world.pass(70 * minute);
  }
  CHECK(count(world, "status = 'success'") == 30);
  for (int i = 0; i < 30; ++i) {
    enqueue_many(world, 1, 100 + i);
    square.drain();
    world.pass(70 * minute);
  }
  CHECK(count(world, "status = 'success'") == 60);
  CHECK(world.status("bad") == "dead");
}

TEST_CASE(
    "after the location was corrected what waits and what is replayed is sold at the new one") {
  for (const bool saves : {false, true}) {
    CAPTURE(saves);
    World world;
    Picky square(
        world,
        [](const std::string&, const std::string& body) {
          return body.find(R"("location_id":"L1")") != std::string::npos
                     ? error("NOT_FOUND", "no such place")
                     : std::string();
        },
        saves);
    enqueue_many(world, 3);
    enqueue_paid(world, "P");
    square.drain();
    CHECK(count(world, "status = 'dead'") == 4);
    pos::Settings corrected = Worker::test_settings();
    corrected.location_id = "L2";
    for (const char* each : {"A0", "A1", "A2", "P"}) replay(world, each);
    world.pass(minute);
    square.drain(corrected);
    CHECK(count(world, "status = 'success'") == 4);
    CHECK(world.square.orders.size() == 4);
    CHECK(world.square.payments.size() == 1);
    CHECK(lines(world, "frozen_again") == 4);
    for (const auto& each : world.square.orders) {
      CHECK(each.body.find(R"("location_id":"L2")") != std::string::npos);
      CHECK(each.key.find(":n1") != std::string::npos);
    }
  }
}

TEST_CASE("what is in doubt is never frozen once more, whatever it was refused before") {
  World world;
  world.enqueue("A1");
  Picky square(world, everything(error("VALUE_TOO_LONG")));
  square.drain();
  replay(world, "A1");
  {
    Worker worker(world, "u");
    REQUIRE(worker.run_until(world::is_fetch));
    worker.perform(RequestFault::failed);
    worker.run();
  }
  const std::string frozen = world.database.text("SELECT request FROM pos_sync_ledger");
  CHECK(world.database.text("SELECT refused_at FROM pos_sync_ledger").empty());
  pos::Settings corrected = Worker::test_settings();
  corrected.location_id = "L2";
  square.refuses = nothing;
  for (int i = 0; i < 3; ++i) {
    world.pass(30 * minute);
    square.drain(corrected);
  }
  CHECK(world.database.text("SELECT request FROM pos_sync_ledger") == frozen);
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders.size() == 1);
}

TEST_CASE("a worker that goes away with what was refused before leaves it in doubt") {
  World world;
  world.enqueue("A1");
  Picky square(world, everything(error("VALUE_TOO_LONG")));
  square.drain();
  replay(world, "A1");
  {
    Worker dying(world, "d");
    REQUIRE(dying.run_until(world::is_fetch));
    const auto command = std::get<pos::io::FetchCommand>(dying.take());
    (void)dying.apply(command);  // it lands, and nobody hears of it
  }
  square.refuses = nothing;
  for (int i = 0; i < 4; ++i) {
    world.pass(30 * minute);
    square.drain();
  }
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders.size() == 1);
}

TEST_CASE(
    "a replayed order whose worker died before it sent anything is not in doubt under the key that "
    "Square has refused") {
  World world;
  world.enqueue("A1");
  Picky square(world, everything(error("VALUE_TOO_LONG")), true);
  square.drain();
  REQUIRE(world.status("A1") == "dead");
  replay(world, "A1");
  {
    Worker dying(world, "d");
    REQUIRE(dying.run_until(world::is_freeze));  // it has claimed, and goes away
  }
  square.refuses = nothing;
  world.pass(30 * minute);
  square.drain();
  CHECK(world.status("A1") == "success");
  CHECK(lines(world, "taken_over") == 1);
  CHECK(lines(world, "order_rejected") == 1);
  REQUIRE(world.square.orders.size() == 1);
  CHECK(world.square.orders.front().key.find(":n1") != std::string::npos);
}

TEST_CASE("a worker that died behind the second freeze of a refused order leaves it in doubt") {
  World world;
  world.enqueue("A1");
  Picky square(world, everything(error("VALUE_TOO_LONG")));
  square.drain();
  replay(world, "A1");
  {
    Worker dying(world, "d");
    REQUIRE(dying.run_until(world::is_fetch));
    CHECK(world.database.text("SELECT refused_at FROM pos_sync_ledger").empty());
  }
  world.pass(30 * minute);
  {
    Worker next(world, "e");
    REQUIRE(next.run_until(world::is_fetch));
    CHECK_FALSE(world.database.text("SELECT in_doubt_since FROM pos_sync_ledger").empty());
  }
}

TEST_CASE("what was frozen once more and not sent is frozen for the location that is set next") {
  World world;
  world.enqueue("A1");
  Picky square(world, everything(error("VALUE_TOO_LONG")));
  square.drain();
  replay(world, "A1");
  const std::string refused = world.database.text("SELECT refused_at FROM pos_sync_ledger");
  {
    Worker late(world, "l");
    REQUIRE(late.run_until(world::is_freeze));
    late.wait(14 * minute);  // too late in its lease to send anything
    late.run();
  }
  CHECK(lines(world, "given_back") == 1);
  CHECK(world.database.text("SELECT refused_at FROM pos_sync_ledger") == refused);
  square.refuses = nothing;
  pos::Settings corrected = Worker::test_settings();
  corrected.location_id = "L2";
  world.pass(30 * minute);
  square.drain(corrected);
  CHECK(world.status("A1") == "success");
  REQUIRE(world.square.orders.size() == 1);
  CHECK(world.square.orders.front().body.find(R"("location_id":"L2")") != std::string::npos);
}

namespace {

/// A1 was sent, and no answer came: at Square it stands, or it does not.
void lose(World& world, bool there) {
  Worker losing(world, "losing");
  REQUIRE(losing.run_until(world::is_fetch));
  losing.perform(there ? RequestFault::lost : RequestFault::failed);
  losing.run();
  REQUIRE_FALSE(world.database.text("SELECT in_doubt_since FROM pos_sync_ledger").empty());
}

}  // namespace

TEST_CASE(
    "an order in doubt does not wait for a day because Square repeats what it has refused to the "
    "account") {
  for (const bool there : {false, true}) {
    CAPTURE(there);
    World world;
    world.enqueue("A1");
    lose(world, there);
    Picky square(world, everything(error("INVALID_LOCATION")), true);
    world.pass(10 * minute);
    square.drain();
    CHECK(world.status("A1") == "failed");
    square.refuses = nothing;  // the account is put right; the key that was refused stays refused
    for (int i = 0; i < 6; ++i) {
      world.pass(20 * minute);
      square.drain();
    }
    CHECK(world.status("A1") == "success");
    CHECK(world.square.orders.size() == 1);
    CHECK(lines(world, "look_found_unpaid") + lines(world, "look_found") == (there ? 1 : 0));
  }
}

TEST_CASE(
    "an order in doubt whose location was wrong does not shut its account against the others for a "
    "day") {
  World world;
  world.enqueue("A1");
  lose(world, false);
  const auto closed = [](const std::string&, const std::string& body) {
    return body.find(R"("location_id":"L1")") == std::string::npos ? std::string()
                                                                   : error("INVALID_LOCATION");
  };
  Picky square(world, closed);
  world.pass(10 * minute);
  square.drain();
  pos::Settings corrected = Worker::test_settings();
  corrected.location_id = "L2";
  for (int i = 0; i < 8; ++i) {
    world.pass(20 * minute);
    square.drain(corrected);
  }
  CHECK(world.status("A1") == "success");
  CHECK(account(world, "pause_reason").empty());
  CHECK(lines(world, "order_account_refused") <= 2);
  REQUIRE(world.square.orders.size() == 1);
  CHECK(world.square.orders.front().body.find(R"("location_id":"L2")") != std::string::npos);
}

TEST_CASE("payments that the account may not take hold, and go on with the payment alone") {
  for (const bool saves : {false, true}) {
    CAPTURE(saves);
    World world;
    for (int i = 0; i < 8; ++i) enqueue_paid(world, "P" + std::to_string(i));
    Picky square(
        world,
        [](const std::string& url, const std::string&) {
          return url.find("/v2/payments") != std::string::npos
                     ? error("BAD_REQUEST", "computer says no")
                     : std::string();
        },
        saves);
    for (int i = 0; i < 4; ++i) {
      square.drain();
      CHECK(count(world, "status = 'dead'") == 0);
      world.pass(70 * minute);
    }
    CHECK(account(world, "pause_reason") == "refused");
    pos::Settings corrected = Worker::test_settings();
    corrected.location_id = "L2";  // what stands at Square stands where it stands
    square.refuses = nothing;
    for (int i = 0; i < 2; ++i) {
      square.drain(corrected);
      world.pass(70 * minute);
    }
    CHECK(count(world, "status = 'success'") == 8);
    CHECK(world.square.orders.size() == 8);
    CHECK(world.square.payments.size() == 8);
    for (const auto& each : world.square.payments) {
      const bool there =
          world.square.orders.front().body.find(R"("location_id":"L1")") != std::string::npos;
      CHECK((each.body.find(R"("location_id":"L1")") != std::string::npos) == there);
    }
  }
}

TEST_CASE("an order that was entered by hand meanwhile is not brought back") {
  World world;
  Picky square(world, everything(error("BAD_REQUEST", "computer says no")));
  enqueue_many(world, 4);
  square.drain();
  CHECK(count(world, "status = 'dead'") == 4);
  world.database.execute(
      "UPDATE pos_sync_queue SET status = 'success', last_error = NULL WHERE order_id = 'A0'");
  world.database.execute(
      "UPDATE pos_sync_ledger SET booked_at = 1, external_order_id = 'HAND' WHERE order_id = 'A1'");
  world.enqueue("A2");  // somebody has enqueued it again
  enqueue_many(world, 2, 4);
  world.pass(minute);
  square.drain();
  CHECK(world.status("A0") == "success");
  CHECK(world.status("A1") == "dead");
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE order_id = 'A2' AND "
                               "status IN ('pending', 'failed')") == 1);
  CHECK(world.status("A3") == "failed");
}

TEST_CASE("only what died of a refusal is brought back, and nothing that a person must look at") {
  World world;
  Picky square(world, everything(error("BAD_REQUEST", "computer says no")));
  enqueue_many(world, 4);
  square.drain();
  const auto died = [&](const char* order_id, const char* of) {
    world.database.execute("UPDATE pos_sync_queue SET last_error = ?2 WHERE order_id = ?1",
                           {order_id, of});
  };
  died("A0", "unknown_outcome: nobody knows whether it was booked");
  died("A1", "payment_rejected: computer says no");
  died("A2", "payload: items: missing");
  enqueue_many(world, 1, 4);
  world.pass(minute);
  square.drain();
  CHECK(world.status("A0") == "dead");
  CHECK(world.error("A0").rfind("unknown_outcome: ", 0) == 0);
  CHECK(world.status("A1") == "failed");
  CHECK(world.error("A1") == "account_refused: computer says no");
  CHECK(world.status("A2") == "dead");
  CHECK(world.status("A3") == "failed");
  CHECK(lines(world, "brought_back") == 2);
}

TEST_CASE("an order that was refused in another run before counts in the next one, and once") {
  World world;
  Picky square(world, everything(error("VALUE_TOO_LONG")));
  enqueue_many(world, 4);
  square.drain();
  REQUIRE(count(world, "status = 'dead'") == 4);
  world.pass(30 * minute);
  square.refuses = everything(error("VALUE_TOO_SHORT"));
  enqueue_many(world, 1, 4);
  square.drain();
  CHECK(account(world, "refusal_run") == "1");
  for (const char* again : {"A0", "A1", "A2"}) {
    world.pass(30 * minute);
    replay(world, again);
    square.drain();
  }
  CHECK(account(world, "refusal_run") == "4");
  for (const char* counted : {"A2", "A4"}) {
    world.pass(30 * minute);
    replay(world, counted);
    square.drain();
    CHECK(account(world, "refusal_run") == "4");
  }
  CHECK(count(world, "status = 'dead'") == 5);
  world.pass(30 * minute);
  replay(world, "A3");
  square.drain();
  CHECK(account(world, "pause_reason") == "refused");
  CHECK(count(world, "status = 'dead'") == 0);
}

TEST_CASE("five refusals are equal whatever the order of their errors, and nothing dies of them") {
  World world;
  enqueue_many(world, 12);
  int asked = 0;
  const std::string one = error("INVALID_VALUE", "no");
  const std::string other = error("BAD_REQUEST", "computer says no");
  Picky square(world, [&](const std::string&, const std::string&) {
    return ++asked % 2 == 0 ? one + "," + other : other + "," + one;
  });
  square.drain();
  CHECK(count(world, "status = 'dead'") == 0);
  CHECK(account(world, "pause_reason") == "refused");
}

TEST_CASE("two restaurants with accounts of their own do not share a run of refusals") {
  World world;
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, location_id) VALUES ('x', 'LX'), ('y', 'LY')");
  for (int i = 0; i < 3; ++i) {
    world.enqueue("X" + std::to_string(i), "x");
    world.enqueue("Y" + std::to_string(i), "y");
  }
  Picky square(world, everything(error("BAD_REQUEST", "computer says no")));
  square.drain();
  CHECK(count(world, "status = 'dead'") == 6);
  CHECK(world.database.integer("SELECT max(refusal_run) FROM pos_accounts") == 3);
}

TEST_CASE("five refusals of one restaurant bring back no dead order of another one's account") {
  World world;
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, location_id) VALUES ('x', 'LX'), ('y', 'LY')");
  world.enqueue("X", "x");
  for (int i = 0; i < 5; ++i) world.enqueue("Y" + std::to_string(i), "y");
  Picky square(world, everything(error("BAD_REQUEST", "computer says no")));
  square.drain();
  CHECK(world.status("X") == "dead");
  CHECK(world.error("X").rfind("rejected: ", 0) == 0);
  CHECK(count(world, "status = 'dead'") == 1);
}

TEST_CASE("orders that are taken between payments that are refused do not hide the run of those") {
  World world;
  for (int i = 0; i < 6; ++i) enqueue_paid(world, "P" + std::to_string(i));
  Picky square(world, [](const std::string& url, const std::string&) {
    return url.find("/v2/payments") != std::string::npos ? error("BAD_REQUEST", "computer says no")
                                                         : std::string();
  });
  pos::Settings settings = Worker::test_settings();
  settings.concurrency = 1;  // each order before its payment, and that before the next order
  square.drain(settings);
  CHECK(count(world, "status = 'dead'") == 0);
  CHECK(account(world, "pause_reason") == "refused");
}

TEST_CASE("an account that serves is not paused, not even for a moment") {
  World world;
  enqueue_many(world, 3);
  Picky square(world, nothing);
  square.drain();
  CHECK(count(world, "status = 'success'") == 3);
  CHECK(world.database.integer("SELECT count(*) FROM pos_accounts WHERE paused_until > 0") == 0);
}

TEST_CASE("an order that an account refused once more, after it served others, says so") {
  World world;
  world.enqueue("bad");
  enqueue_many(world, 3);
  Picky square(world, [](const std::string&, const std::string& body) {
    return body.find("\"bad\"") != std::string::npos ? error("UNSUPPORTED_CURRENCY")
                                                     : std::string();
  });
  std::string words;
  for (int i = 0; i < 8 && world.status("bad") != "dead"; ++i) {
    square.drain();
    if (world.status("bad") == "failed") words = world.error("bad");
    world.pass(70 * minute);
  }
  CHECK(words.rfind("account_refused: 400 ", 0) == 0);
  CHECK(lines(world, "order_account_refused") > 1);
}

}  // namespace account_refused_test
