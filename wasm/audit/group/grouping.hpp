// Finds the orders of one location that are one sale, or may be, in time that grows with their
// number and with 40 bytes held for each.
//
// What is compared are hashes. An order names itself by its metadata, which our pushers write, and
// by its reference_id, which is whatever the restaurant's system sends.
//
// certain   The same metadata with the same content (whatever the content, if it is pos_sync, which
//           no other pusher has); or the same reference_id with the same content, unless metadata
//           says that they are two. Of names that are not ours each must be within twelve hours of
//           the one before: what comes again the next day is a number that starts over, and
//           identifies nothing. Nor does a reference_id that stands on several contents, nor any at
//           a place where such numbers are the rule.
// probable  The same content at the same table, each within the window of the one before (for a
//           cron that retries every half hour, three tries are an hour apart), where not two of
//           them name themselves differently. A pusher gave up after ten tries, so more copies
//           than ten are none.
// possible  Among those that are in no surer group: the same content within the window, but for two
//           that differ in table and in reference_id; or the same name on other content.
//
// What speaks against a group beside that (cards, tenders, customers, programs, a name that is no
// table) is weighed when it is planned: see evidence.hpp.
//
// An order is in at most one group. Where a probable group contradicts itself, what is certain in
// it stays, and the others are possible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json/value.hpp"

namespace pos::audit {

enum class Confidence : std::uint8_t { certain = 0, probable = 1, possible = 2 };

/// "certain", "probable" or "possible".
[[nodiscard]] const char* name_of(Confidence confidence);

/// What is compared of an order that is a sale and not wholly refunded.
struct Key {
  std::int64_t row = 0;  // of pos_audit_orders, below 2^44
  std::int64_t created_at_ms = 0;
  std::int64_t reference_hash = 0;
  std::int64_t metadata_hash = 0;
  bool has_pos_sync = false;
  std::int64_t content_hash = 0;
  std::int64_t table_hash = 0;
};

/// Orders that are one sale, or may be: two or more, in the order of their time.
struct Candidate {
  Confidence confidence = Confidence::possible;
  std::vector<std::int64_t> rows;

  bool operator==(const Candidate&) const = default;
};

class Grouping {
 public:
  Grouping() = default;
  explicit Grouping(std::int64_t window_ms) : window_ms_(window_ms) {}

  /// Takes the next order. They must come by (created_at_ms, row). One without content is compared
  /// with none.
  void add(const Key& key);

  /// Takes a page of rows as D1 answers them:
  /// [[row, created_at, reference_hash, metadata_hash, has pos_sync, content_hash, table_hash], …]
  void add_rows(json::Value rows);

  /// How many it has taken.
  [[nodiscard]] std::size_t size() const { return size_; }

  /// The groups, by their first order. Nothing may be added any more.
  [[nodiscard]] std::vector<Candidate> finish();

  bool operator==(const Grouping&) const = default;

 private:
  friend class Groups;

  /// With what an allocator writes before it, five pages of WebAssembly's.
  static constexpr std::size_t chunk_size = 8190;
  /// Of the marks of an order, the one that comes with it.
  static constexpr unsigned has_pos_sync = 1U << 0;

  /// An order, packed: there may be a million. What two hashes lose here is found when the plan
  /// compares texts.
  struct Order {
    std::uint64_t reference : 52 = 0;
    std::uint64_t marks : 12 = 0;
    std::uint64_t metadata : 52 = 0;
    std::uint64_t row_high : 12 = 0;
    std::uint64_t content : 52 = 0;
    std::uint64_t copies : 12 = 0;
    std::int64_t created_at_ms = 0;
    std::uint32_t table = 0;
    std::uint32_t row_low = 0;

    bool operator==(const Order&) const = default;
  };

  std::int64_t window_ms_ = 0;
  std::size_t size_ = 0;
  std::vector<std::vector<Order>> chunks_;  // a growing array would for a moment be there twice
};

}  // namespace pos::audit
