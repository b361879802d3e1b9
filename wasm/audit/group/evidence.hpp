// What speaks for it that the orders of a group are one sale, and what speaks against it. A value
// that one of two orders lacks says nothing about them: only what both have can agree or differ.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pos::audit {

struct Member;

/// What holds a group together, the strongest first.
enum class Bond : std::uint8_t {
  metadata = 0,   // one key of ours, or one order id with its revision: no other order can have it
  reference = 1,  // one reference_id: whatever number the restaurant's system sends
  look = 2,       // nothing but content, table and time
};

/// Words of lists: metadata, reference_id, content, table, time, card, tender, external_sale,
/// customer and source; and of those against it also shared_table, and queue.
struct GroupEvidence {
  std::vector<std::string> speaks_for;
  std::vector<std::string> speaks_against;

  [[nodiscard]] bool is_against(std::string_view word) const;
  /// Whether something contradicts what holds the group together, so that only a person can say
  /// what it is. Metadata is contradicted by nothing here: guests who paid twice for one order of
  /// ours have paid one order. A reference_id is contradicted by another card, kind of tender or
  /// customer, but not by another program, for an old pusher and ours may have sent the same order,
  /// nor by another id in external_details, for a pusher may have made a new one with each try. A
  /// look is contradicted by all of these, and by a table that is none.
  [[nodiscard]] bool contradicts(Bond bond) const;

  bool operator==(const GroupEvidence&) const = default;
};

/// `members` go by their time.
[[nodiscard]] GroupEvidence evidence_of(const std::vector<Member>& members, std::int64_t window_ms);

/// Whether the name of an order's table is one that several other orders bear at the same time, or
/// that says itself that it is none ("Takeaway").
[[nodiscard]] bool is_shared_table(const Member& member);

}  // namespace pos::audit
