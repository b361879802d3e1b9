#include "explore/square.hpp"

#include <cstring>
#include <stdexcept>
#include <utility>

#include "base/json/value.hpp"
#include "base/json/writer.hpp"
#include "harness/square_model.hpp"

namespace explore {

const Asking& Square::read(TextId path, TextId body) {
  const std::array<std::uint64_t, 1> request_id = {(std::uint64_t{path} << 32) | body};
  const auto found = known_.find(request_id);
  if (found != known_.end()) return found->second;
  Asking asking;
  asking.call = world::call_of(texts_.text(path));
  if (texts_.text(path) == "/oauth2/token") {
    asking.operation = Operation::token;
    return known_.emplace(request_id, asking).first->second;
  }
  if (world::is_read(asking.call)) {
    asking.operation = Operation::look;
    return known_.emplace(request_id, asking).first->second;
  }
  pos::json::Document document;
  if (!document.parse(texts_.text(body))) throw std::logic_error("a request without a JSON body");
  const pos::json::Value request = document.root();
  asking.key = texts_.id(request["idempotency_key"].text());
  if (asking.call == world::Call::create_order) {
    const pos::json::Value metadata = request["order"]["metadata"];
    asking.identity = identity_of(metadata["order_id"].text(), metadata["revision"].text());
  } else {
    asking.operation = Operation::payment;
    const bool creates = asking.call == world::Call::create_payment;
    asking.identity = identity_of_id(creates ? request["order_id"].text()
                                             : world::order_id_in(texts_.text(path)));
  }
  return known_.emplace(request_id, asking).first->second;
}

IdentityId Square::identity_of(std::string_view order_id, std::string_view revision) const {
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    const Subject& each = subjects_[i];
    if (each.order_id == order_id && std::to_string(each.revision) == revision) {
      return static_cast<IdentityId>(i);
    }
  }
  throw std::logic_error("a request for nobody's order");
}

std::string Square::id_of(const Booking& booking) const {
  const Subject& subject = subjects_[booking.identity];
  std::string id = booking.operation == Operation::order ? "O-" : "P-";
  id += subject.order_id + "-r" + std::to_string(subject.revision);
  if (booking.number > 1) id += "-again" + std::to_string(booking.number - 1);
  return id;
}

IdentityId Square::identity_of_id(std::string_view id) const {
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    Booking booking;
    booking.identity = static_cast<IdentityId>(i);
    const std::string first = id_of(booking);
    if (id == first || id.substr(0, first.size() + 1) == first + "-") {
      return static_cast<IdentityId>(i);
    }
  }
  throw std::logic_error("a payment for nobody's order");
}

std::string Square::reply_to(const Booking& booking) const {
  const std::string& body = texts_.text(booking.body);
  const std::int64_t at_ms = epoch_ms + booking.at_ms;
  if (booking.operation == Operation::payment) {
    return world::payment_reply({id_of(booking), body, at_ms});
  }
  return world::order_reply({id_of(booking), body, at_ms, booking.other_total, false, false, {}});
}

TextId Square::payment_by_hand(const Booking& order) {
  pos::json::Document document;
  if (!document.parse(texts_.text(order.body))) throw std::logic_error(document.error());
  pos::json::Writer out;
  out.begin_object().member("order_id", id_of(order));
  out.member("location_id", document.root()["order"]["location_id"].text()).end_object();
  return texts_.id(out.text());
}

const Square::AuditReader& Square::shown(TextId path, TextId body,
                                         const std::vector<Booking>& bookings,
                                         std::int64_t page_most) {
  std::vector<std::uint32_t> key = {path, body};
  for (const Booking& each : bookings) {
    std::array<std::uint32_t, sizeof(Booking) / 4> content;
    std::memcpy(content.data(), &each, sizeof(Booking));
    key.insert(key.end(), content.begin(), content.end());
  }
  const auto found = readings_.find(key);
  if (found != readings_.end()) return found->second;
  world::SquareReadModel model;
  model.page_most = page_most;
  for (const Booking& each : bookings) {
    const std::string& sent = texts_.text(each.body);
    const std::int64_t at_ms = epoch_ms + each.at_ms;
    if (each.operation == Operation::payment) {
      model.payments.push_back({id_of(each), sent, at_ms});
      continue;
    }
    model.orders.push_back(
        {id_of(each), sent, at_ms, each.other_total, each.canceled != 0, false, {}});
    std::vector<std::string>& payments = model.orders.back().payments;
    for (const Booking& payment : bookings) {
      const bool pays =
          payment.operation == Operation::payment && payment.identity == each.identity;
      if (pays && each.number == 1) payments.push_back(id_of(payment));
    }
    if (payments.size() > 1) payments.clear();
  }
  const world::SquareReply reply = model.read(texts_.text(path), texts_.text(body));
  return readings_.emplace(std::move(key), AuditReader{reply.status, texts_.id(reply.body)})
      .first->second;
}

}  // namespace explore
