#include "square/tax.hpp"

#include <algorithm>

namespace pos::square {

std::vector<std::string_view> tax_rates(const Order& order) {
  std::vector<std::string_view> rates;
  for (const Item& item : order.items) {
    if (item.tax_percentage.empty()) continue;
    if (std::find(rates.begin(), rates.end(), item.tax_percentage) != rates.end()) continue;
    rates.push_back(item.tax_percentage);
  }
  return rates;
}

bool taxed_as_a_whole(const Order& order) {
  const auto differs = [&](const Item& item) {
    return item.tax_percentage != order.items.front().tax_percentage;
  };
  return !order.items.empty() && !order.items.front().tax_percentage.empty() &&
         std::none_of(order.items.begin(), order.items.end(), differs);
}

}  // namespace pos::square
