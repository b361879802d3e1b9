// POST /v1/audits/{id}/repairs/retry: an operator sets a repair going again that has stopped, or
// has one in doubt looked for at once.
#pragma once

#include <string>

#include "io/command.hpp"
#include "io/outcome.hpp"
#include "runtime/d1_exchange.hpp"
#include "runtime/repair_request.hpp"

namespace pos::repair {

class RepairRetry {
 public:
  RepairRetry() = default;
  explicit RepairRetry(runtime::RepairRequest&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const RepairRetry&) const = default;

 private:
  [[nodiscard]] bool read_body(io::Commands& out);
  void look(io::Commands& out);
  void write(io::Commands& out);
  [[nodiscard]] std::string query() const;
  /// Answers if something stands against it.
  [[nodiscard]] bool judge(json::Value row, io::Commands& out) const;
  void answer(json::Value row, io::Commands& out) const;

  runtime::RepairRequest request_;
  runtime::D1Exchange dialogue_;
  std::string target_;
  std::string actor_ = "operator";
  std::string reason_;
  bool writing_ = false;
  std::uint32_t rounds_ = 0;
};

}  // namespace pos::repair
