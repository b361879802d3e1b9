// POST /webhooks/square: an event whose signature the shell has verified. It settles nothing: it
// leaves a hint, and makes orders due that are in doubt.
#pragma once

#include <string>

#include "api/request.hpp"
#include "io/command.hpp"
#include "runtime/d1_exchange.hpp"

namespace pos::api {

class Webhook {
 public:
  Webhook() = default;
  explicit Webhook(Request&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const Webhook&) const = default;

 private:
  Request request_;
  runtime::D1Exchange dialogue_;
};

}  // namespace pos::api
