// Runs one tick of the real core against a Database and a SquareModel, step by step, with every
// outcome in the test's hand.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "drain/tick.hpp"
#include "harness/database.hpp"
#include "harness/request_fault.hpp"
#include "harness/square_model.hpp"
#include "harness/tokens.hpp"
#include "io/command.hpp"

namespace world {

struct World {
  Database database;
  SquareModel square;
  Tokens tokens;

  /// Lets time pass for D1; a Worker's own clock is moved with Worker::wait.
  void pass(std::int64_t ms) { database.now_ms += ms; }
  void enqueue(const std::string& order_id, const std::string& restaurant_id = "",
               std::int64_t price = 35000);
  [[nodiscard]] std::string status(const std::string& order_id);
  [[nodiscard]] std::string error(const std::string& order_id);
};

/// How a command ends.
/// What the caller of Square sees.
struct Answer {
  pos::net::Transport transport = pos::net::Transport::replied;
  SquareModel::Reply reply;
};

/// Takes a request to the model, or not, and makes of it what `end` says.
[[nodiscard]] Answer ask_square(World& world, const std::string& url, const std::string& body,
                                RequestFault fault);

class Worker {
 public:
  /// With `only`, a push of that order at once.
  Worker(World& world, const std::string& id, pos::Settings settings = test_settings(),
         const std::string& actor = "cron", const std::string& only = "");

  /// Starts a tick that was made elsewhere.
  Worker(World& world, pos::drain::Tick tick);

  static pos::Settings test_settings();

  /// Performs commands in the order they were given, all of them well, until the tick has ended.
  void run();
  /// Performs commands, all of them well, until one that `wanted` accepts is next; false if the
  /// tick ended before.
  bool run_until(const std::function<bool(const pos::io::Command&)>& wanted);
  /// Performs the next command so. A `sleep` passes its time.
  void perform(RequestFault fault = RequestFault::none);
  /// Only the effect, or only the answer, of the next command: for what lands later.
  [[nodiscard]] std::optional<pos::io::Command> next() const;
  /// Takes the next command away unperformed, to be landed later or never.
  pos::io::Command take();
  /// What the world makes of a taken request: its effect now, its answer whenever the test likes.
  [[nodiscard]] Answer apply(const pos::io::FetchCommand& command,
                             RequestFault fault = RequestFault::none);
  void answer(const pos::io::FetchCommand& command, const Answer& answer);
  /// Answers a taken command; its effect is the caller's business.
  void answer_failed(const pos::io::Command& command,
                     const std::string& error = "Network connection lost.");
  /// Time passes for D1 and for this worker.
  void wait(std::int64_t ms);
  void wait_only_here(std::int64_t ms) { elapsed_ms_ += ms; }

  [[nodiscard]] bool ended() const { return done_.has_value(); }
  [[nodiscard]] const pos::io::DoneCommand& done() const { return *done_; }
  [[nodiscard]] const pos::drain::Tick& tick() const { return tick_; }
  /// What was logged so far.
  [[nodiscard]] const std::vector<pos::io::LogCommand>& logged() const { return logged_; }
  /// How many requests were out at once, at most.
  [[nodiscard]] std::size_t most_in_flight() const { return most_in_flight_; }

 private:
  void start();
  void receive(pos::io::Commands commands);
  void feed(const pos::io::Input& input);
  void perform_d1(const pos::io::D1Command& command, RequestFault fault);
  void perform_fetch(const pos::io::FetchCommand& command, RequestFault fault);

  World& world_;
  pos::drain::Tick tick_;
  std::deque<pos::io::Command> commands_;
  std::optional<pos::io::DoneCommand> done_;
  std::vector<pos::io::LogCommand> logged_;
  std::int64_t elapsed_ms_ = 0;
  std::size_t most_in_flight_ = 0;
};

/// True for a D1 command whose first statement is that.
[[nodiscard]] bool is_batch(const pos::io::Command& command, pos::store::Statement first);
[[nodiscard]] inline bool is_fetch(const pos::io::Command& command) {
  return std::holds_alternative<pos::io::FetchCommand>(command);
}
/// True for the exchange of a refresh token.
[[nodiscard]] bool is_token_request(const pos::io::Command& command);
[[nodiscard]] inline bool is_claim(const pos::io::Command& command) {
  return is_batch(command, pos::store::Statement::claim_open);
}
[[nodiscard]] inline bool is_freeze(const pos::io::Command& command) {
  return is_batch(command, pos::store::Statement::freeze_write);
}
[[nodiscard]] inline bool is_settle(const pos::io::Command& command) {
  return is_batch(command, pos::store::Statement::settle_audit);
}

/// A payload of one line that costs that much; with an external payment if asked.
[[nodiscard]] std::string payload(std::int64_t price = 35000, bool paid = false);

}  // namespace world
