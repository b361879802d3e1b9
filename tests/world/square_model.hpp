// A small model of Square for native tests: it books, it dedupes by key, and it can be told to
// forget. How a request ends for the caller is the test's choice, not the model's.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "json/value.hpp"

namespace world {

struct Booking {
  std::string id;
  std::string key;
  std::string body;
  std::string order_id;       // ours, out of the metadata; a payment's: Square's order id
  std::int64_t revision = 0;  // an order's
  std::int64_t total = 0;     // an order's
  std::int64_t at_ms = 0;
};

/// The 200 to CreateOrder. The reply is `padding` bytes longer than it need be, and the total is
/// `more` than the lines add up to.
[[nodiscard]] std::string order_reply(const std::string& id, pos::json::Value order,
                                      std::size_t padding = 0, std::int64_t more = 0);
/// The 200 to CreatePayment.
[[nodiscard]] std::string payment_reply(const std::string& id);

class SquareModel {
 public:
  bool dedupes = true;
  /// How long after its effect a key is known.
  std::int64_t remembers_ms = std::numeric_limits<std::int64_t>::max() / 2;
  /// What the next new order totals beyond what its lines come to.
  std::int64_t adds_to_total = 0;
  /// How many bytes longer each reply to CreateOrder is than it need be.
  std::size_t padding = 0;
  /// The Retry-After of each reply.
  std::string retry_after;

  std::vector<Booking> orders;
  std::vector<Booking> payments;
  /// Every body that arrived under a key, in order of arrival, with or without effect.
  std::multimap<std::string, std::string> bodies;

  /// Takes the request in and returns Square's reply, as status and body.
  struct Reply {
    int status = 200;
    std::string body;
  };
  Reply apply(const std::string& path, const std::string& body, std::int64_t now_ms) {
    return apply(path, body, now_ms, now_ms);
  }
  /// The same for a request that was started earlier than it lands: two that overlap do not know of
  /// each other, and both take effect.
  Reply apply(const std::string& path, const std::string& body, std::int64_t now_ms,
              std::int64_t started_ms);
  /// Notes that the request arrived without effect.
  void note(const std::string& body);
  void forget_keys() { remembered_.clear(); }

  [[nodiscard]] int orders_of(const std::string& order_id) const;
  [[nodiscard]] int payments_of(const std::string& order_id) const;
  /// True if no key ever came with two bodies.
  [[nodiscard]] bool one_body_per_key() const;

 private:
  struct Memory {
    std::string body;
    Reply reply;
    std::int64_t at_ms = 0;
  };
  std::map<std::string, Memory> remembered_;
  int next_id_ = 1;
};

}  // namespace world
