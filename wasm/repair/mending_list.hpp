// GET /v1/audits/{id}/repairs: what was approved, and how far it is; of one of them, how that came
// about.
#pragma once

#include "door/dialogue.hpp"
#include "io/command.hpp"
#include "io/outcome.hpp"
#include "repair/request.hpp"

namespace pos::repair {

class RepairList {
 public:
  RepairList() = default;
  explicit RepairList(Request&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const RepairList&) const = default;

 private:
  Request request_;
  door::Dialogue dialogue_;
};

}  // namespace pos::repair
