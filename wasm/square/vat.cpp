#include "square/vat.hpp"

#include <vector>

#include "base/decimal.hpp"
#include "square/tax.hpp"
#include "square/totals.hpp"

namespace pos::square {

namespace {

using Amounts = std::vector<std::int64_t>;

Amounts discounted_lines(const Order& order) {
  Amounts lines;
  for (const Item& item : order.items) lines.push_back(item_amount(item).value_or(0));
  const Amounts discounts = apportion(order.discount, lines);
  for (std::size_t i = 0; i < lines.size(); ++i) lines[i] -= discounts[i];
  return lines;
}

/// The tax of an amount: on top of it, or in it.
std::int64_t tax_of(std::int64_t amount, std::string_view rate, bool inclusive) {
  const Decimal percentage = parse_decimal(rate).value_or(Decimal{});
  const std::int64_t whole = 100 * power_of_ten(percentage.fraction_digits);
  return round_product(amount, percentage.units, inclusive ? whole + percentage.units : whole);
}

/// A tax of the order is rounded once over all that it touches, a tax of items at each of them;
/// write_taxes in bodies.cpp says which of the two is sent.
bool rounds_once(const Order& order, Rounding rounding) {
  if (rounding == Rounding::of_lines) return false;
  return !order.tax_inclusive || taxed_as_a_whole(order);
}

}  // namespace

Vat vat_of(const Order& order, Rounding rounding) {
  const Amounts lines = discounted_lines(order);
  const bool once = rounds_once(order, rounding);
  Vat vat;
  for (const std::string_view rate : tax_rates(order)) {
    std::int64_t touched = 0;
    std::int64_t tax = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (order.items[i].tax_percentage != rate) continue;
      touched += lines[i];
      tax += tax_of(lines[i], rate, order.tax_inclusive);
    }
    if (once) tax = tax_of(touched, rate, order.tax_inclusive);
    if (tax != 0) vat[std::string(rate)] = tax;
  }
  return vat;
}

std::int64_t gross_of(const Order& order, Rounding rounding) {
  std::int64_t gross = order.service_charge - order.discount + items_amount(order).value_or(0);
  if (order.tax_inclusive) return gross;
  for (const auto& [rate, tax] : vat_of(order, rounding)) gross += tax;
  return gross;
}

}  // namespace pos::square
