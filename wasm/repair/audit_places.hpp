// POST /v1/audits/{id}/places/{location_id}/leave-out and …/put-back: an operator decides that a
// plan is made without one of its places, or with it again.
#pragma once

#include <string>
#include <utility>

#include "door/dialogue.hpp"
#include "io/command.hpp"
#include "io/outcome.hpp"
#include "json/value.hpp"
#include "repair/request.hpp"

namespace pos::repair {

class AuditPlaces {
 public:
  AuditPlaces() = default;
  explicit AuditPlaces(Request&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const AuditPlaces&) const = default;

 private:
  [[nodiscard]] bool read_body(io::Commands& out);
  [[nodiscard]] bool leaves_out() const { return request_.route == Route::place_leave_out; }
  void answer(json::Value results, io::Commands& out) const;

  Request request_;
  door::Dialogue dialogue_;
  std::string actor_ = "operator";
  std::string reason_;
};

}  // namespace pos::repair
