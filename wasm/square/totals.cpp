#include "square/totals.hpp"

#include "base/decimal.hpp"
#include "base/sorted_indices.hpp"
#include "base/text.hpp"
#include "square/tax.hpp"

namespace pos::square {

namespace {

using Amounts = std::vector<std::int64_t>;

/// False if the sum does not fit.
bool add(std::int64_t& sum, std::int64_t amount) {
  return !__builtin_add_overflow(sum, amount, &sum);
}

/// What each line comes to, and all of them; false if something does not fit.
bool add_lines(const Order& order, Amounts& lines, std::int64_t& sum) {
  for (const Item& item : order.items) {
    const auto amount = item_amount(item);
    if (!amount || !add(sum, *amount)) return false;
    lines.push_back(*amount);
  }
  return true;
}

/// Adds what the taxes that are not in the prices come to; false if something does not fit.
bool add_taxes(const Order& order, const Amounts& lines, std::int64_t& sum) {
  const Amounts discounts = apportion(order.discount, lines);
  for (const std::string_view rate : tax_rates(order)) {
    std::int64_t base = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (order.items[i].tax_percentage == rate) base += lines[i] - discounts[i];
    }
    const Decimal percentage = parse_decimal(rate).value_or(Decimal{});
    const std::int64_t whole = 100 * power_of_ten(percentage.fraction_digits);
    const std::int64_t tax = round_product(base, percentage.units, whole);
    if (tax < 0 || !add(sum, tax)) return false;
  }
  return true;
}

}  // namespace

std::optional<std::int64_t> line_amount(std::string_view quantity, std::int64_t unit_price) {
  const auto count = parse_decimal(quantity);
  if (!count || unit_price < 0) return std::nullopt;
  const std::int64_t amount =
      round_product(count->units, unit_price, power_of_ten(count->fraction_digits));
  return amount < 0 ? std::nullopt : std::optional(amount);
}

std::optional<std::int64_t> item_amount(const Item& item) {
  auto amount = line_amount(item.quantity, item.unit_price);
  for (const Modifier& modifier : item.modifiers) {
    // 2^53 - 1 times 999 has less than 63 bits.
    const std::int64_t each = number_of(modifier.quantity) * modifier.unit_price;
    const auto more = line_amount(item.quantity, each);
    if (!amount || !more || !add(*amount, *more)) return std::nullopt;
  }
  return amount;
}

std::optional<std::int64_t> items_amount(const Order& order) {
  Amounts lines;
  std::int64_t sum = 0;
  return add_lines(order, lines, sum) ? std::optional(sum) : std::nullopt;
}

std::vector<std::int64_t> apportion(std::int64_t amount, const Amounts& weights) {
  Amounts shares(weights.size());
  Amounts rests(weights.size());
  std::int64_t total = 0;
  for (const std::int64_t weight : weights) total += weight;
  if (amount == 0 || total == 0) return shares;

  std::int64_t left = amount;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Quotient share = divide_product(amount, weights[i], total);
    shares[i] = share.whole;
    rests[i] = share.rest;
    left -= share.whole;
  }
  const auto lines = sorted_indices(weights.size(), [&](std::size_t a, std::size_t b) {
    return rests[a] != rests[b] ? rests[a] > rests[b] : a < b;
  });
  for (std::size_t i = 0; left > 0; ++i, --left) ++shares[lines[i]];
  return shares;
}

std::optional<std::int64_t> order_total(const Order& order) {
  Amounts lines;
  std::int64_t total = 0;
  if (!add_lines(order, lines, total)) return std::nullopt;
  if (order.discount < 0 || order.discount > total) return std::nullopt;
  total -= order.discount;
  if (!order.tax_inclusive && !add_taxes(order, lines, total)) return std::nullopt;
  return add(total, order.service_charge) ? std::optional(total) : std::nullopt;
}

}  // namespace pos::square
