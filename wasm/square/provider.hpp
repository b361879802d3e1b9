// All that a tick sees of Square: bytes to freeze, requests to send, replies read into outcomes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json/value.hpp"
#include "identity/keys.hpp"
#include "net/outcome.hpp"
#include "push/decision.hpp"
#include "square/payload.hpp"
#include "square/reply.hpp"

namespace pos::square {

constexpr std::string_view provider_name = "square";

/// What a payload becomes: the `request` text that the ledger keeps, or words that name the fields
/// that stand in the way.
struct Mapping {
  std::string request;  // "" if it cannot be mapped
  std::string problem;
};

/// All that is wrong with an order before it is mapped: its identity, then its payload.
[[nodiscard]] std::vector<FieldError> check_order(const Identity& identity, json::Value payload);

/// Maps a payload for this identity, under the key of so many refusals. Also refuses what no
/// payload can mend: an unknown provider, an order id that is empty or over 200 bytes.
[[nodiscard]] Mapping map_order(const Identity& identity, json::Value payload,
                                std::string_view location_id, std::string_view square_version,
                                std::int64_t refusals = 0);

/// The `request` text of an order that stands at Square and whose payment was refused: all as it
/// was frozen, but the payment under its next key.
[[nodiscard]] std::string with_new_payment_key(const Identity& identity, const push::Ledger& ledger,
                                               std::int64_t refusals);

enum class Request : std::uint8_t { order = 0, payment = 1 };

/// Where a request is POSTed to, below the base URL. The payment of an order whose frozen total is
/// 0 is no payment but PayOrder, which has the order's id in its path.
[[nodiscard]] std::string path_of(Request request, const push::Ledger& ledger,
                                  std::string_view external_order_id);

/// The exact bytes to send: the frozen ones, a payment's with Square's order id in place.
[[nodiscard]] std::string body_of(Request request, const push::Ledger& ledger,
                                  std::string_view external_order_id);

/// `external_order_id` is that of the order that the request was about, "" for a new one.
[[nodiscard]] net::Outcome read_reply(Request request, const net::Reply& reply,
                                      const push::Ledger& ledger,
                                      std::string_view external_order_id);

}  // namespace pos::square
