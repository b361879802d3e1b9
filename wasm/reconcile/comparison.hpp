// Two sides of one account's books, day by day, and every difference between them with its reason.
// Pure: what was sold by us and what stands at Square in, a comparison out.
//
// A sale of ours counts on the day when it was placed, and so does the one order of Square's that
// stands for it, whenever it was made. Everything else at Square counts on the day it was made.
// Gross is what was sold, VAT included and without tips.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "square/vat.hpp"

namespace pos::reconcile {

/// How many orders, for how much, and the VAT in it by rate; rates with nothing are left out.
struct Sums {
  std::int64_t orders = 0;
  std::int64_t gross = 0;
  square::Vat vat;

  [[nodiscard]] std::int64_t vat_total() const;
  Sums& operator+=(const Sums& other);
  Sums& operator-=(const Sums& other);

  bool operator==(const Sums&) const = default;
};

[[nodiscard]] Sums operator-(Sums a, const Sums& b);

/// What our books say of one of our orders.
enum class Known : std::uint8_t {
  sold = 0,
  in_doubt = 1,  // whether it was booked is unknown
  unsold = 2,    // it waits, or was given up
};

/// One revision of an order of ours: each is a sale of its own.
struct LocalOrder {
  std::string order_id;
  std::int64_t revision = 1;
  std::string external_order_id;  // "" where an older pusher did not write it down
  std::int64_t at_ms = 0;         // when it was placed, else when it was first sent
  Known known = Known::sold;
  bool pays = false;         // a payment was asked for
  bool has_figures = false;  // what it was made of can be read
  std::string currency;
  Sums figures;
  /// What another pusher may have made of the same payload; as `figures` where we sent it.
  Sums otherwise;
  std::string note;  // in words, why it is not sold

  bool operator==(const LocalOrder&) const = default;
};

/// One order as it stands at Square, with what was paid for it and given back.
struct SquareOrder {
  std::string id;
  std::int64_t created_at_ms = 0;
  std::string kind;  // as in Sale
  bool paid = false;
  std::string reference_id;
  std::string pos_sync;
  std::string order_key;
  std::string payment_id;  // of its first tender
  std::string currency;
  Sums sold;  // one order, before anything was given back
  std::int64_t tip = 0;
  bool has_payment = false;  // a payment of it is known
  std::int64_t refunded = 0;
  std::int64_t pending = 0;   // what refunds that are under way ask for
  std::string group;          // orders that an audit takes for one sale share it
  bool is_duplicate = false;  // so says the audit, or its approver

  /// What of it still stands: nothing of an order that is unpaid, canceled or given back; of one
  /// that was given back in part, the rest, and of its VAT the same part (half-even). A refund
  /// falls on the goods before it falls on the tip.
  [[nodiscard]] Sums standing() const;

  bool operator==(const SquareOrder&) const = default;
};

enum class Reason : std::uint8_t {
  duplicate = 0,  // a copy of a sale that counts already
  missing = 1,    // ours, and nothing stands there
  refunded = 2,   // ours, and some or all of it was given back
  open = 3,       // ours, and unpaid there
  unknown = 4,    // not ours, or not for certain; or the sums of the two differ
};

[[nodiscard]] const char* to_string(Reason reason);

/// One difference, with its reason.
struct Line {
  std::size_t day = 0;
  std::string currency;
  Reason reason = Reason::unknown;
  std::string order_id;
  std::string external_order_id;
  std::string reference_id;
  Sums figures;  // Square's less ours
  std::string detail;

  bool operator==(const Line&) const = default;
};

/// Days of a time zone, and the part of them that is asked about.
struct Period {
  std::vector<std::string> dates;
  std::vector<std::int64_t> starts;  // of each, ascending, in Unix milliseconds
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;  // the first that is not part of it
  std::string currency;    // the location's: of what says none

  /// The place of the day of a moment, or -1 if it is not asked about.
  [[nodiscard]] std::ptrdiff_t day_of(std::int64_t at_ms) const;

  bool operator==(const Period&) const = default;
};

/// Both sides of one day, or of all of them.
struct Balance {
  Sums ours;
  Sums square;

  [[nodiscard]] Sums difference() const { return square - ours; }

  bool operator==(const Balance&) const = default;
};

/// What was found, for one currency.
struct Books {
  std::vector<Balance> days;  // as the period's
  std::vector<Line> lines;    // by day, then by reason, then by id

  [[nodiscard]] Balance total() const;
  [[nodiscard]] Sums sum_of(Reason reason) const;
  /// Whether on each day the lines add up to the difference, to the minor unit: in orders, in
  /// gross, and in the VAT of each rate.
  [[nodiscard]] bool explained() const;

  bool operator==(const Books&) const = default;
};

/// By currency. Orders without anything in common with the period are ignored.
using ComparisonByCurrency = std::map<std::string, Books, std::less<>>;

[[nodiscard]] ComparisonByCurrency compare(const Period& period,
                                           const std::vector<LocalOrder>& ours,
                                           const std::vector<SquareOrder>& theirs);

/// For each of `theirs` the place in `ours` of the sale that it is of, or -1: whose id it has, else
/// whose key, else whose reference.
[[nodiscard]] std::vector<std::ptrdiff_t> matches(const std::vector<LocalOrder>& ours,
                                                  const std::vector<SquareOrder>& theirs);

}  // namespace pos::reconcile
