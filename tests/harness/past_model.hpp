// A small model of what a shop has at Square since before: payments with their refunds, orders,
// disputes. It refunds and cancels, dedupes by key, can be told to forget, to check less than
// Square does, and is read late if the test wants it. How a request ends for its caller is the
// test's choice, not the model's.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json/value.hpp"
#include "harness/square_read_model.hpp"
#include "io/command.hpp"

namespace world {

struct PastRefund {
  std::string id;
  std::string payment_id;
  std::string key;  // "" for one that was made by hand
  std::string reason;
  std::int64_t amount = 0;
  std::int64_t at_ms = 0;
  std::vector<std::pair<std::int64_t, std::string>> statuses;  // since when it has been what

  [[nodiscard]] std::string status_at(std::int64_t until_ms) const;
  [[nodiscard]] std::string status() const { return statuses.back().second; }
  [[nodiscard]] bool stands() const { return status() != "FAILED" && status() != "REJECTED"; }
};

struct PastPayment {
  std::string id;
  std::string order_id;
  std::string status = "COMPLETED";
  std::string source_type = "CARD";
  std::int64_t amount = 0;
  std::vector<std::int64_t> touched_ms;  // changes that are no refund
};

struct PastOrder {
  std::string id;
  std::int64_t total = 0;
  std::vector<std::string> payment_ids;
  std::int64_t paid_at_ms = -1;      // -1: never
  std::int64_t canceled_at_ms = -1;  // -1: never
  std::string canceled_by;           // a key; "" for somebody's hand
  std::vector<std::int64_t> touched_ms;
  std::int64_t added = 0;          // a dish that was added when it was edited
  std::int64_t edited_at_ms = -1;  // -1: never
  std::string note;                // on its line, since it was edited

  [[nodiscard]] std::int64_t total_at(std::int64_t until_ms) const;
};

class PastModel {
 public:
  static constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::max() / 2;

  bool dedupes = true;
  /// How long after its effect a key is known.
  std::int64_t remembers_ms = for_ever;
  /// Whether a refusal is what the key is answered with from then on, too.
  bool remembers_refusals = false;
  /// Whether a refund is refused where its version token or its amount does not fit any more.
  bool checks_version = true;
  bool checks_amount = true;
  /// How long after it landed something is missing from lists, and from what is asked for by its
  /// id.
  std::int64_t list_lag_ms = 0;
  std::int64_t read_lag_ms = 0;
  std::int64_t page_most = 100;
  /// What a new refund is, where Square moves the money itself.
  std::string next_status = "COMPLETED";
  std::string retry_after;
  std::vector<std::string> reads;  // the paths that were read

  std::map<std::string, PastPayment> payments;
  std::map<std::string, PastOrder> orders;
  std::vector<PastRefund> refunds;
  std::vector<std::pair<std::string, std::string>> disputes;  // payment and state
  /// Every body that arrived under a key, with or without effect.
  std::multimap<std::string, std::string> bodies;

  /// An order that was paid with one payment, long ago.
  void sell(const std::string& order_id, const std::string& payment_id, std::int64_t amount,
            const std::string& source_type = "CARD");
  /// An order that nobody has paid.
  void leave_open(const std::string& order_id, std::int64_t total);

  // What people do at Square's dashboard. A refund takes what is left, or fails silently.
  void refund_by_hand(const std::string& payment_id, std::int64_t amount, std::int64_t now_ms);
  void touch(const std::string& payment_id, std::int64_t now_ms);
  void touch_order(const std::string& order_id, std::int64_t now_ms);
  /// A dish of that price is added; of 0, the line gets a note.
  void edit_by_hand(const std::string& order_id, std::int64_t price, std::int64_t now_ms);
  void cancel_by_hand(const std::string& order_id, std::int64_t now_ms);
  void pay_by_hand(const std::string& order_id, std::int64_t now_ms);
  /// What the bank does with all refunds that are pending.
  void settle_pending(const std::string& status, std::int64_t now_ms);

  using Reply = SquareReply;
  /// Takes a request in that was started at `started_ms` and lands now: two that overlap do not
  /// know of each other's key.
  Reply apply(pos::io::Method method, const std::string& path, const std::string& body,
              std::int64_t now_ms, std::int64_t started_ms);
  void note(const std::string& body);
  void forget_keys() { remembered_.clear(); }

  /// What a person sees of an order, as a fingerprint.
  [[nodiscard]] std::string fingerprint(const std::string& order_id, std::int64_t now_ms) const;
  /// What an approval stores of two orders as they stand now.
  [[nodiscard]] std::string approved(const std::string& order_id, const std::string& survivor,
                                     std::int64_t now_ms) const;

  /// How many refunds of the payment stand, or were made by us, and to what amount.
  [[nodiscard]] int standing(const std::string& payment_id) const;
  [[nodiscard]] int ours(const std::string& payment_id) const;
  [[nodiscard]] std::int64_t refunded(const std::string& payment_id) const;
  [[nodiscard]] bool one_body_per_key() const;
  /// Two models with the same text here behave alike from now on.
  [[nodiscard]] std::string spelled() const;

 private:
  struct Memory {
    std::string body;
    Reply reply;
    std::int64_t at_ms = 0;
  };

  Reply read(const std::string& path, std::int64_t now_ms);
  Reply change(const std::string& path, const std::string& body, std::int64_t now_ms);
  Reply refund(pos::json::Value request, std::int64_t now_ms);
  Reply cancel(const std::string& order_id, pos::json::Value request, std::int64_t now_ms);
  [[nodiscard]] std::int64_t version_of(const PastPayment& payment, std::int64_t until_ms) const;
  [[nodiscard]] std::int64_t version_of(const PastOrder& order, std::int64_t until_ms) const;
  [[nodiscard]] std::string payment_at(const PastPayment& payment, std::int64_t until_ms) const;
  [[nodiscard]] std::string order_at(const PastOrder& order, std::int64_t until_ms) const;
  [[nodiscard]] std::string refund_at(const PastRefund& refund, std::int64_t until_ms) const;
  [[nodiscard]] Reply list_refunds(std::string_view query, std::int64_t until_ms) const;
  [[nodiscard]] Reply list_disputes(std::string_view query) const;
  PastRefund& add_refund(const std::string& payment_id, std::int64_t amount,
                         const std::string& status, std::int64_t now_ms);

  std::map<std::string, Memory> remembered_;
  int next_id_ = 1;
};

}  // namespace world
