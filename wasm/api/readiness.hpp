// GET /readyz: whether orders that are enqueued now will be pushed.
#pragma once

#include <string>

#include "api/request.hpp"
#include "io/command.hpp"
#include "runtime/d1_exchange.hpp"

namespace pos::api {

/// Ready is: the configuration is accepted, the database answers and has the schema that this
/// worker knows, and the last whole tick is not older than READY_TICK_SECONDS. Before the first
/// tick that time counts from the installation, so a fresh one is ready. Reasons are for callers
/// with a token.
class Readiness {
 public:
  Readiness() = default;
  /// `problems` is what is wrong with the configuration, "" if nothing is.
  Readiness(Request&& request, const std::string& problems, bool tells);

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const Readiness&) const = default;

 private:
  void object(const std::string& reason);
  void finish(io::Commands& out) const;

  Request request_;
  runtime::D1Exchange dialogue_;
  std::string reasons_;
  bool tells_ = false;
};

}  // namespace pos::api
