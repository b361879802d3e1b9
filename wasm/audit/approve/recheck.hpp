// A look at what has happened at one location since its plan was made: orders that have changed, or
// refunds. A value; what it finds is for the basis of the plan to judge.
#pragma once

#include <cstdint>
#include <string>

#include "audit/approve/preconditions.hpp"
#include "audit/row.hpp"
#include "audit/scan/location_scan.hpp"
#include "base/json/value.hpp"
#include "config/settings.hpp"
#include "io/command.hpp"
#include "net/reply.hpp"
#include "square/reply.hpp"

namespace pos::audit {

class PlanRecheck {
 public:
  enum class Kind : std::uint8_t { orders = 0, refunds = 1 };
  enum class State : std::uint8_t {
    resting = 0,    // there is a page to be asked for
    asking = 1,     // of Square
    comparing = 2,  // with what is stored
    over = 3,
  };

  PlanRecheck() = default;
  PlanRecheck(Kind kind, const AuditPlace& place, std::int64_t since_ms);

  State state = State::resting;

  [[nodiscard]] const std::string& location_id() const { return location_id_; }
  [[nodiscard]] io::FetchCommand request(const Settings& settings) const;

  /// What a page says.
  struct Found {
    bool nothing = false;  // it was no page: it is to be asked for again
    std::string refused;   // Square did not answer, in these words
    std::int64_t retry_after_ms = -1;
    std::string stale;  // what makes the plan stale
    std::string rows;   // orders that concern it, if they are not as they were read; "": none
  };
  /// Takes a reply. `from_ms` and `to_ms` are what the audit is about.
  [[nodiscard]] Found take(const net::Reply& reply, const ApprovalPreconditions& basis,
                           std::int64_t from_ms, std::int64_t to_ms);
  /// The page is judged: rests before the next one, or is over.
  void go_on();

  bool operator==(const PlanRecheck&) const = default;

 private:
  [[nodiscard]] Found take_page(json::Value body, const ApprovalPreconditions& basis,
                                std::int64_t from_ms, std::int64_t to_ms);
  void take_orders(json::Value list, const ApprovalPreconditions& basis, std::int64_t from_ms,
                   std::int64_t to_ms, Found& found);
  void take_refunds(json::Value list, const ApprovalPreconditions& basis, Found& found);

  Kind kind_ = Kind::orders;
  std::string location_id_;
  std::string account_;
  std::string sealed_;
  ScanPosition at_;
  std::int64_t reached_ms_ = 0;  // of the last thing on the page that is read
  std::int64_t lost_ = 0;        // answers to the request that is out
};

}  // namespace pos::audit
