// GET /v1/orders, /v1/orders/{id} and /v1/status: what is where, and why.
#pragma once

#include <string>

#include "door/dialogue.hpp"
#include "door/request.hpp"
#include "io/command.hpp"

namespace pos::door {

class Inspect {
 public:
  Inspect() = default;
  explicit Inspect(Request&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const Inspect&) const = default;

 private:
  Request request_;
  Dialogue dialogue_;
};

}  // namespace pos::door
