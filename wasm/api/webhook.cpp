#include "api/webhook.hpp"

#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "runtime/http_answer.hpp"
#include "square/limits.hpp"

namespace pos::api {
namespace {

using store::Statement;

constexpr Statement taking[] = {Statement::webhook_event, Statement::webhook_line,
                                Statement::webhook_due};

// Events that name an order (Square, "Order webhooks" and "Payment webhooks").
constexpr char known_types[] =
    "order.created order.updated order.fulfillment.updated payment.created payment.updated";

void received(io::Commands& out) {
  json::Writer body;
  body.begin_object().member("status", "ok").end_object();
  runtime::answer(out, 200, body);
}

}  // namespace

void Webhook::start(io::Commands& out) {
  json::Document document;
  if (!document.parse(request_.body)) {
    runtime::problem(out, 400, concat("the body is no JSON text: ", document.error()));
    return;
  }
  const json::Value event = document.root();
  const json::Value event_id = event["event_id"];
  const json::Value type = event["type"];
  const json::Value created_at = event["created_at"];
  if (id_in(event_id, square::opaque_most).empty() || !type.is(json::Kind::string) ||
      !is_rfc3339(created_at.text())) {
    runtime::problem(
        out, 400,
        "event_id: expected a text of 1 to 255 bytes; type: expected a text; created_at: "
        "expected a time as 2026-11-21T18:03:11Z");
    return;
  }
  // data.object has one member, which is named after the type: order_created, payment, …
  const json::Value object = event["data"]["object"].first();
  const std::string_view order_id = id_in(object["order_id"], square::order_id_most);
  const std::string_view location_id = id_in(object["location_id"], square::location_id_most);
  // What is no order's is of no interest, and Square should not send it again.
  if (!has_word(known_types, type.text()) || order_id.empty()) return received(out);

  json::Writer hint;
  hint.begin_object().member("event_id", event_id.text()).member("type", type.text());
  hint.member("created_at", created_at.text()).member("external_order_id", order_id);
  hint.member("location_id", location_id);
  hint.member("request", request_.id).end_object();
  dialogue_.ask(taking, concat("webhook:", event_id.text()), hint.take(), out);
}

void Webhook::step(const io::Input& input, io::Commands& out) {
  json::Value results;
  if (dialogue_.answered(input, results, out)) received(out);
}

}  // namespace pos::api
