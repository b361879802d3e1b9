#include "audit/group/grouping.hpp"

#include <algorithm>
#include <utility>

#include "base/disjoint_sets.hpp"
#include "base/duration.hpp"

namespace pos::audit {
namespace {

using Index = std::uint32_t;

// The pushers of the incident gave up after ten tries.
constexpr std::size_t most_copies = 10;

// Orders that share a name on different contents are worth a look however far apart, as long as
// they are as few as one order's changes may be. A number that restarts every day stands on
// more.
constexpr std::uint64_t few_copies = 4;

// From so many references on that stand on several contents, if they outnumber those that stand on
// one content twice, a location restarts its ticket numbers. Then the numbers that have stood on
// one content so far are no better.
constexpr std::size_t rule_of_recycling = 10;

// So long after a copy no retry of it comes, and the next day's first ticket has number 1 again:
// what is further apart needs a person's eyes, though it has one name and one content.
constexpr std::int64_t retried_within_ms = 12 * hour_ms;

// What is known of an order beside its key; Grouping::has_pos_sync comes with it.
constexpr unsigned shares_metadata = 1U << 1;
constexpr unsigned shares_reference = 1U << 2;
constexpr unsigned is_near = 1U << 3;     // another one with its content is within the window
constexpr unsigned on_several = 1U << 4;  // its reference stands on several contents
constexpr unsigned is_torn = 1U << 5;     // those of its name and content are not all one sale
constexpr unsigned on_few = 1U << 6;      // its reference stands on few orders
constexpr unsigned is_late = 1U << 11;    // no retry of the one before with its name and content
// Of the first one of a group:
constexpr unsigned has_spoken = 1U << 7;   // its reference has been compared
constexpr unsigned is_by_look = 1U << 8;   // it holds together by its look
constexpr unsigned is_contrary = 1U << 9;  // it names itself in two ways
// Of all in a group:
constexpr unsigned is_grouped = 1U << 10;

std::size_t slots_for(std::size_t count) {
  std::size_t slots = 16;
  while (slots < count + count / 2) slots *= 2;
  return slots;
}

std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 32;
  value *= 0x9E3779B97F4A7C15;
  return value ^ value >> 29;
}

}  // namespace

/// One finish(): passes over all orders, each with a table of what it compares. A table would be
/// half of the memory if each pass had its own.
class Groups {
 public:
  explicit Groups(Grouping& grouping)
      : orders_(grouping),
        count_(static_cast<Index>(grouping.size_)),
        sure_(count_),
        slots_(slots_for(count_)) {}

  std::vector<Candidate> find() {
    find_shared_metadata();
    unite_by_metadata();
    weigh_references();
    unite_by_reference();
    find_near();
    unite_by_look();
    unite_what_is_possible();
    return listed();
  }

 private:
  using Order = Grouping::Order;

  /// What two orders must have in common: all bits of what is compared are set.
  struct Fields {
    std::uint64_t reference = 0;
    std::uint64_t metadata = 0;
    std::uint64_t content = 0;
    std::uint32_t table = 0;
  };
  static constexpr std::uint64_t all = ~std::uint64_t{0};
  static constexpr std::uint32_t all32 = ~std::uint32_t{0};

  Order& at(Index i) { return orders_.chunks_[i / Grouping::chunk_size][i % Grouping::chunk_size]; }
  void mark(Index i, unsigned marks) { at(i).marks = (at(i).marks | marks) & 0xfffu; }
  void unmark(Index i, unsigned marks) { at(i).marks = at(i).marks & ~marks & 0xfffu; }
  bool has(Index i, unsigned marks) { return (at(i).marks & marks) == marks; }

  bool is_within(Index earlier, Index later) {
    return at(later).created_at_ms - at(earlier).created_at_ms <= orders_.window_ms_;
  }
  /// Both have metadata, and it is not the same: they are two sales.
  bool metadata_parts(Index a, Index b) {
    const std::uint64_t one = at(a).metadata;
    const std::uint64_t other = at(b).metadata;
    return one != 0 && other != 0 && one != other;
  }

  void clear() { std::fill(slots_.begin(), slots_.end(), 0); }

  /// Where an order that has the same fields is noted (as its position and one), or can be.
  Index& slot_of(const Order& order, const Fields& fields) {
    const std::uint64_t hash = mixed(
        mixed(mixed((order.reference & fields.reference) ^ (order.metadata & fields.metadata)) ^
              (order.content & fields.content)) ^
        (order.table & fields.table));
    const std::size_t last = slots_.size() - 1;
    std::size_t slot = static_cast<std::size_t>(hash) & last;
    while (slots_[slot] != 0 && !equal(order, at(slots_[slot] - 1), fields)) {
      slot = (slot + 1) & last;
    }
    return slots_[slot];
  }
  static bool equal(const Order& a, const Order& b, const Fields& fields) {
    return (((a.reference ^ b.reference) & fields.reference) |
            ((a.metadata ^ b.metadata) & fields.metadata) |
            ((a.content ^ b.content) & fields.content) | ((a.table ^ b.table) & fields.table)) == 0;
  }

  void find_shared_metadata() {
    clear();
    for (Index i = 0; i < count_; ++i) {
      if (at(i).metadata == 0) continue;
      Index& first = slot_of(at(i), {0, all, 0, 0});
      if (first == 0) first = i + 1;
      if (first == i + 1) continue;
      mark(first - 1, shares_metadata);
      mark(i, shares_metadata);
    }
  }

  void unite_by_metadata() {
    clear();
    for (Index i = 0; i < count_; ++i) {
      if (!has(i, shares_metadata | Grouping::has_pos_sync)) continue;
      Index& first = slot_of(at(i), {0, all, 0, 0});
      if (first == 0) first = i + 1;
      sure_.unite(first - 1, i);
    }
    unite_by_order_id();
  }

  /// An order id of another pusher's may be a number that comes again the next day. One that stands
  /// on an order of ours too is an id of our queue, which never does.
  void unite_by_order_id() {
    const auto is_named = [this](Index i) { return has(i, shares_metadata); };
    const auto is_ours = [this](Index i) { return has(i, Grouping::has_pos_sync); };
    unite_by_name({0, all, all, 0}, is_named, is_ours, is_ours);
  }

  /// Finds out which references identify something.
  void weigh_references() {
    clear();
    for (Index i = 0; i < count_; ++i) {
      if (at(i).reference == 0) continue;
      Index& noted = slot_of(at(i), {all, 0, 0, 0});
      if (noted == 0) noted = i + 1;
      count_reference(noted - 1, i);
    }
    std::size_t recycled = 0;
    std::size_t repeated = 0;
    for (Index i = 0; i < count_; ++i) {
      if (!has(i, shares_reference)) continue;
      const Index first = slot_of(at(i), {all, 0, 0, 0}) - 1;
      if (first == i) ++(has(i, on_several) ? recycled : repeated);
      if (has(first, on_several)) mark(i, on_several);
      if (at(first).copies <= few_copies) mark(i, on_few);
    }
    recycles_ = recycled >= rule_of_recycling && recycled > repeated;
  }

  /// `first` is the first order with the reference of `i`.
  void count_reference(Index first, Index i) {
    Order& order = at(first);
    if (order.copies <= few_copies) order.copies = (order.copies + 1u) & 0xfffu;
    if (first == i) return;
    mark(first, shares_reference);
    mark(i, shares_reference);
    // Revisions of one order have one reference, and say that they are revisions.
    if (order.content != at(i).content && !metadata_parts(first, i)) mark(first, on_several);
  }

  bool identifies(Index i) { return !recycles_ && has(i, shares_reference) && !has(i, on_several); }

  void unite_by_reference() {
    const auto is_named = [this](Index i) { return identifies(i); };
    const auto has_metadata = [this](Index i) { return at(i).metadata != 0; };
    const auto never = [](Index) { return false; };
    unite_by_name({all, 0, all, 0}, is_named, has_metadata, never);
  }

  /// Unites those that have the same name, as `fields` say, unless they are torn. Noted is one that
  /// is surer than others, if there is one: it is what they are compared with. If it is unique,
  /// they are one sale in any case.
  template <typename IsNamed, typename IsSurer, typename IsUnique>
  void unite_by_name(const Fields& fields, IsNamed is_named, IsSurer is_surer, IsUnique is_unique) {
    find_late(fields, is_named);
    clear();
    for (Index i = 0; i < count_; ++i) {
      if (!is_named(i)) continue;
      Index& noted = slot_of(at(i), fields);
      const bool torn = noted != 0 && (has(noted - 1, is_torn) || metadata_parts(noted - 1, i));
      if (noted == 0 || !is_surer(noted - 1)) noted = i + 1;
      if (torn || has(i, is_late)) mark(noted - 1, is_torn);
    }
    for (Index i = 0; i < count_; ++i) {
      if (!is_named(i)) continue;
      const Index noted = slot_of(at(i), fields) - 1;
      if (!has(noted, is_torn) || is_unique(noted)) sure_.unite(noted, i);
    }
    for (Index i = 0; i < count_; ++i) unmark(i, is_late | is_torn);
  }

  template <typename IsNamed>
  void find_late(const Fields& fields, IsNamed is_named) {
    clear();
    for (Index i = 0; i < count_; ++i) {
      if (!is_named(i)) continue;
      Index& noted = slot_of(at(i), fields);
      if (noted != 0 && at(i).created_at_ms - at(noted - 1).created_at_ms > retried_within_ms) {
        mark(i, is_late);
      }
      noted = i + 1;
    }
  }

  /// Most orders have nothing alike within the window, and are not looked at any more.
  void find_near() {
    clear();
    for (Index i = 0; i < count_; ++i) {
      Index& noted = slot_of(at(i), {0, 0, all, 0});
      if (noted != 0 && is_within(noted - 1, i)) {
        mark(noted - 1, is_near);
        mark(i, is_near);
      }
      noted = i + 1;
    }
  }

  void unite_by_look() {
    DisjointSets alike = sure_;
    clear();
    for (Index i = 0; i < count_; ++i) {
      if (!has(i, is_near) || at(i).table == 0) continue;
      Index& noted = slot_of(at(i), {0, 0, all, all32});
      if (noted != 0 && is_within(noted - 1, i)) alike.unite(noted - 1, i);
      noted = i + 1;
    }
    find_contrary(alike);
    find_crowded(alike);
    for (Index i = 0; i < count_; ++i) {
      const Index root = alike.root(i);
      if (has(root, is_contrary) || sure_.root(i) == root) continue;
      mark(root, is_by_look);
    }
    // A set's root is its first order, so roots are united before what hangs below them.
    for (Index i = 0; i < count_; ++i) {
      const Index root = alike.root(i);
      if (has(root, is_by_look)) sure_.unite(root, i);
    }
    mark_grouped();
  }

  /// Whether two of a set name themselves differently. What is certain names itself by its first
  /// reference, for a pusher may have sent a new one with each try.
  void find_contrary(DisjointSets& alike) {
    clear();
    for (Index i = 0; i < count_; ++i) {
      if (at(i).metadata == 0) continue;
      const Index root = alike.root(i);
      Index& noted = slots_[root];
      if (noted == 0) noted = i + 1;
      if (metadata_parts(noted - 1, i)) mark(root, is_contrary);
    }
    clear();
    for (Index i = 0; i < count_; ++i) {
      const Index certain = sure_.root(i);
      if (at(i).reference == 0 || has(certain, has_spoken)) continue;
      mark(certain, has_spoken);
      const Index root = alike.root(i);
      Index& noted = slots_[root];
      if (noted == 0) noted = i + 1;
      if (at(noted - 1).reference != at(i).reference) mark(root, is_contrary);
    }
  }

  void find_crowded(DisjointSets& alike) {
    clear();
    for (Index i = 0; i < count_; ++i) {
      const Index root = alike.root(i);
      if (++slots_[root] > most_copies) mark(root, is_contrary);
    }
  }

  void mark_grouped() {
    for (Index i = 0; i < count_; ++i) {
      const Index root = sure_.root(i);
      if (root == i) continue;
      mark(root, is_grouped);
      mark(i, is_grouped);
    }
  }

  void unite_what_is_possible() {
    unite_possible({0, 0, all, all32}, is_near, Far::never);
    unite_possible({all, 0, all, 0}, is_near, Far::never);
    unite_vague();
    unite_possible({all, 0, 0, 0}, shares_reference, Far::where_few);
    unite_possible({0, all, 0, 0}, shares_metadata, Far::always);
  }

  enum class Far : std::uint8_t { never = 0, where_few = 1, always = 2 };

  /// Unites each order that is in no group yet with the one before that has the same fields, none
  /// of them empty.
  void unite_possible(const Fields& fields, unsigned marks, Far far) {
    clear();
    for (Index i = 0; i < count_; ++i) {
      if (!has(i, marks) || has(i, is_grouped) || lacks(i, fields)) continue;
      Index& noted = slot_of(at(i), fields);
      if (noted != 0 && (is_within(noted - 1, i) || may_be_far(i, far)) &&
          (far != Far::where_few || !metadata_parts(noted - 1, i))) {
        sure_.unite(noted - 1, i);
      }
      noted = i + 1;
    }
  }
  bool lacks(Index i, const Fields& fields) {
    return (fields.table != 0 && at(i).table == 0) ||
           (fields.reference != 0 && at(i).reference == 0);
  }
  bool may_be_far(Index i, Far far) {
    return far == Far::always || (far == Far::where_few && has(i, on_few) && !recycles_);
  }

  /// What has no table or no reference may be any order's copy that has its content and is within
  /// the window. Going forward and back, each finds the next one of those.
  void unite_vague() {
    clear();
    for (Index i = 0; i < count_; ++i) unite_with_vague(i);
    clear();
    for (Index i = count_; i > 0; --i) unite_with_vague(i - 1);
  }

  void unite_with_vague(Index i) {
    if (!has(i, is_near) || has(i, is_grouped)) return;
    Index& noted = slot_of(at(i), {0, 0, all, 0});
    if (noted != 0 && is_within(std::min(noted - 1, i), std::max(noted - 1, i))) {
      sure_.unite(noted - 1, i);
    }
    if (at(i).table == 0 || at(i).reference == 0) noted = i + 1;
  }

  /// The groups as lists. All that is in none is a set of its own.
  std::vector<Candidate> listed() {
    std::vector<Candidate> candidates;
    clear();
    for (Index i = 0; i < count_; ++i) {
      if (sure_.root(i) != i) slots_[sure_.root(i)] = 1;
    }
    for (Index i = 0; i < count_; ++i) {
      Index& number = slots_[sure_.root(i)];
      if (number == 0) continue;
      if (sure_.root(i) == i) {
        candidates.push_back({confidence_of(i), {}});
        number = static_cast<Index>(candidates.size());
      }
      candidates[number - 1].rows.push_back(row_of(i));
    }
    return candidates;
  }

  Confidence confidence_of(Index root) {
    if (!has(root, is_grouped)) return Confidence::possible;
    return has(root, is_by_look) ? Confidence::probable : Confidence::certain;
  }
  std::int64_t row_of(Index i) {
    return static_cast<std::int64_t>(std::uint64_t{at(i).row_high} << 32 | at(i).row_low);
  }

  Grouping& orders_;
  Index count_;
  DisjointSets sure_;
  std::vector<Index> slots_;
  bool recycles_ = false;
};

std::vector<Candidate> Grouping::finish() { return Groups(*this).find(); }

}  // namespace pos::audit
