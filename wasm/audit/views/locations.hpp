// POST /v1/audits/{id}/places/{location_id}/leave-out and …/put-back: an operator decides that a
// plan is made without one of its places, or with it again.
#pragma once

#include <string>
#include <utility>

#include "base/json/value.hpp"
#include "io/command.hpp"
#include "io/outcome.hpp"
#include "runtime/d1_exchange.hpp"
#include "runtime/repair_request.hpp"

namespace pos::audit {

class AuditLocations {
 public:
  AuditLocations() = default;
  explicit AuditLocations(runtime::RepairRequest&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const AuditLocations&) const = default;

 private:
  [[nodiscard]] bool read_body(io::Commands& out);
  [[nodiscard]] bool leaves_out() const {
    return request_.route == runtime::RepairRoute::place_leave_out;
  }
  void answer(json::Value results, io::Commands& out) const;

  runtime::RepairRequest request_;
  runtime::D1Exchange dialogue_;
  std::string actor_ = "operator";
  std::string reason_;
};

}  // namespace pos::audit
