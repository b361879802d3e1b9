// The orders that are grouped, as they are held.
#include "audit/group/grouping.hpp"

namespace pos::audit {
namespace {

using json::Value;

/// 32 bits of a table's hash; 0 stays for none.
std::uint32_t folded(std::int64_t hash) {
  if (hash == 0) return 0;
  const auto bits = static_cast<std::uint64_t>(hash);
  const auto folded = static_cast<std::uint32_t>(bits ^ bits >> 32);
  return folded == 0 ? 1 : folded;
}

}  // namespace

const char* name_of(Confidence confidence) {
  switch (confidence) {
    case Confidence::certain:
      return "certain";
    case Confidence::probable:
      return "probable";
    case Confidence::possible:
      return "possible";
  }
  return "";
}

void Grouping::add(const Key& key) {
  // What is missing equals nothing, not even what is missing elsewhere.
  if (key.content_hash == 0) return;
  if (size_ % chunk_size == 0) {
    chunks_.emplace_back();
    chunks_.back().reserve(chunk_size);
  }
  constexpr std::uint64_t bits52 = (std::uint64_t{1} << 52) - 1;
  constexpr std::uint64_t bits12 = (std::uint64_t{1} << 12) - 1;
  const auto row = static_cast<std::uint64_t>(key.row);
  Order order;
  order.reference = static_cast<std::uint64_t>(key.reference_hash) & bits52;
  order.metadata = static_cast<std::uint64_t>(key.metadata_hash) & bits52;
  order.content = static_cast<std::uint64_t>(key.content_hash) & bits52;
  order.table = folded(key.table_hash);
  order.created_at_ms = key.created_at_ms;
  order.row_low = static_cast<std::uint32_t>(row);
  order.row_high = (row >> 32) & bits12;
  order.marks = key.has_pos_sync ? has_pos_sync : 0;
  chunks_.back().push_back(order);
  ++size_;
}

void Grouping::add_rows(Value rows) {
  for (Value row = rows.first(); row.present(); row = row.next()) {
    Key key;
    Value value = row.first();
    const auto take = [&value] {
      const std::int64_t taken = value.integer();
      value = value.next();
      return taken;
    };
    key.row = take();
    key.created_at_ms = take();
    key.reference_hash = take();
    key.metadata_hash = take();
    key.has_pos_sync = take() != 0;
    key.content_hash = take();
    key.table_hash = take();
    add(key);
  }
}

}  // namespace pos::audit
