// Looking before sending: what stands at Square of an order, read with as many requests as it
// takes. A value; it knows nothing of claims, times or doubt. What it means to find nothing is for
// push/decision.hpp to say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/value.hpp"
#include "identity/keys.hpp"
#include "net/outcome.hpp"
#include "push/decision.hpp"
#include "square/reply.hpp"

namespace pos::square {

/// A request that only reads.
struct Query {
  std::string path;  // below the base URL, with its parameters
  std::string body;  // "" for a GET
};

class ReadBack {
 public:
  ReadBack() = default;

  /// Looks for the order that `frozen.order_body` describes, by location and source name out of
  /// those bytes: first among the ids in `hints` (a JSON array of texts, or ""), then by search. A
  /// match is metadata.pos_sync = the order's idempotency key and nothing weaker: an equal
  /// reference_id may be another revision's. What a page shows is retrieved again before it is
  /// believed.
  [[nodiscard]] static ReadBack of_order(const push::Ledger& frozen, std::string_view hints);

  /// Looks among the ids in `hints` and nowhere else: finding nothing says nothing.
  [[nodiscard]] static ReadBack of_hints(const push::Ledger& frozen, std::string_view hints);

  /// Looks whether the order that stands is paid: at its own tenders, then among the payments of
  /// its location, because Square's lists answer at times that differ.
  [[nodiscard]] static ReadBack of_payment(const push::Ledger& frozen);

  /// Looks for an order that was sent without any key of ours. Nothing is certain then, so it only
  /// lists what looks like it: the same reference_id, or the same total, items and table within 35
  /// minutes. `order_body` is what would be sent today, "" if the payload cannot be read.
  [[nodiscard]] static ReadBack of_keyless(const Identity& identity, const push::Ledger& ledger,
                                           std::string_view order_body, std::string_view location);

  /// The next request.
  [[nodiscard]] Query next() const;

  /// Takes the reply to next(). Nothing means that there is more to ask; else found, found_unpaid,
  /// found_canceled, several, absent, unclear, lookalikes, or what a refusal says.
  [[nodiscard]] std::optional<net::Outcome> read(const net::Reply& reply);

  bool operator==(const ReadBack&) const = default;

 private:
  enum class Step : std::uint8_t { hints = 0, search = 1, retrieve = 2, payments = 3 };
  enum class Sought : std::uint8_t { order = 0, hinted = 1, payment = 2, keyless = 3 };
  enum class Page : std::uint8_t { next = 0, last = 1, endless = 2 };
  using Answer = std::optional<net::Outcome>;

  [[nodiscard]] std::string hints_body() const;
  [[nodiscard]] std::string search_body() const;
  [[nodiscard]] std::string payments_path() const;
  Answer read_hints(const net::Reply& reply, json::Value body);
  Answer without_hints(const net::Reply& reply);
  Answer read_page(const net::Reply& reply, json::Value body);
  Answer read_order(const net::Reply& reply, json::Value body);
  Answer read_payments(const net::Reply& reply, json::Value body);
  Answer judge(const net::Reply& reply, json::Value order);
  Answer conclude_search(const net::Reply& reply);
  void begin_list();
  Page turn_page(json::Value body);
  void add_match(std::string_view id);
  [[nodiscard]] bool is_here(json::Value shown) const;
  [[nodiscard]] bool is_older(json::Value shown) const;
  [[nodiscard]] bool is_what_was_asked(json::Value list) const;
  void note(json::Value order);
  void note_likeness(json::Value order);
  [[nodiscard]] bool is_ours(json::Value order) const;
  [[nodiscard]] bool is_like_ours(json::Value order) const;

  Step step_ = Step::search;
  Sought sought_ = Sought::order;
  bool pays_ = false;
  std::int64_t total_ = 0;
  std::string currency_;
  std::string key_;
  std::string location_;
  std::string source_;
  std::string reference_;      // what the order's reference_id is
  std::string raw_reference_;  // keyless: our order id, as an older pusher may have sent it
  std::string hints_;
  std::string order_body_;  // keyless: to compare with
  std::int64_t since_ms_ = 0;
  std::int64_t placed_at_s_ = 0;  // keyless
  std::int64_t limit_ = 100;
  std::int64_t pages_ = 0;
  std::string cursor_;
  std::string passed_;  // an earlier cursor: one that comes again leads round
  std::vector<std::string>
      matches_;           // ids that are ours and not canceled; of payments, completed ones
  std::string canceled_;  // one that is ours and canceled
  std::string alike_;     // ids for a human, in words
  std::string pending_;   // a payment that is neither done nor refused
  std::string partial_;   // one of the order, of another amount than its total
  std::string order_id_;  // to be retrieved
};

}  // namespace pos::square
