// Runs one repairing job of the real core against a Database and a PastModel, step by step, with
// every outcome in the test's hand.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/database.hpp"
#include "harness/past_model.hpp"
#include "harness/request_fault.hpp"
#include "harness/tokens.hpp"
#include "io/command.hpp"
#include "jobs/repair_tick.hpp"

namespace world {

struct RepairWorld {
  Database database;
  PastModel square;
  Tokens tokens;
  bool has_seal_key = true;
  /// Hears of every command that a job gives, signatures, log lines and its end included.
  std::function<void(const pos::io::Command&)> hears;

  void pass(std::int64_t ms) { database.now_ms += ms; }
  /// A payment of a duplicate that is to be refunded; the second time nothing is added.
  void approve(const std::string& payment_id, const std::string& order_id,
               const std::string& survivor, std::int64_t amount,
               const std::string& restaurant_id = "");
  void approve_cancel(const std::string& order_id, const std::string& survivor);
  /// Survivor O1 (paid by P1) and its duplicate O2 (paid by P2), at Square and approved.
  void plant(std::int64_t amount = 35000);

  [[nodiscard]] std::string state(const std::string& target);
  [[nodiscard]] std::string reason(const std::string& target);
  [[nodiscard]] std::string column(const std::string& target, const std::string& name);
  /// The events of its log, with a space in between.
  [[nodiscard]] std::string log(const std::string& target);
};

class RepairRunner {
 public:
  struct Answer {
    pos::net::Transport transport = pos::net::Transport::replied;
    PastModel::Reply reply;
  };

  explicit RepairRunner(RepairWorld& world, const std::string& id,
                        pos::Settings settings = test_settings());

  static pos::Settings test_settings();

  /// Performs commands, all of them well, until the job has ended.
  void run();
  /// The same until one that `wanted` accepts is next; false if the job ended before.
  bool run_until(const std::function<bool(const pos::io::Command&)>& wanted);
  /// Performs the next command so. A `sleep` passes its time.
  void perform(RequestFault fault = RequestFault::none);
  [[nodiscard]] std::optional<pos::io::Command> next() const;
  /// Takes the next command away unperformed, to be landed later or never.
  pos::io::Command take();
  /// What Square makes of a taken request that was started then: its effect now, its answer
  /// whenever the test likes.
  [[nodiscard]] Answer apply(const pos::io::FetchCommand& command, RequestFault fault,
                             std::int64_t started_ms);
  void answer(const pos::io::FetchCommand& command, const Answer& answer);
  /// Time passes for D1 and for this job.
  void wait(std::int64_t ms);
  void wait_only_here(std::int64_t ms) { elapsed_ms_ += ms; }

  [[nodiscard]] bool ended() const { return done_.has_value(); }
  [[nodiscard]] const pos::io::DoneCommand& done() const { return *done_; }
  [[nodiscard]] const std::vector<pos::io::LogCommand>& logged() const { return logged_; }
  [[nodiscard]] std::size_t most_in_flight() const { return most_in_flight_; }
  /// The number of commands that were performed.
  [[nodiscard]] int performed() const { return performed_; }

 private:
  void receive(pos::io::Commands commands);
  void feed(const pos::io::Outcome& outcome);
  void perform_d1(const pos::io::D1Command& command, RequestFault fault);

  RepairWorld& world_;
  pos::jobs::RepairTick work_;
  std::deque<pos::io::Command> commands_;
  std::optional<pos::io::DoneCommand> done_;
  std::vector<pos::io::LogCommand> logged_;
  std::int64_t elapsed_ms_ = 0;
  std::size_t most_in_flight_ = 0;
  int performed_ = 0;
};

[[nodiscard]] bool is_request(const pos::io::Command& command);
/// A request that changes something at Square.
[[nodiscard]] bool is_change(const pos::io::Command& command);
[[nodiscard]] bool is_reading(const pos::io::Command& command, const std::string& path);
[[nodiscard]] bool is_d1(const pos::io::Command& command, pos::store::Statement first);
[[nodiscard]] inline bool is_repair_claim(const pos::io::Command& command) {
  return is_d1(command, pos::store::Statement::repair_open);
}
[[nodiscard]] inline bool is_repair_freeze(const pos::io::Command& command) {
  return is_d1(command, pos::store::Statement::repair_log_frozen);
}
[[nodiscard]] inline bool is_repair_settle(const pos::io::Command& command) {
  return is_d1(command, pos::store::Statement::repair_log_settled);
}

}  // namespace world
