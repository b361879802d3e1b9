// Writes traces of whole jobs into the directory that is named: the native core's answers, which
// the wasm modules must repeat byte for byte.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>

#include "base/backoff.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "harness/duration.hpp"
#include "traces/run.hpp"
#include "traces/texts.hpp"

namespace {

using duration::minute;
using pos::concat;
using traces::Run;
using traces::Trace;
using world::RequestFault;
using world::World;

/// The members of a job's header that say who it is and how it is set up.
std::string header(const std::string& id, const std::string& variables = "") {
  return R"("id":")" + id + R"(","seed":"seed of )" + id +
         R"(","secrets":["SQUARE_ACCESS_TOKEN"],"variables":{"SQUARE_LOCATION_ID":"L1",)"
         R"("SQUARE_BASE_URL":"http://127.0.0.1:1")" +
         variables + "}";
}

std::string tick(const std::string& id, const std::string& variables = "") {
  return traces::frame_of(R"({"job":"tick","door":"cron",)" + header(id, variables) + "}");
}

/// A job of a route; `rest` is more of the header, like "path" and "query".
std::string http(const std::string& route, const std::string& body = "",
                 const std::string& rest = R"("path":{},"query":{})") {
  static int count = 0;
  const std::string id = "r" + std::to_string(++count);
  const std::string job = R"({"job":"http","route":")" + route + "\"," + header(id) + "," + rest;
  return traces::frame_of(job + ",\"body_bytes\":" + std::to_string(body.size()) + "}", body);
}

std::string of_order(const std::string& order_id) {
  std::string path = R"("path":{"order_id":)";
  pos::json::append_string(path, order_id);
  return path + R"(},"query":{})";
}

void enqueue(World& world, const std::string& order_id, const std::string& payload,
             const std::string& restaurant = "") {
  world.database.execute(
      "INSERT INTO pos_sync_queue (order_id, restaurant_id, payload) VALUES (?1, ?2, ?3)",
      {order_id, restaurant, payload});
}

void fifty_orders(Trace& trace) {
  World world;
  for (int i = 0; i < 50; ++i) world.enqueue("A" + std::to_string(i));
  Run(world, trace, tick("t1")).finish();
}

void payloads(Trace& trace) {
  World world;
  int count = 0;
  for (const std::string& each : traces::good_payloads()) {
    ++count;
    enqueue(world, "sipariş-" + std::to_string(count), each, count % 2 == 0 ? "Şişli" : "");
  }
  for (const std::string& each : traces::bad_payloads()) {
    enqueue(world, "bad:" + std::to_string(++count), each);
  }
  Run(world, trace, tick("t1")).finish();
  world.pass(minute);
  Run(world, trace, tick("t2")).finish();
}

/// Mostly all goes well.
RequestFault some_end(pos::Random& luck) {
  constexpr RequestFault bad[] = {RequestFault::lost,         RequestFault::failed,
                                  RequestFault::server_error, RequestFault::refused,
                                  RequestFault::throttled,    RequestFault::unauthorized};
  const auto drawn = static_cast<std::size_t>(luck.up_to(29));
  return drawn < std::size(bad) ? bad[drawn] : RequestFault::none;
}

void in_any_order(Run& run, pos::Random& luck) {
  while (!run.ended()) {
    std::int64_t together = 1 + luck.up_to(2);
    while (together-- > 0 && !run.out().empty()) {
      const auto last = static_cast<std::int64_t>(run.out().size()) - 1;
      run.perform(static_cast<std::size_t>(luck.up_to(last)), some_end(luck));
    }
    run.step(1 + luck.up_to(3000));
  }
}

void faults(Trace& trace, const std::string& seed) {
  pos::Random luck(seed);
  World world;
  for (int i = 0; i < 14; ++i) {
    const std::string restaurant = i % 3 == 0 ? "" : "R" + std::to_string(i % 3);
    enqueue(world, "F" + std::to_string(i), world::payload(1000 + i, i % 2 == 0), restaurant);
  }
  for (int n = 0; n < 8; ++n) {
    Run run(world, trace, tick("t" + std::to_string(n), R"(,"BATCH_SIZE":"5")"));
    in_any_order(run, luck);
    world.pass(luck.up_to(40) * minute);
  }
}

void replies(Trace& trace) {
  World world;
  int count = 0;
  for (const std::string& body : traces::reply_bodies()) {
    for (const char* status : {"200", "400", "401", "429", "503"}) {
      world.database.execute("DELETE FROM pos_sync_queue");
      world.database.execute("UPDATE pos_accounts SET paused_until = 0");
      enqueue(world, "R" + std::to_string(++count),
              R"({"currency":"TRY","items":[{"name":"x","quantity":"1","unit_price":1500}]})");
      Run run(world, trace, tick("t" + std::to_string(count)));
      while (!run.ended()) {
        if (run.out().at(0).what == "fetch") {
          run.reply(0,
                    R"("retry_after":"Sun, 06 Nov 1994 08:49:37 GMT",)"
                    R"("date":"Sun, 06 Nov 1994 08:48:00 GMT","status":)" +
                        std::string(status),
                    body);
        } else {
          run.perform(0);
        }
        run.step();
      }
    }
  }
}

/// Five hundred paid orders in one tick, with replies as long as Square's are.
void many_orders(Trace& trace) {
  World world;
  for (int i = 0; i < 500; ++i) enqueue(world, "M" + std::to_string(i), world::payload(100, true));
  world.square.padding = 4000;
  Run(world, trace, tick("t1", R"(,"SUBREQUEST_BUDGET":"2000","WALL_BUDGET_SECONDS":"780")"))
      .finish();
}

/// Fifty payloads of nearly 256 KB, which is as much as the queue takes.
void large_payloads(Trace& trace) {
  World world;
  const std::string item =
      concat(R"({"name":"Ad\u0131na","quantity":"1","unit_price":100,"note":")",
             std::string(500, 'n'), "\"}");
  std::string items = item;
  while (items.size() < 250'000) items.append(",").append(item);
  for (int i = 0; i < 50; ++i) {
    enqueue(world, "L" + std::to_string(i), concat(R"({"currency":"TRY","items":[)", items, "]}"));
  }
  Run(world, trace, tick("t1")).finish();
}

void operators(Trace& trace) {
  World world;
  const auto ask = [&](const std::string& frame) { Run(world, trace, frame).finish(); };
  int count = 0;
  for (const std::string& each : traces::good_payloads()) {
    const std::string id = concat("\"ş", std::to_string(++count), "\"");
    const std::string body = concat("{\"order_id\":", id, ",\"payload\":", each, "}");
    ask(http("orders.create", body));
    ask(http("orders.create", body));
    ask(http("orders.create",
             concat("{\"order_id\":", id, ",\"revision\":2,\"payload\":", each, "}")));
  }
  ask(http("orders.create", R"({"order_id":"ş1","restaurant_id":"R","payload":{},"x":1})"));
  ask(http("orders.cancel", R"({"actor":"Ayşe","reason":"vazgeçti"})", of_order("ş1")));
  ask(http("orders.cancel", "", of_order("ş1")));
  ask(http("orders.replay", "", of_order("ş1")));
  Run(world, trace, tick("t1")).finish();
  ask(http("orders.mark_done", R"({"external_order_id":"O77","actor":""})", of_order("ş2")));
  ask(http("orders.mark_done", R"({"external_order_id":"O77"})", of_order("ş2")));
  ask(http("orders.mark_done", "", of_order("nobody")));
  ask(http("orders.replay", "[", of_order("ş2")));
  ask(http("orders.replay", R"({"external_order_id":"x","who":null})", of_order("ş2")));
  ask(http("orders.show", "", of_order("ş2")));
  ask(http("orders.show", "", R"("path":{"order_id":"ş2"},"query":{"revision":"2"})"));
  ask(http("orders.show", "", R"("path":{"order_id":"ş2"},"query":{"revision":"two"})"));
  ask(http("orders.show", "", of_order("nobody")));
  ask(http("orders.list"));
  ask(http("orders.list", "", R"("path":{},"query":{"status":"dead","cursor":"99"})"));
  ask(http("orders.list", "", R"("path":{},"query":{"status":"odd","cursor":"-1"})"));
  ask(http("status"));
  ask(http("no.such.route"));
}

void json(Trace& trace) {
  World world;
  for (const std::string& each : traces::json_texts()) {
    Run(world, trace, http("orders.create", each)).finish();
  }
}

/// Every golden identity that can be pushed, so that its keys are in the answers.
void identities(Trace& trace) {
  World world;
  std::ifstream file(std::string(POS_SYNC_SOURCE_DIR) + "/tests/golden/identity.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.front() == '#') continue;
    std::vector<std::string> cells;
    for (std::size_t at = 0; at <= line.size();) {
      const std::size_t end = std::min(line.find('\t', at), line.size());
      cells.push_back(line.substr(at, end - at));
      at = end + 1;
    }
    std::string body = "{\"order_id\":" + cells.at(0) + ",\"provider\":" + cells.at(1);
    body += ",\"revision\":" + cells.at(2) + ",\"restaurant_id\":" + cells.at(11);
    Run(world, trace, http("orders.create", body + ",\"payload\":" + cells.at(12) + "}")).finish();
    body += ",\"payload\":" + traces::good_payloads().back() + "}";
    Run(world, trace, http("orders.create", body)).finish();
    world.database.execute("DELETE FROM pos_sync_queue");
  }
}

void settings(Trace& trace) {
  World world;
  for (
      const char* variables :
      {R"(,"BATCH_SIZE":0,"CONCURRENCY":"7","MAX_ATTEMPTS":"x","SQUARE_VERSION":"today")",
       R"(,"LEASE_SECONDS":"1.5","QUIET_SECONDS":"0.0001","RETRY_CAP_SECONDS":"-1")",
       R"(,"LEASE_SECONDS":900,"QUIET_SECONDS":30,"DEDUPE_WINDOW_SECONDS":1,"RETRY_CAP_SECONDS":0)",
       R"(,"SQUARE_BASE_URL":"http://connect.squareup.com/v2")",
       R"(,"SUBREQUEST_BUDGET":"45","PUSH_TIMEOUT_SECONDS":"30.125","WALL_BUDGET_SECONDS":null)"}) {
    Run(world, trace, tick("t1", variables)).finish();
  }
}

void broken_frames(Trace& trace) {
  World world;
  using namespace std::string_literals;
  for (const std::string& frame :
       {""s, "abc"s, "\xff\xff\xff\xff"s, "\0\0\0\0"s, traces::frame_of("[]"),
        traces::frame_of("{\"job\":\"tick\""), traces::frame_of("{}")}) {
    Run(world, trace, frame);
  }
}

void write(const std::filesystem::path& directory, const std::string& name,
           const std::function<void(Trace&)>& record) {
  Trace trace;
  record(trace);
  std::ofstream file(directory / (name + ".trace"), std::ios::binary);
  file << trace.bytes();
  if (!file.flush()) throw std::runtime_error("cannot write " + name);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: pos_traces DIRECTORY\n", stderr);
    return 2;
  }
  const std::filesystem::path directory = arguments[1];
  try {
    std::filesystem::create_directories(directory);
    write(directory, "fifty-orders", fifty_orders);
    write(directory, "payloads", payloads);
    for (const char* seed : {"1", "2", "3", "4", "5", "6"}) {
      write(directory, "faults-" + std::string(seed), [&](Trace& trace) { faults(trace, seed); });
    }
    write(directory, "replies", replies);
    write(directory, "many-orders", many_orders);
    write(directory, "large-payloads", large_payloads);
    write(directory, "operators", operators);
    write(directory, "json", json);
    write(directory, "identities", identities);
    write(directory, "settings", settings);
    write(directory, "broken-frames", broken_frames);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pos_traces: %s\n", error.what());
    return 1;
  }
  return 0;
}
