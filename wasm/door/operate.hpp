// POST /v1/orders/{id}/replay, cancel, mark-done: an operator changes an order that nobody holds.
#pragma once

#include <string>

#include "door/dialogue.hpp"
#include "door/evidence.hpp"
#include "door/request.hpp"
#include "io/command.hpp"

namespace pos::door {

class Operate {
 public:
  Operate() = default;
  explicit Operate(Request&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const Operate&) const = default;

 private:
  [[nodiscard]] bool read_body(io::Commands& out);
  void look(io::Commands& out);
  void write(const Evidence& evidence, io::Commands& out);
  [[nodiscard]] bool judge(const Evidence& evidence, io::Commands& out) const;
  [[nodiscard]] bool judge_cancel(const QueueRow& row, const push::Ledger& ledger,
                                  io::Commands& out) const;
  [[nodiscard]] bool may_be_booked(const Evidence& evidence) const;
  [[nodiscard]] bool judge_done(const Evidence& evidence, io::Commands& out) const;
  bool done(std::int64_t revision, io::Commands& out) const;

  Request request_;
  std::string actor_ = "operator";
  std::string reason_;
  std::string external_order_id_;
  std::string external_payment_id_;
  Dialogue dialogue_;
  bool writing_ = false;
  bool must_look_ = false;  // a cancel whose order may be booked
  std::int64_t revision_ = 0;
  std::uint32_t rounds_ = 0;
};

}  // namespace pos::door
