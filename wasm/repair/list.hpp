// GET /v1/audits/{id}/repairs: what was approved, and how far it is; of one of them, how that came
// about.
#pragma once

#include <cstdint>
#include <string>

#include "io/command.hpp"
#include "io/outcome.hpp"
#include "runtime/d1_exchange.hpp"
#include "runtime/repair_request.hpp"

namespace pos::repair {

class RepairList {
 public:
  RepairList() = default;
  explicit RepairList(runtime::RepairRequest&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const RepairList&) const = default;

 private:
  void ask(io::Commands& out);
  void take_table(json::Value rows, io::Commands& out);

  runtime::RepairRequest request_;
  runtime::D1Exchange dialogue_;
  std::string after_;  // which target this page begins behind
  std::int64_t rounds_ = 0;
  std::string table_;  // what is written of it so far
};

}  // namespace pos::repair
