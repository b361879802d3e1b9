// What ticks ask of D1 and of Square, to the letter, and what is in the tables behind them: one
// record of short stories, each about one way in which a tick can go. A change of what is sent or
// written shows there before it shows at a till.
//
// POS_SYNC_UPDATE_GOLDEN=1 writes the record anew; what has changed in it is to be read.
#include <doctest/doctest.h>

#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "changes.hpp"
#include "drain/tick.hpp"
#include "io/command.hpp"
#include "json/utf8.hpp"
#include "world/worker.hpp"

namespace tick_record_test {

using pos::io::Command;
using pos::io::D1Command;
using pos::io::FetchCommand;
using world::Answer;
using world::End;
using world::Worker;
using world::World;

namespace {

const std::string file_name = std::string(POS_SYNC_SOURCE_DIR) + "/tests/golden/ticks.txt";

/// When each world begins.
constexpr std::int64_t began_ms = 1'795'000'000'000;

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
std::function<Answer(World&, const FetchCommand&)> ends(End end) {
  return [=](World& world, const FetchCommand& fetch) {
    return world::ask_square(world, fetch.url, fetch.body, end);
  };
}

/// A text that other tests hold letter by letter, such as an order's body, as its size and a
/// A text as its size and a number that is another one for another text.
std::string numbered(const std::string& text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char each : text) {
    hash = (hash ^ static_cast<unsigned char>(each)) * 1099511628211ULL;
  }
  return "#" + std::to_string(text.size()) + ":" + std::to_string(hash % 1'000'000'007);
}

/// What other tests hold letter by letter, such as an order's body, as such a number. Of a list of
/// what is written the members that say nothing are left out.
std::string brief(const std::string& text) {
  if (text.find("line_items") != std::string::npos) return numbered(text);
  if (text.rfind("[{", 0) != 0) return text;
  std::string told;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    if (text[at] == ',' && text[at + 1] == '"') {
      const std::size_t colon = text.find("\":", at + 2);
      for (const std::string_view nothing : {"0", "null", "\"\"", "\"keep\"", "\"none\""}) {
        if (colon == std::string::npos || text.compare(colon + 2, nothing.size(), nothing) != 0) {
          continue;
        }
        const std::size_t behind = colon + 2 + nothing.size();
        if (text[behind] == ',' || text[behind] == '}') end = behind;
      }
    }
    if (end == at) {
      told += text[at++];
    } else {
      at = end;
    }
  }
  return told;
}

class Recorder {
 public:
  Recorder(World& world, pos::Settings settings, const std::string& id, const std::string& actor,
           Script script)
      : world_(world), script_(std::move(script)), tick_(std::move(settings), id, actor, "seed") {}

  pos::drain::Tick& tick() { return tick_; }
  /// Of a new record nothing has been told.
  static void forget() { told_.clear(); }

  std::string run() {
    const changes::Rows before = rows();
    pos::io::Commands out;
    tick_.start(out);
    receive(std::move(out));
    while (!done_ && !commands_.empty()) perform();
    return text_ + changes::between(before, rows());
  }

 private:
  changes::Rows rows() {
    changes::Rows all = changes::snapshot(world_.database, began_ms);
    for (auto& [key, row] : all) {
      for (auto& [column, text] : row) {
        // What a row has from the first is told by what it does not say.
        text = text == "0" || text.empty() ? "-" : brief(text);
      }
    }
    return all;
  }
  static std::string named(const pos::io::Credential& credential) {
    return "[" + credential.secret + "|" + credential.sealed + "|" + credential.bound_to + "]";
  }
  void receive(pos::io::Commands commands) {
    for (Command& each : commands) {
      if (const auto* done = std::get_if<pos::io::DoneCommand>(&each)) {
        done_ = true;
        text_ += "done " + std::to_string(done->status) + " " + done->body + " next " + done->next +
                 "\n";
      } else if (const auto* line = std::get_if<pos::io::LogCommand>(&each)) {
        text_ += "log " + std::to_string(static_cast<int>(line->level)) + " " + line->message +
                 " " + line->fields + "\n";
      } else {
        if (const auto* batch = std::get_if<D1Command>(&each)) tell(*batch);
        if (const auto* fetch = std::get_if<FetchCommand>(&each)) tell(*fetch);
        if (const auto* sleep = std::get_if<pos::io::SleepCommand>(&each)) {
          text_ +=
              std::to_string(sleep->id) + " sleep " + std::to_string(sleep->duration_ms) + "\n";
        }
        commands_.push_back(std::move(each));
      }
    }
  }
  void tell(const D1Command& batch) {
    std::string names;
    for (const auto statement : batch.statements) {
      names += " " + std::string(pos::store::name_of(statement));
    }
    const std::string first(pos::store::name_of(batch.statements.front()));
    text_ += std::to_string(batch.id) + " d1 " + first + " and " +
             std::to_string(batch.statements.size() - 1) + " more " + numbered(names);
    for (const std::string& each : batch.parameters) {
      text_ += told_.insert(each).second ? "\n  " + brief(each) : "\n  as before";
    }
    text_ += "\n";
  }
  void tell(const FetchCommand& fetch) {
    text_ += std::to_string(fetch.id) +
             (fetch.method == pos::io::Method::get ? " get " : " post ") + fetch.url + " " +
             fetch.square_version + " " + named(fetch.credential) + " " +
             std::to_string(fetch.timeout_ms) + " " + brief(fetch.body) + " " + fetch.fillings +
             " " + fetch.seals + "\n";
  }
  void feed(const pos::io::Outcome& outcome) {
    pos::io::Commands out;
    tick_.step({elapsed_ms_, {outcome}}, out);
    receive(std::move(out));
  }
  void perform() {
    auto next = std::find_if(commands_.begin(), commands_.end(), [](const Command& each) {
      return !std::holds_alternative<pos::io::SleepCommand>(each);
    });
    if (next == commands_.end()) next = commands_.begin();
    const Command command = *next;
    commands_.erase(next);
    pos::io::Outcome outcome;
    pos::json::Document results;
    // Time passes for D1 and for the worker, so that no time stands for another.
    elapsed_ms_ += 11;
    world_.pass(11);
    if (const auto* batch = std::get_if<D1Command>(&command)) {
      outcome.id = batch->id;
      std::string words;
      if (!script_.d1.empty()) {
        words = script_.d1.front();
        script_.d1.pop_front();
      }
      if (words.empty()) {
        const std::string rows = world_.database.batch(batch->statements, batch->parameters);
        REQUIRE(results.parse(pos::json::mended(rows)));
        outcome.kind = pos::io::OutcomeKind::d1_done;
        outcome.results = results.root();
      } else {
        outcome.kind = pos::io::OutcomeKind::d1_failed;
        outcome.error = words;
      }
      return feed(outcome);
    }
    if (const auto* fetch = std::get_if<FetchCommand>(&command)) {
      Answer answer;
      if (!script_.square.empty()) {
        answer = script_.square.front()(world_, *fetch);
        script_.square.pop_front();
      } else if (world::is_token_request(command)) {
        answer.reply = world_.tokens.exchange(*fetch);
      } else {
        answer = world::ask_square(world_, fetch->url, fetch->body, End::good);
      }
      outcome.id = fetch->id;
      outcome.kind = pos::io::OutcomeKind::replied;
      outcome.reply.transport = answer.transport;
      outcome.reply.status = answer.reply.status;
      outcome.reply.body = answer.reply.body;
      if (answer.transport == pos::square::Transport::no_credential) {
        outcome.reply.detail = answer.reply.body;
      }
      return feed(outcome);
    }
    const auto& sleep = std::get<pos::io::SleepCommand>(command);
    elapsed_ms_ += sleep.duration_ms;
    world_.pass(sleep.duration_ms);
    outcome.id = sleep.id;
    outcome.kind = pos::io::OutcomeKind::slept;
    feed(outcome);
  }

  static inline std::set<std::string> told_;
  World& world_;
  Script script_;
  pos::drain::Tick tick_;
  std::deque<Command> commands_;
  std::string text_;
  std::int64_t elapsed_ms_ = 0;
  bool done_ = false;
};

std::string tick(World& world, Script script = {}, const std::string& id = "t1",
                 pos::Settings settings = Worker::test_settings(),
                 const std::string& actor = "cron") {
  return Recorder(world, std::move(settings), id, actor, std::move(script)).run();
}

void enqueue_paid(World& world, const std::string& order_id) {
  world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES ('" + order_id +
                         "', '" + world::payload(35000, true) + "')");
}

using Story = std::function<std::string()>;

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
        {"silence, done", ends(End::lost)},
        {"silence, not done", ends(End::failed)},
        {"an error of the server's, done", ends(End::server_error)},
        {"no secret",
         [](World&, const FetchCommand&) {
           Answer answer;
           answer.transport = pos::square::Transport::no_credential;
           answer.reply = {0, "the secret is not set"};
           return answer;
         }},
        {"another object", [](World&, const FetchCommand&) { return replied(200, R"({"x":1})"); }},
        {"an order that is canceled", [](World& world, const FetchCommand& fetch) {
           Answer answer = world::ask_square(world, fetch.url, fetch.body, End::good);
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
    return tick(world) + tick(world, {}, "t2");
  };
  // Each answer to an order and to a payment, what the next tick makes of it, and the one behind.
  for (const auto& [what, answer] : answers) {
    for (const bool paid : {false, true}) {
      all[std::string(paid ? "payment: " : "order: ") + what] = [answer = answer, paid = paid] {
        World world;
        enqueue_paid(world, "A1");
        Script script;
        if (paid) script.square.push_back(ends(End::good));
        script.square.push_back(answer);
        std::string text = tick(world, std::move(script));
        for (const char* id : {"t2", "t3"}) {
          if (world.status("A1") == "success" || world.status("A1") == "dead") break;
          world.pass(120'000);
          text += tick(world, {}, id);
        }
        return text;
      };
    }
  }
  all["other: silence, again and again, opens the breaker"] = [] {
    World world;
    for (int i = 0; i < 7; ++i) world.enqueue("A" + std::to_string(i));
    Script script;
    for (int i = 0; i < 7; ++i) script.square.push_back(ends(End::failed));
    std::string text = tick(world, std::move(script));
    for (const char* id : {"t2", "t3"}) {
      world.pass(400'000);
      text += tick(world, {}, id);
    }
    return text;
  };
  all["other: equal refusals are the account's"] = [] {
    World world;
    for (int i = 0; i < 6; ++i) world.enqueue("A" + std::to_string(i));
    Script script;
    for (int i = 0; i < 6; ++i) script.square.push_back(refuses(400, "VALUE_TOO_LONG"));
    std::string text = tick(world, std::move(script));
    for (const char* id : {"t2", "t3"}) {
      world.pass(400'000);
      text += tick(world, {}, id);
    }
    return text;
  };
  all["other: D1 does not answer a claim, a freeze or a settle"] = [] {
    std::string text;
    for (int good = 0; good < 3; ++good) {
      World world;
      world.enqueue("A1");
      Script script;
      script.d1.assign(static_cast<std::size_t>(good), "");
      for (int i = 0; i < 4; ++i) script.d1.emplace_back("Network connection lost.");
      text += tick(world, std::move(script));
    }
    return text;
  };
  all["other: D1 refuses what a freeze or a settle has in it"] = [] {
    std::string text;
    for (int good = 1; good < 3; ++good) {
      World world;
      for (const char* id : {"A1", "A2", "A3"}) world.enqueue(id);
      Script script;
      script.d1.assign(static_cast<std::size_t>(good), "");
      for (int i = 0; i < 4; ++i) script.d1.emplace_back("string or blob too big: SQLITE_TOOBIG");
      text += tick(world, std::move(script));
    }
    return text;
  };
  all["other: a table is missing"] = [] {
    World world;
    world.enqueue("A1");
    Script script;
    script.d1 = {"no such table: pos_sync_claims: SQLITE_ERROR"};
    return tick(world, std::move(script));
  };
  all["other: a token is renewed, and one cannot be"] = [] {
    std::string text;
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
      text += tick(world, std::move(script));
    }
    return text;
  };
  all["other: nobody has said where the order is to be booked"] = [] {
    World world;
    world.enqueue("A1");
    pos::Settings settings = Worker::test_settings();
    settings.location_id.clear();
    return tick(world, {}, "t1", std::move(settings));
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
    return tick(world);
  };
  all["other: one order alone, by who has enqueued it"] = [] {
    World world;
    world.enqueue("A1");
    world.enqueue("A2");
    Recorder recorder(world, Worker::test_settings(), "order:t1", "http", {});
    recorder.tick().only("A2", "square");
    return recorder.run();
  };
  all["other: a suspect is met, and then taken alone"] = [] {
    World world;
    world.enqueue("A1");
    world.database.execute(
        "INSERT INTO pos_sync_claims (claim_key, holder, claimed_at, lease_until, settled_at, "
        "row_id, order_id, provider, revision, takeovers) VALUES ('pos-sync:A1:square', 'x', 1, 0, "
        "2, 1, 'A1', 'square', 1, 2)");
    std::string text = tick(world);
    Recorder recorder(world, Worker::test_settings(), "t2", "cron", {});
    recorder.tick().only_suspects();
    return text + recorder.run();
  };
  all["other: what was booked comes once more: the same, another content, of another restaurant"] =
      [] {
        World world;
        for (const char* id : {"D1", "D2", "D3"}) world.enqueue(id);
        std::string text = tick(world);
        world.enqueue("D1");
        world.enqueue("D2", "", 9900);
        world.enqueue("D3", "r2");
        return text + tick(world, {}, "t2");
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
    return tick(world);
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
    return tick(world);
  };
  // Each reason to look, with the order at Square and without it.
  for (const char* why : {"conflict", "rejected", "attempts", "cancel", "keyless", "account"}) {
    for (const bool is_there : {false, true}) {
      all["other: looked for because of " + std::string(why) +
          (is_there ? ", and there" : ", and not there")] = [why = std::string(why), is_there] {
        World world;
        enqueue_paid(world, "G1");
        Script script;
        script.square.push_back(ends(is_there ? End::lost : End::failed));
        std::string text = tick(world, std::move(script));
        world.pass(400'000);
        world.database.execute("UPDATE pos_sync_ledger SET look_because = ?1", {why});
        world.database.execute("UPDATE pos_sync_queue SET next_attempt_at = 0");
        for (const char* id : {"t2", "t3", "t4"}) {
          if (world.status("G1") == "success" || world.status("G1") == "dead") break;
          text += tick(world, {}, id);
          world.pass(700'000);
        }
        return text;
      };
    }
  }
  all["other: a webhook has named the order that is in doubt"] = [] {
    World world;
    world.enqueue("H1");
    Script script;
    script.square.push_back(ends(End::lost));
    std::string text = tick(world, std::move(script));
    world.database.execute(
        "INSERT INTO pos_webhook_events (event_id, type, location_id, external_order_id, "
        "taken_by, received_at) SELECT 'e1', 'order.created', 'L1', 'O1', 'x', " +
        std::to_string(world.database.now_ms));
    world.pass(400'000);
    return text + tick(world, {}, "t2");
  };
  for (const bool paid : {false, true}) {
    all[std::string("other: replayed behind a definite no to its ") +
        (paid ? "payment" : "order")] = [paid] {
      World world;
      enqueue_paid(world, "I1");
      std::string text;
      for (const char* id : {"t1", "t2"}) {
        Script script;
        if (paid && *(id + 1) == '1') script.square.push_back(ends(End::good));
        script.square.push_back(refuses(400, "VALUE_TOO_LONG"));
        text += tick(world, std::move(script), id);
        world.pass(300'000);
        world.database.execute(
            "UPDATE pos_sync_queue SET status = 'pending', attempts = 0, next_attempt_at = 0");
      }
      return text + tick(world, {}, "t3");
    };
  }
  all["other: a look without an end"] = [] {
    World world;
    world.enqueue("J1");
    world.enqueue("J2");
    Script script;
    script.square = {ends(End::failed), ends(End::failed)};
    std::string text = tick(world, std::move(script));
    world.pass(400'000);
    world.database.execute("UPDATE pos_sync_ledger SET look_because = 'conflict'");
    world.database.execute("UPDATE pos_sync_queue SET next_attempt_at = 0");
    world.square.endless = true;
    pos::Settings settings = Worker::test_settings();
    settings.subrequest_budget = 40;
    return text + tick(world, {}, "t2", std::move(settings));
  };
  all["other: little is left to spend: requests, time, slots, and a queue that is kept"] = [] {
    std::string text;
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
      text += tick(world, {}, "t1", std::move(settings));
    }
    return text;
  };
  all["other: an account that is throttled, and one that probes"] = [] {
    std::string text;
    for (const char* sql : {"UPDATE pos_accounts SET pace = 1",
                            "UPDATE pos_accounts SET breaker_opens = 1, unknown_run = 5"}) {
      World world;
      for (int i = 0; i < 4; ++i) world.enqueue("L" + std::to_string(i));
      world.database.execute(sql);
      text += tick(world);
    }
    return text;
  };
  all["other: D1 fails while a token is renewed, and an order is refused for its token"] = [] {
    std::string text;
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
      text += tick(world, std::move(script));
    }
    return text;
  };
  return all;
}

std::map<std::string, std::string> recorded() {
  std::ifstream file(file_name);
  std::map<std::string, std::string> all;
  std::string name;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("=== ", 0) == 0) {
      name = line.substr(4);
    } else if (!name.empty()) {
      all[name] += line + "\n";
    }
  }
  return all;
}

/// Those stories whose names begin so are what they were.
void compare(const std::string& prefix) {
  const std::map<std::string, std::string> known = recorded();
  int count = 0;
  for (const auto& each : stories()) {
    const std::string& name = each.first;
    if (name.rfind(prefix, 0) != 0) continue;
    const auto found = known.find(name);
    REQUIRE_MESSAGE(found != known.end(), name);
    Recorder::forget();
    const std::string text = each.second();
    // The first line that is another one says more than all of them.
    std::size_t at = 0;
    while (at < text.size() && at < found->second.size() && text[at] == found->second[at]) ++at;
    const std::size_t line = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    CHECK_MESSAGE(text == found->second, name, ": ", text.substr(line, 400));
    ++count;
  }
  CHECK(count > 0);
}

}  // namespace

TEST_CASE("what each answer to an order makes of it is sent and written as it was before") {
  if (std::getenv("POS_SYNC_UPDATE_GOLDEN") != nullptr) {
    std::ofstream file(file_name);
    for (const auto& [name, story] : stories()) {
      Recorder::forget();
      file << "=== " << name << "\n" << story();
    }
  }
  compare("order: ");
}

TEST_CASE("what each answer to a payment makes of its order is sent and written as it was before") {
  compare("payment: ");
}

TEST_CASE("whatever else befalls a tick, what it sends and writes is what it was before") {
  compare("other: ");
  CHECK(recorded().size() == stories().size());
}

}  // namespace tick_record_test
