// AuditReader before sending: what stands at Square of one repair, with as many requests as it
// takes. A value; it knows nothing of claims, times or doubt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/value.hpp"
#include "net/outcome.hpp"
#include "repair/row.hpp"
#include "repair/transition.hpp"
#include "square/object_state.hpp"
#include "square/paging.hpp"
#include "square/reply.hpp"

namespace pos::repair {

/// What has been learnt. A look that has found nothing says absent_early: what that proves is a
/// matter of times.
struct Finding {
  RepairEvent event = RepairEvent::unclear;
  std::string detail;
  std::string refund_id;    // of a refund of ours
  bool is_ours = false;     // it tells of our own request
  std::string version;      // clear: which version of the payment or the order it is about
  std::string location_id;  // clear: where it is
  std::int64_t retry_after_ms = -1;
};

class Inquiry {
 public:
  Inquiry() = default;
  /// Begins what this state has to read.
  Inquiry(const RepairRow& row, RepairState state);

  /// The next request, below the base URL. All of them only read.
  [[nodiscard]] std::string next_path(const RepairRow& row) const;
  /// Takes the reply to it. Nothing means that there is more to ask.
  [[nodiscard]] std::optional<Finding> read(const RepairRow& row, const net::Reply& reply);

  bool operator==(const Inquiry&) const = default;

 private:
  enum class Step : std::uint8_t {
    payment = 0,  // the one to be refunded
    refunds = 1,  // of its location, page by page
    refund = 2,   // those that the payment names, one by one
    order = 3,    // the one to be canceled, or whose payment is to be refunded
    survivor = 4,
    survivor_payment = 5,
    disputes = 6,
    follow = 7,  // the refund that Square was not through with
  };
  using Answer = std::optional<Finding>;

  Answer read_payment(const RepairRow& row, json::Value body);
  Answer judge_payment(const RepairRow& row, const square::PaymentState& payment);
  Answer read_refunds(const RepairRow& row, json::Value body);
  Answer read_refund(const RepairRow& row, json::Value body);
  Answer read_followed(const RepairRow& row, json::Value body);
  Answer read_order(const RepairRow& row, json::Value body);
  Answer judge_unpaid(const square::OrderState& order);
  Answer read_survivor(const RepairRow& row, json::Value body);
  Answer judge_survivor(const RepairRow& row, const square::OrderState& order);
  Answer read_survivor_payment(const RepairRow& row, json::Value body);
  Answer read_disputes(const RepairRow& row, json::Value body);
  /// All refunds of the payment that were named are known by now, or the next of them is asked for.
  Answer conclude_refunds(const RepairRow& row);
  Answer after_survivor();
  /// What a page says of the next one is taken; a finding if the list has no end.
  Answer turn_page(json::Value body, const char* list);
  Answer go_on(Step step);
  [[nodiscard]] Finding clear() const;

  Step step_ = Step::payment;
  bool looks_ = false;    // something is in doubt; else a survey
  std::string location_;  // of the payment or order, as Square says
  std::string version_;   // of what is to be changed
  std::int64_t refunded_ = 0;
  std::vector<std::string> named_;         // refunds that the payment names
  std::vector<square::RefundState> seen_;  // refunds of the payment
  bool disputable_ = false;                // one of the payments is
  std::vector<std::string> survivor_payments_;
  std::size_t next_ = 0;  // of named_ or survivor_payments_
  std::string cursor_;
  square::Paging paging_;
};

}  // namespace pos::repair
