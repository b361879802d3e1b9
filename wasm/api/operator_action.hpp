// POST /v1/orders/{id}/replay, cancel, mark-done, undo-mark-done: an operator changes an order that
// no worker holds. What is marked done is looked up at Square first, unless the operator forces it.
#pragma once

#include <string>

#include "api/order_evidence.hpp"
#include "api/request.hpp"
#include "io/command.hpp"
#include "runtime/d1_exchange.hpp"
#include "square/mark_check.hpp"

namespace pos::api {

class OperatorAction {
 public:
  OperatorAction() = default;
  explicit OperatorAction(Request&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const OperatorAction&) const = default;

 private:
  [[nodiscard]] bool read_body(io::Commands& out);
  void look(io::Commands& out);
  void write(const Evidence& evidence, io::Commands& out);
  [[nodiscard]] bool judge(const Evidence& evidence, io::Commands& out) const;
  [[nodiscard]] bool judge_cancel(const QueueRow& row, const push::Ledger& ledger,
                                  io::Commands& out) const;
  [[nodiscard]] bool may_be_booked(const Evidence& evidence) const;
  [[nodiscard]] bool judge_done(const Evidence& evidence, io::Commands& out) const;
  [[nodiscard]] bool is_taken(json::Value elsewhere, io::Commands& out) const;
  [[nodiscard]] bool judge_undo(const QueueRow& row, const push::Ledger& ledger, json::Value mark,
                                io::Commands& out);
  void ask_square(const Evidence& evidence, io::Commands& out);
  void send(const std::string& path, io::Commands& out);
  void hear_square(const io::Input& input, io::Commands& out);
  [[nodiscard]] std::string after(Route route) const;
  bool done(std::int64_t revision, io::Commands& out) const;

  Request request_;
  std::string actor_ = "operator";
  std::string reason_;
  std::string external_order_id_;
  std::string external_payment_id_;
  runtime::D1Exchange dialogue_;
  bool writing_ = false;
  bool must_look_ = false;  // a cancel whose order may be booked
  std::int64_t revision_ = 0;
  std::uint32_t rounds_ = 0;
  bool force_ = false;    // Square is not asked, and a known id is replaced
  bool checked_ = false;  // Square has said that what is marked stands there
  square::Meant meant_;
  io::Credential credential_;
  io::CommandId asked_ = 0;  // the request that is out
  bool asks_payment_ = false;
  std::int64_t mark_line_ = 0;  // of the mark that is undone
  std::string status_before_;   // and the row's status before it
};

}  // namespace pos::api
