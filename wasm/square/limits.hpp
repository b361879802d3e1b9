// How long Square's texts are. What Square says is kept in D1, where a value has at most 2 MB and a
// batch that holds a larger one is refused as a whole, so nothing of Square's is kept that has no
// limit here: an id that is longer than ids are is no id, and words are cut.
#pragma once

#include <cstddef>

#include "base/external_id.hpp"

namespace pos::square {

// In bytes; ids are ASCII. Square OpenAPI, where it has a maxLength.

/// Payment.order_id, PaymentRefund.order_id; Order.id itself has none.
constexpr std::size_t order_id_most = 192;
/// Payment.id, Tender.id, Tender.payment_id, PaymentRefund.payment_id.
constexpr std::size_t payment_id_most = 192;
/// PaymentRefund.id.
constexpr std::size_t refund_id_most = 255;
/// Dispute.id.
constexpr std::size_t dispute_id_most = 40;
/// Payment.location_id; Location.id itself has 32.
constexpr std::size_t location_id_most = 50;
/// Payment.status, Payment.source_type, PaymentRefund.status; Order.state is one of four words.
constexpr std::size_t word_most = 50;
/// PaymentRefund.reason.
constexpr std::size_t refund_reason_most = 192;
/// Money.currency, of ISO 4217.
constexpr std::size_t currency_most = 3;

/// Of Payment.version_token, of an event's event_id and of what else is an id without a maxLength.
constexpr std::size_t opaque_most = 255;
/// A list's cursor has no maxLength. It goes into a URL, percent-encoded, and Cloudflare takes URLs
/// of up to 16 KB.
constexpr std::size_t cursor_most = 4096;

}  // namespace pos::square
