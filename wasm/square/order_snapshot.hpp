// What an audit keeps of Square's objects: orders, payments, refunds and disputes, read from their
// JSON. A member that is missing is empty or 0; an object without an id, or (but for an order)
// whose time cannot be read, is none: then the list that it stands in cannot be read, and proves
// nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/value.hpp"

namespace pos::square {

/// An order at Square. Hashes have 52 bits, so that JSON and JavaScript hold them exactly; 0 is
/// "there is none".
struct OrderSnapshot {
  std::string id;
  std::string location_id;
  std::int64_t created_at_ms = 0;  // 0: Square does not say
  /// "sale", "return" (it gives something back, whatever else it holds), "canceled" or "draft".
  std::string kind;
  std::string state;
  bool paid = false;  // completely; an order with a fulfillment stays OPEN when it is
  std::string reference_id;
  std::string pos_sync;    // metadata of ours
  std::string order_key;   // metadata.order_id, with "#r2" behind it for revision 2
  std::string table_id;    // ticket_name, else metadata.table_id, else metadata.table
  std::int64_t total = 0;  // with the tip, as far as Square counts it in
  std::int64_t tip = 0;
  std::string currency;
  std::string tax = "{}";  // a JSON object, rate -> amount: {"10":636,"7.5":12}, sorted by name
  std::string content;     // hex of SHA-256 over the currency, the total without tip, and the lines
  /// Of a sale: what is missing of it, so that it can be compared with no other; "" if nothing is.
  std::string missing;
  std::string fingerprint;  // content_fingerprint() of it
  std::int64_t reference_hash = 0;
  std::int64_t metadata_hash = 0;  // of order_key, else of pos_sync: of whom it is a copy
  std::int64_t content_hash = 0;
  std::int64_t table_hash = 0;
  std::int64_t customer_hash = 0;
  std::int64_t source_hash = 0;  // of source.name: the program that made it
  /// What it shows of its tenders: a JSON list of [type, card's fingerprint as a hash, brand, last
  /// four digits, customer as a hash, payment's id].
  std::string tenders = "[]";

  bool operator==(const OrderSnapshot&) const = default;
};

/// Whom the metadata names, in a text that no other kind of name can be; "" if it names none.
[[nodiscard]] std::string metadata_of(const OrderSnapshot& sale);

/// The ids of the payments that it shows itself.
[[nodiscard]] std::vector<std::string> tender_ids_of(const OrderSnapshot& sale);

/// Reads an order as SearchOrders or RetrieveOrder show it.
[[nodiscard]] std::optional<OrderSnapshot> read_sale(json::Value order);

/// The names of a sale's hashes: 52 bits of SHA-256, never 0 for a text and 0 for "". `what` keeps
/// equal texts of different kinds apart.
[[nodiscard]] std::int64_t hash_of(std::string_view what, std::string_view text);

/// A payment at Square.
struct PaymentSnapshot {
  std::string id;
  std::string order_id;
  std::string location_id;
  std::int64_t created_at_ms = 0;
  std::string status;
  std::string source_type;
  std::int64_t amount = 0;  // total_money: with the tip
  std::string currency;
  std::int64_t refunded = 0;  // what Square says is refunded; refunds under way are not in it
  std::int64_t fee = 0;       // what Square took for processing it
  /// Of what tells what it was paid with from all others: the fingerprint of a card or of a bank
  /// account, a wallet's cashtag; or of the sale that another system knows (external_details).
  std::int64_t instrument_hash = 0;
  std::string card_brand;
  std::string card_last_4;
  std::int64_t customer_hash = 0;
  std::vector<std::string> refund_ids;

  bool operator==(const PaymentSnapshot&) const = default;
};

[[nodiscard]] std::optional<PaymentSnapshot> read_payment(json::Value payment);

/// A refund at Square.
struct RefundSnapshot {
  std::string id;
  std::string payment_id;
  std::string order_id;
  std::string status;
  std::int64_t amount = 0;
  std::string currency;
  std::string reason;
  std::int64_t created_at_ms = 0;

  /// It is under way, or for all that we know of its status it may be: it takes from what may still
  /// be refunded, but stands in no payment yet.
  [[nodiscard]] bool is_pending() const;
  /// It has given money back.
  [[nodiscard]] bool is_completed() const;

  bool operator==(const RefundSnapshot&) const = default;
};

[[nodiscard]] std::optional<RefundSnapshot> read_refund(json::Value refund);

/// A dispute at Square, about one payment.
struct DisputeSnapshot {
  std::string payment_id;
  std::string state;

  /// Square withholds the money, or has given it to the buyer, so that it cannot be refunded: any
  /// state but WON and INQUIRY_CLOSED, one that we do not know included.
  [[nodiscard]] bool stands() const;

  bool operator==(const DisputeSnapshot&) const = default;
};

[[nodiscard]] std::optional<DisputeSnapshot> read_dispute(json::Value dispute);

}  // namespace pos::square
