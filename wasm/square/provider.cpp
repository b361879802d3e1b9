#include "square/provider.hpp"

#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "square/bodies.hpp"
#include "square/field.hpp"
#include "square/listing.hpp"
#include "square/order.hpp"
#include "square/payload.hpp"

namespace pos::square {
namespace {

constexpr std::size_t max_order_id_bytes = 200;
constexpr std::int64_t request_version = 1;

std::vector<FieldError> identity_errors(const Identity& identity) {
  FieldErrors findings;
  if (identity.order_id.empty() || identity.order_id.size() > max_order_id_bytes) {
    const auto size = static_cast<std::int64_t>(identity.order_id.size());
    findings.expected("order_id", "1 to 200 bytes", concat(size));
  }
  if (identity.provider != provider_name) {
    findings.expected("provider", "\"square\"", concat("\"", identity.provider, "\""));
  }
  if (identity.revision < 1 || identity.revision > greatest_integer) {
    findings.expected("revision", "1 to 9007199254740991", concat(identity.revision));
  }
  return findings.take();
}

/// No payment of 0 is ever frozen.
bool costs_nothing(const push::Ledger& ledger) { return ledger.total == 0; }

}  // namespace

std::vector<FieldError> check_order(const Identity& identity, json::Value payload) {
  std::vector<FieldError> errors = identity_errors(identity);
  Order order;
  for (FieldError& each : read_payload(payload, order)) errors.push_back(std::move(each));
  return errors;
}

Mapping map_order(const Identity& identity, json::Value payload, std::string_view location_id,
                  std::string_view square_version, std::int64_t refusals) {
  Mapping mapping;
  Order order;
  std::vector<FieldError> errors = identity_errors(identity);
  if (errors.empty()) errors = read_payload(payload, order);
  if (!errors.empty()) {
    mapping.problem = to_string(errors);
    return mapping;
  }
  json::Writer out;
  out.begin_object().member("v", request_version).member("square_version", square_version);
  out.member("total", order.total).member("currency", order.currency);
  out.member("order", create_order_body(identity, order, location_id, refusals));
  out.member_if_any("payment", create_payment_body(identity, order, location_id, refusals));
  out.end_object();
  mapping.request = out.take();
  return mapping;
}

std::string with_new_payment_key(const Identity& identity, const push::Ledger& ledger,
                                 std::int64_t refusals) {
  constexpr std::string_view member = "\"idempotency_key\":\"";
  std::string payment = ledger.payment_body;
  const std::size_t at = payment.find(member);
  if (at != std::string::npos) {
    const std::size_t begin = at + member.size();
    // A key is ASCII without quotes.
    payment.replace(begin, payment.find('"', begin) - begin,
                    idempotency_key(identity, Operation::payment, refusals));
  }
  json::Writer out;
  out.begin_object().member("v", request_version).member("square_version", ledger.square_version);
  out.member("total", ledger.total).member("currency", ledger.currency);
  out.member("order", ledger.order_body).member("payment", payment).end_object();
  return out.take();
}

std::string path_of(Request request, const push::Ledger& ledger,
                    std::string_view external_order_id) {
  switch (request) {
    case Request::order:
      return "/v2/orders";
    case Request::payment:
      if (!costs_nothing(ledger)) return "/v2/payments";
      return concat("/v2/orders/", path_segment(external_order_id), "/pay");
  }
  return {};
}

std::string body_of(Request request, const push::Ledger& ledger,
                    std::string_view external_order_id) {
  switch (request) {
    case Request::order:
      return ledger.order_body;
    case Request::payment:
      return with_order_id(ledger.payment_body, external_order_id);
  }
  return {};
}

net::Outcome read_reply(Request request, const net::Reply& reply, const push::Ledger& ledger,
                        std::string_view external_order_id) {
  const Expected expected{.total = ledger.total, .currency = ledger.currency};
  switch (request) {
    case Request::order:
      return read_order_reply(reply, Asked::of_order(ledger.order_body), expected);
    case Request::payment:
      if (!costs_nothing(ledger)) {
        const std::string body = with_order_id(ledger.payment_body, external_order_id);
        return read_payment_reply(reply, Asked::of_payment(body));
      }
      return read_pay_order_reply(reply, external_order_id, Asked::of_order(ledger.order_body),
                                  expected);
  }
  return {};
}

}  // namespace pos::square
