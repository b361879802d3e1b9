// GET /v1/audits: a page of them, the newest first.
#pragma once

#include "io/command.hpp"
#include "runtime/d1_exchange.hpp"
#include "runtime/repair_request.hpp"

namespace pos::audit {

class ListAudits {
 public:
  ListAudits() = default;
  explicit ListAudits(runtime::RepairRequest&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const ListAudits&) const = default;

 private:
  runtime::RepairRequest request_;
  runtime::D1Exchange dialogue_;
};

}  // namespace pos::audit
