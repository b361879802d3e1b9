// POST /v1/orders/replay: all that a filter lets through, once an operator has seen how many they
// are. What is replayed is exactly the set whose fingerprint he names, a bounded number of orders a
// call, the newest first, each under the guards and with the audit line of a replay of its own.
#pragma once

#include <string>
#include <vector>

#include "api/order_filter.hpp"
#include "api/request.hpp"
#include "io/command.hpp"
#include "runtime/d1_exchange.hpp"

namespace pos::api {

class ReplayMany {
 public:
  ReplayMany() = default;
  explicit ReplayMany(Request&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const ReplayMany&) const = default;

 private:
  /// An order of this call's.
  struct Target {
    std::string id;
    std::string order_id;
    std::string provider;
    std::string restaurant_id;
    std::int64_t revision = 0;
    std::string status;
    std::string last_error;
    bool replayed = false;
    std::string refused;  // why the database would not have it

    bool operator==(const Target&) const = default;
  };
  enum class Step : std::uint8_t { reading = 0, replaying = 1, counting = 2 };

  [[nodiscard]] bool read_body(io::Commands& out);
  void read_set(io::Commands& out);
  void take_set(json::Value results, io::Commands& out);
  void replay_next(io::Commands& out);
  void hear_replay(const io::Input& input, io::Commands& out);
  void answer_dry(std::int64_t count, const std::string& fingerprint, io::Commands& out) const;
  void answer_done(json::Value set, io::Commands& out) const;

  Request request_;
  Filter filter_;
  std::string actor_ = "operator";
  std::string reason_;
  std::string fingerprint_;
  std::string cursor_;
  bool dry_run_ = false;
  runtime::D1Exchange dialogue_;
  Step step_ = Step::reading;
  std::vector<Target> targets_;
  std::size_t at_ = 0;
};

}  // namespace pos::api
