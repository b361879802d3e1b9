#include "explore/square.hpp"

#include <stdexcept>

#include "json/value.hpp"
#include "world/square_model.hpp"

namespace explore {

const Asking& Square::read(TextId path, TextId body) {
  const auto found = known_.find(body);
  if (found != known_.end()) return found->second;
  pos::json::Document document;
  if (!document.parse(texts_.text(body))) throw std::logic_error("a request without a JSON body");
  const pos::json::Value request = document.root();
  Asking asking;
  asking.key = texts_.id(request["idempotency_key"].text());
  if (texts_.text(path) == "/v2/orders") {
    const pos::json::Value metadata = request["order"]["metadata"];
    asking.identity = identity_of(metadata["order_id"].text(), metadata["revision"].text());
  } else {
    asking.operation = Operation::payment;
    asking.identity = identity_of_id(request["order_id"].text());
  }
  return known_.emplace(body, asking).first->second;
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

}  // namespace explore
