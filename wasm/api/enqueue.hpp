// POST /v1/orders: takes an order into the queue, frozen where possible, or says why not.
#pragma once

#include <string>

#include "api/order_evidence.hpp"
#include "api/request.hpp"
#include "identity/keys.hpp"
#include "io/command.hpp"
#include "runtime/d1_exchange.hpp"

namespace pos::api {

class Enqueue {
 public:
  Enqueue() = default;
  explicit Enqueue(Request&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const Enqueue&) const = default;

 private:
  [[nodiscard]] bool read_body(io::Commands& out);
  void write(const Evidence& evidence, io::Commands& out);
  [[nodiscard]] bool judge(const Evidence& evidence, io::Commands& out) const;
  [[nodiscard]] std::string token() const;
  bool accept(io::Commands& out, int status, const char* row_status) const;
  [[nodiscard]] std::string push_at_once() const;

  Request request_;
  Identity identity_;
  std::string restaurant_id_;
  std::string payload_;
  std::string fingerprint_;
  runtime::D1Exchange dialogue_;
  bool writing_ = false;
  std::uint32_t rounds_ = 0;
};

}  // namespace pos::api
