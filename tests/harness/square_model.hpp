// A small model of Square for native tests: it books, it dedupes by key, it can be told to forget,
// and it is read, late if the test wants it. How a request ends for the caller is the test's
// choice, not the model's.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/value.hpp"
#include "harness/square_read_model.hpp"

namespace world {

struct Booking {
  std::string id;
  std::string key;
  std::string body;
  std::string order_id;       // ours, out of the metadata; a payment's: Square's order id
  std::int64_t revision = 0;  // an order's
  std::int64_t total = 0;     // an order's
  std::int64_t more = 0;      // of it, what its lines do not come to
  std::int64_t at_ms = 0;
  bool canceled = false;   // an order, by somebody at Square
  bool completed = false;  // an order, by PayOrder
};

class SquareModel {
 public:
  bool dedupes = true;
  /// How long after its effect a key is known.
  std::int64_t remembers_ms = std::numeric_limits<std::int64_t>::max() / 2;
  /// What the next new order totals beyond what its lines come to.
  std::int64_t adds_to_total = 0;
  /// How many bytes longer each reply to CreateOrder is than it need be.
  std::size_t padding = 0;
  /// The Retry-After of each reply, and its Date.
  std::string retry_after;
  std::string date;
  /// How long after it landed a booking is missing from searches and lists.
  std::int64_t search_lag_ms = 0;
  /// The same for an order that is asked for by its id.
  std::int64_t retrieve_lag_ms = 0;
  /// So many of the next searches and lists find nothing, whatever stands there.
  int wrongly_empty = 0;
  /// Searches and lists have no end: each page is empty and names another one.
  bool endless = false;
  /// No page of a search or list is longer.
  std::int64_t page_most = 1000;
  /// The paths that were read, in order of arrival.
  std::vector<std::string> reads;

  std::vector<Booking> orders;
  std::vector<Booking> payments;
  /// Every body that arrived under a key, in order of arrival, with or without effect.
  std::multimap<std::string, std::string> bodies;

  /// Takes the request in and returns Square's reply, as status and body.
  using Reply = SquareReply;
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
  /// An order that no request of ours has made: by hand, or by a program that uses no keys.
  std::string place(const std::string& body, std::int64_t now_ms);
  /// Somebody cancels the order at Square.
  void cancel(const std::string& id);
  /// Somebody takes the order's payment at the till, of that amount. Returns its id.
  std::string pay(const std::string& order_id, std::int64_t amount, std::int64_t now_ms);

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

  Reply read(const std::string& path, const std::string& body, std::int64_t now_ms);
  Reply create_order(const std::string& body, std::int64_t now_ms);
  Reply create_payment(pos::json::Value request, const std::string& body, std::int64_t now_ms);
  Reply pay_order(const std::string& path, pos::json::Value request);
  Booking& placed(const std::string& body, std::int64_t now_ms);
  [[nodiscard]] Booking* order_named(std::string_view id);
  [[nodiscard]] OrderThere there(const Booking& order) const;
  [[nodiscard]] SquareReadModel read_model(std::int64_t until_ms, Call call,
                                           std::string_view path) const;

  std::map<std::string, Memory> remembered_;
  std::multimap<std::string, std::string> payments_of_;  // by their order
  int next_id_ = 1;
};

}  // namespace world
