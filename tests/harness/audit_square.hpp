// A small Square that only reads: what stands there since long ago, page by page, for native tests
// of audits.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/square_read_model.hpp"
#include "io/command.hpp"

namespace world {

class AuditSquare {
 public:
  /// A thing of a list: its time, its location, and what Square says of it.
  struct Thing {
    std::int64_t at_ms = 0;
    std::string location;
    std::string json;
  };
  struct Sold {
    std::string id;
    std::int64_t at_ms = 0;
    std::int64_t total = 50000;
    std::string reference;
    std::string table = "7";
    std::string item = "Adana";
    std::string location = "L1";
    std::string state = "COMPLETED";
    std::string source = "CARD";
    bool paid = true;
    std::string more;             // members of the order, each with a comma before it
    std::int64_t updated_ms = 0;  // 0: when it was made
  };

  /// An order, and its payment `p-<id>` if it is paid.
  void sell(const Sold& sold);
  /// The refund `r-<id>` of the payment of an order, which is COMPLETED or PENDING.
  void refund(const std::string& order_id, std::int64_t amount, std::int64_t at_ms,
              const std::string& status = "COMPLETED");
  void dispute(const std::string& order_id, std::int64_t at_ms);

  std::vector<Thing> orders;
  std::vector<Thing> payments;
  std::vector<Thing> refunds;
  std::vector<Thing> disputes;
  std::string time_zone = "UTC";
  std::size_t page_most = 1000;
  /// A page of orders with more than that does not fit.
  std::size_t fits = 1000;
  /// Answers instead, if its status is not 0.
  std::function<SquareReply(const pos::io::FetchCommand&)> instead;
  std::vector<std::string> asked;
  std::string retry_after;  // of each answer

  SquareReply answer(const pos::io::FetchCommand& fetch);

 private:
  SquareReply page(const char* name, const std::vector<Thing>& things, const std::string& location,
                   std::int64_t from_ms, std::int64_t to_ms, std::size_t limit,
                   const std::string& cursor) const;
  SquareReply search(const std::string& text) const;
};

}  // namespace world
