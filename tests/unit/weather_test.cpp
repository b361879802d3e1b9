// Seeded weather: workers that overlap and die, answers that are lost, requests that land late,
// crons that come at any moment, producers and operators in between. Then the faults stop, and
// everything is counted at Square. A failing seed is printed. POS_SYNC_SEEDS=10000 is a longer
// look.
#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "push/retry.hpp"
#include "world/http.hpp"
#include "world/worker.hpp"

using pos::door::Route;
using pos::io::Command;
using pos::io::D1Command;
using pos::io::FetchCommand;
using world::End;
using world::Worker;
using world::World;

namespace {

constexpr std::int64_t second = 1000;
constexpr std::int64_t minute = 60 * second;

constexpr int orders = 8;

class Weather {
 public:
  explicit Weather(int seed) : random_("weather " + std::to_string(seed)) {
    settings_ = Worker::test_settings();
    settings_.batch_size = 3;
    settings_.concurrency = 2;
    settings_.max_attempts = 1000;  // giving up is another test's business
    fault_percent_ = random_.up_to(60);
  }

  void storm() {
    for (int step = 0; step < 400; ++step) act();
    landing_.clear();  // whatever was still on its way never arrives
    workers_.clear();
  }

  /// Faults have stopped: a few ticks, far enough apart for any quiet time and any pause.
  void calm() {
    for (int tick = 0; tick < 40 && active() > 0; ++tick) {
      world_.pass(20 * minute);
      Worker(world_, "calm" + std::to_string(tick), settings_).run();
    }
  }

  std::int64_t active() {
    return world_.database.integer(
        "SELECT count(*) FROM pos_sync_queue WHERE status IN ('pending','failed')");
  }

  World& world() { return world_; }

 private:
  bool percent(std::int64_t of_hundred) { return random_.up_to(99) < of_hundred; }

  static std::string order(std::int64_t number) { return "A" + std::to_string(number); }

  void act() {
    const std::int64_t dice = random_.up_to(99);
    if (dice < 6) {
      world_.enqueue(order(random_.up_to(orders - 1)));
    } else if (dice < 12 && workers_.size() < 3) {
      workers_.push_back(
          std::make_unique<Worker>(world_, "w" + std::to_string(ticks_++), settings_));
    } else if (dice < 14 && !workers_.empty()) {
      workers_.erase(workers_.begin() + random_.up_to(static_cast<int>(workers_.size()) - 1));
    } else if (dice < 20) {
      pass(random_.up_to(percent(20) ? 20 * minute : 20 * second));
    } else if (dice < 22) {
      land_late();
    } else if (dice < 24) {
      interfere();
    } else {
      let_a_worker_go_on();
    }
  }

  // Time passes for all; a request lands at most QUIET after it was started.
  void pass(std::int64_t ms) {
    world_.pass(ms);
    for (auto& each : workers_) each->wait_only_here(ms);
    for (Landing& each : landing_) each.age_ms += ms;
    while (!landing_.empty() && landing_.front().age_ms > settings_.push_timeout_ms) {
      landing_.erase(landing_.begin());
    }
  }

  void let_a_worker_go_on() {
    if (workers_.empty()) return;
    Worker& worker =
        *workers_[static_cast<std::size_t>(random_.up_to(static_cast<int>(workers_.size()) - 1))];
    const auto next = worker.next();
    if (!next) return;
    if (!percent(fault_percent_)) return worker.perform();
    if (const auto* fetch = std::get_if<FetchCommand>(&*next)) {
      const End ends[] = {End::failed,  End::throttled, End::unauthorized,
                          End::refused, End::lost,      End::server_error};
      const std::int64_t which = random_.up_to(6);
      // A definite no to an order that might be booked is a human's; keep those rare.
      if (which == 3 && !percent(10)) return worker.perform(End::failed);
      if (which < 6) return worker.perform(ends[which]);
      landing_.push_back({*fetch, 0});
      const Command command = worker.take();
      return worker.answer_failed(command);
    }
    if (std::holds_alternative<D1Command>(*next)) {
      return worker.perform(percent(50) ? End::lost : End::failed);
    }
    worker.perform();
  }

  void land_late() {
    if (landing_.empty()) return;
    const FetchCommand fetch = landing_.front().fetch;
    landing_.erase(landing_.begin());
    static_cast<void>(world_.square.apply(fetch.url.substr(fetch.url.find("/v2/")), fetch.body,
                                          world_.database.now_ms));
  }

  void interfere() {
    const std::string id = order(random_.up_to(orders - 1));
    switch (random_.up_to(4)) {
      case 0:
        static_cast<void>(world::operate(world_, Route::replay, id));
        return;
      case 1:
        world_.database.execute(
            "UPDATE pos_sync_queue SET status = 'pending', next_attempt_at = 0 "
            "WHERE order_id = '" +
            id + "' AND status = 'failed'");
        return;
      case 2:
        world_.database.execute("DELETE FROM pos_sync_queue WHERE order_id = '" + id + "'");
        return;
      case 3:
        world_.database.execute(
            "INSERT OR REPLACE INTO pos_sync_queue (order_id, payload) VALUES ('" + id + "', '" +
            world::payload() + "')");
        return;
      default:
        static_cast<void>(world::operate(world_, Route::cancel, id));
        return;
    }
  }

  struct Landing {
    FetchCommand fetch;
    std::int64_t age_ms;
  };

  World world_;
  pos::push::Random random_;
  pos::Settings settings_;
  std::int64_t fault_percent_ = 0;
  int ticks_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Landing> landing_;
};

void check(int seed) {
  CAPTURE(seed);
  Weather weather(seed);
  weather.storm();
  weather.calm();
  World& world = weather.world();
  CHECK(weather.active() == 0);
  CHECK(world.square.one_body_per_key());
  for (int i = 0; i < orders; ++i) {
    const std::string id = "A" + std::to_string(i);
    CAPTURE(id);
    CHECK(world.square.orders_of(id) <= 1);
    if (world.status(id) == "success") CHECK(world.square.orders_of(id) == 1);
    const bool said_no = world.error(id).rfind("rejected", 0) == 0;
    if (said_no) CHECK(world.square.orders_of(id) == 0);
  }
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status = 'dead' "
                               "AND coalesce(last_error, '') = ''") == 0);
}

}  // namespace

TEST_CASE("in any weather an order is booked at most once, and every row comes to rest") {
  const char* wanted = std::getenv("POS_SYNC_SEEDS");
  const int seeds = wanted != nullptr ? std::atoi(wanted) : 60;
  for (int seed = 0; seed < seeds; ++seed) check(seed);
}
