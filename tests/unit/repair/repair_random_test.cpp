// Repairs by seed: every fault of the adversary's, mixed. Then the faults stop, everything comes to
// rest, and the books are held against each other.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "harness/duration.hpp"
#include "harness/repair_http.hpp"
#include "harness/test_scale.hpp"

namespace repair_random_test {

using pos::io::Command;
using pos::io::D1Command;
using pos::io::FetchCommand;
using world::is_change;
using world::RepairRunner;
using world::RepairWorld;
using world::RequestFault;
using world::retry;

namespace {
using duration::hour;
using duration::minute;
using duration::second;
constexpr int payments = 3;

/// What the world is like for one seed.
struct FaultProfile {
  bool square_checks = true;  // dedupes, looks at versions and amounts
  bool by_hand = true;        // people refund at the dashboard
  int faults = 0;             // of a hundred commands
  int kills = 0;              // of a thousand steps
};

/// A request that its caller has given up, or that nobody waits for any more.
struct InFlight {
  FetchCommand command;
  std::int64_t started_ms = 0;
  std::int64_t lands_ms = 0;
};

class Story {
 public:
  Story(RepairWorld& world, unsigned seed) : world_(world), random_(seed) {
    world_.database.empty();
    world_.square = {};
    world_.tokens = {};
    real_ms_ = world_.database.now_ms = 1'795'000'000'000;
    settings_ = RepairRunner::test_settings();
    settings_.max_attempts = draw(1, 6);
    settings_.batch_size = draw(1, 5);
    settings_.concurrency = draw(1, 4);
    profile_.square_checks = chance(60);
    profile_.by_hand = profile_.square_checks && chance(50);
    profile_.faults = static_cast<int>(draw(0, 50));
    profile_.kills = static_cast<int>(draw(0, 80));
    world_.square.dedupes = profile_.square_checks || chance(50);
    world_.square.checks_version = profile_.square_checks;
    world_.square.checks_amount = profile_.square_checks;
    world_.square.remembers_ms = chance(50) ? world::PastModel::for_ever : 20 * hour;
    world_.square.remembers_refusals = chance(30);
    world_.square.page_most = draw(1, 4);
    for (int i = 0; i < payments; ++i) {
      world_.square.sell(survivor(i), "SP" + number(i), amount(i));
      world_.square.sell(duplicate(i), payment(i), amount(i));
    }
    world_.square.leave_open("C", 700);
    approve();
  }

  void run() {
    for (int step = 0; step < 150; ++step) {
      if (!advance_time_at_random()) do_something();
    }
    calm_down();
  }

  void check() {
    for (int i = 0; i < payments; ++i) check_payment(payment(i));
    CHECK(world_.square.one_body_per_key());
    CHECK(world_.database.integer("SELECT count(*) FROM pos_repairs WHERE holder <> '' "
                                  "OR in_doubt_since IS NOT NULL OR absent_at IS NOT NULL") == 0);
    // Nothing is silent: the last line of each says what it has become.
    CHECK(world_.database.integer(
              "SELECT count(*) FROM pos_repairs r WHERE r.state IS NOT (SELECT to_state FROM "
              "pos_repair_log l WHERE l.target = r.target ORDER BY id DESC LIMIT 1)") == 0);
    CHECK(world_.database.integer("SELECT count(*) FROM pos_repairs WHERE (state = 'stopped') <> "
                                  "(reason GLOB '[a-z]*')") == 0);
    const auto& order = world_.square.orders.at("C");
    if (world_.state("C") == "done") CHECK(order.canceled_at_ms >= 0);
    if (!order.canceled_by.empty()) CHECK(world_.state("C") == "done");
  }

 private:
  static std::string number(int i) { return std::to_string(i); }
  static std::string payment(int i) { return "P" + number(i); }
  static std::string survivor(int i) { return "S" + number(i); }
  static std::string duplicate(int i) { return "D" + number(i); }
  static std::int64_t amount(int i) { return 1000 + i; }

  std::int64_t draw(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(random_() % static_cast<unsigned>(most - least + 1));
  }
  bool chance(int of_hundred) { return draw(0, 99) < of_hundred; }

  void approve() {
    for (int i = 0; i < payments; ++i) {
      world_.approve(payment(i), duplicate(i), survivor(i), amount(i));
    }
    world_.approve_cancel("C", survivor(0));
  }

  void check_payment(const std::string& id) {
    CAPTURE(id);
    const auto& square = world_.square;
    CHECK(square.ours(id) <= 1);
    CHECK(square.refunded(id) <= square.payments.at(id).amount);
    const bool ours_stands =
        std::any_of(square.refunds.begin(), square.refunds.end(), [&](const auto& each) {
          return each.payment_id == id && !each.key.empty() && each.stands();
        });
    CAPTURE(world_.reason(id));
    CAPTURE(world_.log(id));
    CHECK((world_.state(id) == "done") == ours_stands);
  }

  // ---- time ----

  void set_clocks() { world_.database.now_ms = real_ms_ + offset_ms_; }

  /// Time passes for everybody; what is under way lands meanwhile, in its order.
  void pass(std::int64_t ms) {
    const std::int64_t until_ms = real_ms_ + ms;
    std::sort(in_flight_.begin(), in_flight_.end(),
              [](const auto& a, const auto& b) { return a.lands_ms < b.lands_ms; });
    while (!in_flight_.empty() && in_flight_.front().lands_ms <= until_ms) {
      const InFlight landing = in_flight_.front();
      in_flight_.erase(in_flight_.begin());
      const std::int64_t at_ms = std::max(real_ms_, landing.lands_ms);
      static_cast<void>(world_.square.apply(
          landing.command.method, landing.command.url.substr(landing.command.url.find("/v2/")),
          landing.command.body, at_ms + offset_ms_, landing.started_ms + offset_ms_));
    }
    real_ms_ = until_ms;
    set_clocks();
    for (auto& job : jobs_) job->wait_only_here(ms);
  }

  bool advance_time_at_random() {
    const std::int64_t what = draw(0, 99);
    if (what < 12) pass(draw(0, 20) * second);
    if (what >= 12 && what < 16) pass(draw(1, 20) * minute);
    if (what == 16) pass(draw(1, 30) * hour);
    if (what == 17) {
      // D1's clock and real time differ by no more than the clock step.
      offset_ms_ = draw(0, 30) * second;
      set_clocks();
    }
    return what <= 17;
  }

  // ---- what happens ----

  void do_something() {
    const std::int64_t what = draw(0, 99);
    if (jobs_.empty() || (what < 10 && jobs_.size() < 3)) {
      jobs_.push_back(
          std::make_unique<RepairRunner>(world_, "job-" + std::to_string(++next_job_), settings_));
      return;
    }
    if (what < 14) return meddle();
    if (what < 17 && !batches_.empty()) return repeat_a_batch();
    RepairRunner& job =
        *jobs_[static_cast<std::size_t>(draw(0, static_cast<int>(jobs_.size()) - 1))];
    if (!job.next() || draw(0, 999) < profile_.kills) return end(job);
    perform(job);
  }

  void end(const RepairRunner& job) {
    jobs_.erase(std::find_if(jobs_.begin(), jobs_.end(),
                             [&](const auto& each) { return each.get() == &job; }));
  }

  void perform(RepairRunner& job) {
    const Command command = *job.next();
    if (const auto* batch = std::get_if<D1Command>(&command)) {
      batches_.push_back(*batch);
      const bool fails = draw(0, 99) < profile_.faults / 2;
      job.perform(!fails       ? RequestFault::none
                  : chance(50) ? RequestFault::lost
                               : RequestFault::failed);
      sync();
      return;
    }
    const bool fails = draw(0, 99) < profile_.faults;
    if (const auto* fetch = std::get_if<FetchCommand>(&command); fetch != nullptr && fails) {
      if (chance(40)) return let_fly(job);
      static constexpr RequestFault endings[] = {
          RequestFault::lost,        RequestFault::failed,    RequestFault::server_error,
          RequestFault::torn,        RequestFault::throttled, RequestFault::throttled_applied,
          RequestFault::unauthorized};
      job.perform(endings[draw(0, 6)]);
      return;
    }
    job.perform();
    sync();
  }

  /// A sleep of a job's own moves the world's clock; take over what it has done to it.
  void sync() {
    const std::int64_t passed = world_.database.now_ms - (real_ms_ + offset_ms_);
    if (passed <= 0) return;
    world_.database.now_ms -= passed;
    pass(passed);
  }

  /// The request is under way for up to the quiet time; its caller hears of a timeout, or dies.
  void let_fly(RepairRunner& job) {
    const Command command = job.take();
    const auto& fetch = std::get<FetchCommand>(command);
    if (is_change(command) && chance(70)) {
      in_flight_.push_back({fetch, real_ms_, real_ms_ + draw(0, 120) * second});
    }
    if (chance(30)) return end(job);
    if (chance(50)) pass(draw(0, 30) * second);
    job.answer(fetch, {pos::net::Transport::timeout, {}});
  }

  void repeat_a_batch() {
    const auto last = static_cast<std::int64_t>(batches_.size()) - 1;
    const D1Command& batch = batches_[static_cast<std::size_t>(draw(0, last))];
    static_cast<void>(world_.database.batch(batch.statements, batch.parameters));
  }

  /// People and chance.
  void meddle() {
    world::PastModel& square = world_.square;
    const int i = static_cast<int>(draw(0, payments - 1));
    switch (draw(0, 10)) {
      case 0:
        if (profile_.by_hand) {
          square.refund_by_hand(payment(i), draw(1, amount(i)), world_.database.now_ms);
        }
        return;
      case 1:
        if (profile_.by_hand) {
          square.refund_by_hand("SP" + number(i), draw(1, amount(i)), world_.database.now_ms);
        }
        return;
      case 2:
        return square.touch(payment(i), world_.database.now_ms);
      case 3:
        return square.forget_keys();
      case 4:
        square.list_lag_ms = draw(0, 60) * second;
        square.read_lag_ms = draw(0, 60) * second;
        return;
      case 5:
        square.next_status = chance(50) ? "COMPLETED" : chance(80) ? "PENDING" : "FAILED";
        return;
      case 6:
        return square.settle_pending(chance(60)   ? "COMPLETED"
                                     : chance(50) ? "REJECTED"
                                                  : "FAILED",
                                     world_.database.now_ms);
      case 7:
        return approve();
      case 8:
        static_cast<void>(retry(world_, chance(80) ? payment(i) : "C"));
        return;
      case 9:
        if (chance(30)) square.touch_order("C", world_.database.now_ms);
        if (chance(20)) square.cancel_by_hand("C", world_.database.now_ms);
        if (chance(10)) square.pay_by_hand("C", world_.database.now_ms);
        return;
      default:
        // An impatient operator with a console.
        world_.database.execute("UPDATE pos_repairs SET next_attempt_at = 0");
        return;
    }
  }

  // ---- the end ----

  void calm_down() {
    jobs_.clear();
    world_.square.list_lag_ms = world_.square.read_lag_ms = 0;
    world_.square.next_status = "COMPLETED";
    for (int round = 0; round < 4; ++round) {
      run_to_rest();
      if (world_.database.integer("SELECT count(*) FROM pos_repairs "
                                  "WHERE reason LIKE 'unknown_outcome%'") == 0) {
        return;
      }
      // What stopped in doubt waits for a human: here he is.
      for (const std::string& id : {payment(0), payment(1), payment(2), std::string("C")}) {
        if (world_.reason(id).rfind("unknown_outcome", 0) == 0) {
          CHECK(retry(world_, id).status == 200);
        }
      }
    }
  }

  void run_to_rest() {
    const auto open = [&] {
      return world_.database.integer(
          "SELECT count(*) FROM pos_repairs WHERE state IN ('due', 'pending')");
    };
    int ticks = 0;
    for (; open() > 0 && ticks < 300; ++ticks) {
      world_.square.settle_pending("COMPLETED", world_.database.now_ms);
      RepairRunner job(world_, "calm-" + std::to_string(++next_job_), settings_);
      job.run();
      sync();
      pass(3 * minute);
    }
    CHECK(ticks < 300);
  }

  RepairWorld& world_;
  std::mt19937 random_;
  FaultProfile profile_;
  pos::Settings settings_;
  std::int64_t real_ms_ = 0;
  std::int64_t offset_ms_ = 0;
  std::vector<std::unique_ptr<RepairRunner>> jobs_;
  std::vector<InFlight> in_flight_;
  std::vector<D1Command> batches_;
  int next_job_ = 0;
};

unsigned number_of_seeds() {
  const char* asked = std::getenv("POS_SYNC_REPAIR_SEEDS");
  const unsigned all = effort::of(2000U);
  return asked != nullptr ? static_cast<unsigned>(std::atoi(asked)) : all;
}

}  // namespace

TEST_CASE("whatever goes wrong, each payment is refunded at most once, and all come to rest") {
  RepairWorld world;
  std::map<std::string, int> ends;
  for (unsigned seed = 1; seed <= number_of_seeds(); ++seed) {
    CAPTURE(seed);
    Story story(world, seed);
    story.run();
    story.check();
    for (int i = 0; i < payments; ++i) {
      const std::string reason = world.reason("P" + std::to_string(i));
      ++ends[world.state("P" + std::to_string(i)) + " " + reason.substr(0, reason.find(':'))];
    }
  }
  for (const auto& [end, count] : ends) MESSAGE(end, ": ", count);
  // The faults leave room for what should happen.
  CHECK(ends["done "] > static_cast<int>(number_of_seeds()));
}

}  // namespace repair_random_test
