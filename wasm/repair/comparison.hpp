// What an order holds now, beside what the approving person saw of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/value.hpp"
#include "repair/row.hpp"

namespace pos::repair {

struct Comparison {
  enum class Result : std::uint8_t {
    same = 0,
    changed = 1,
    unread = 2,  // the order cannot be read whole: it proves neither
  };
  Result result = Result::unread;
  std::string detail;  // unless it is the same
};

/// Compares the duplicate: its total, its content, and that no payment has come to it. Its version
/// decides nothing: Square raises versions by itself.
[[nodiscard]] Comparison compare_duplicate(const RepairRow& row, json::Value order,
                                           const std::vector<std::string>& payment_ids);
/// Compares the total and the content of the order that stays.
[[nodiscard]] Comparison compare_survivor(const RepairRow& row, json::Value order);

}  // namespace pos::repair
