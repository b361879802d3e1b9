#include "square/totals.hpp"

#include "sorting/ranked.hpp"
#include "square/decimal.hpp"
#include "square/tax.hpp"

namespace pos::square {

namespace {

using Amounts = std::vector<std::int64_t>;

std::optional<Amounts> line_amounts(const Order& order) {
  Amounts amounts;
  amounts.reserve(order.items.size());
  for (const Item& item : order.items) {
    const auto amount = line_amount(item.quantity, item.unit_price);
    if (!amount) return std::nullopt;
    amounts.push_back(*amount);
  }
  return amounts;
}

Int128 sum_of(const Amounts& amounts) {
  Int128 sum = 0;
  for (const std::int64_t amount : amounts) sum += amount;
  return sum;
}

/// What the lines with one rate come to after their part of the discount.
Int128 taxable_base(const Order& order, const Amounts& lines, const Amounts& discounts,
                    std::string_view rate) {
  Int128 base = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (order.items[i].tax_percentage == rate) base += lines[i] - discounts[i];
  }
  return base;
}

std::optional<Int128> additive_tax(const Order& order, const Amounts& lines) {
  if (order.tax_inclusive) return Int128{0};
  const Amounts discounts = apportion(order.discount, lines);
  Int128 tax = 0;
  for (const std::string_view rate : tax_rates(order)) {
    const auto percentage = parse_decimal(rate);
    const auto base = narrow(taxable_base(order, lines, discounts, rate));
    if (!percentage || !base) return std::nullopt;
    const Int128 divisor = Int128{100} * power_of_ten(percentage->fraction_digits);
    tax += divide_half_even(Int128{*base} * percentage->units, divisor);
  }
  return tax;
}

}  // namespace

std::optional<std::int64_t> line_amount(std::string_view quantity, std::int64_t unit_price) {
  const auto count = parse_decimal(quantity);
  if (!count || unit_price < 0) return std::nullopt;
  const Int128 exact = Int128{count->units} * unit_price;
  return narrow(divide_half_even(exact, power_of_ten(count->fraction_digits)));
}

std::optional<std::int64_t> items_amount(const Order& order) {
  const auto lines = line_amounts(order);
  return lines ? narrow(sum_of(*lines)) : std::nullopt;
}

std::vector<std::int64_t> apportion(std::int64_t amount, const Amounts& weights) {
  Amounts shares(weights.size(), 0);
  const Int128 total = sum_of(weights);
  if (amount == 0 || total == 0) return shares;

  std::vector<Int128> remainders(weights.size());
  std::int64_t left = amount;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Int128 part = Int128{amount} * weights[i];
    shares[i] = static_cast<std::int64_t>(part / total);
    remainders[i] = part % total;
    left -= shares[i];
  }
  const auto lines = ranked(weights.size(), [&](std::size_t a, std::size_t b) {
    return remainders[a] != remainders[b] ? remainders[a] > remainders[b] : a < b;
  });
  for (std::size_t i = 0; left > 0; ++i, --left) ++shares[lines[i]];
  return shares;
}

std::optional<std::int64_t> order_total(const Order& order) {
  const auto lines = line_amounts(order);
  if (!lines) return std::nullopt;
  const Int128 sum = sum_of(*lines);
  if (!narrow(sum) || order.discount < 0 || order.discount > sum) return std::nullopt;
  const auto tax = additive_tax(order, *lines);
  if (!tax) return std::nullopt;
  return narrow(sum - order.discount + order.service_charge + *tax);
}

}  // namespace pos::square
