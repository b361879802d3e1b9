// What Square will make of an order's money, computed before it is sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "square/order.hpp"

namespace pos::square {

/// round-half-even(quantity x unit_price); nothing if it does not fit 64 bits. Square: "The
/// Orders API performs its adjustment calculations using Bankers' Rounding, also known as Rounding
/// Half to Even" (Orders API, Order Price Adjustments, Rounding rules).
[[nodiscard]] std::optional<std::int64_t> line_amount(std::string_view quantity,
                                                      std::int64_t unit_price);

/// What a line comes to with its modifiers: its own amount, plus round-half-even(line's quantity x
/// modifier's quantity x its price) for each. Square OpenAPI, OrderLineItem.gross_sales_money: "the
/// sum of the variation's total price and each modifier's total price", each of them money and so
/// rounded by itself; OrderLineItemModifier.total_price_money: the price "multiplied by the line
/// item's quantity". That a modifier's own quantity multiplies too is our reading of
/// OrderLineItemModifier.quantity (two of cheese, or none).
[[nodiscard]] std::optional<std::int64_t> item_amount(const Item& item);

/// Sum of line amounts, before discount, charge and tax; nothing if it does not fit.
[[nodiscard]] std::optional<std::int64_t> items_amount(const Order& order);

/// Splits `amount` over weights, none of them negative, so that the shares add up to it; the
/// weights' sum must fit 64 bits. Each share is its exact part rounded down; what is left goes to
/// the largest remainders, the earlier line first. Square says that an order's discount falls on
/// its lines by what each contributes, and does not say which line gets the odd unit; that can move
/// an additive tax by one minor unit.
[[nodiscard]] std::vector<std::int64_t> apportion(std::int64_t amount,
                                                  const std::vector<std::int64_t>& weights);

/// Sum of line amounts - discount (apportioned before tax) + service charge (total phase,
/// untaxed) + tax where it is not inclusive; in minor units. A tax is rounded once, over all lines
/// that have its rate. Nothing if a sum does not fit or the discount is larger than the items.
[[nodiscard]] std::optional<std::int64_t> order_total(const Order& order);

}  // namespace pos::square
