#include "simulate/flights.hpp"

#include "base/json/value.hpp"
#include "base/text.hpp"
#include "harness/square_read_model.hpp"
#include "simulate/trace.hpp"
#include "simulate/violation.hpp"

namespace simulate {
namespace {

std::string key_in(const world::Asked& asked) {
  pos::json::Document document;
  if (!document.parse(asked.body)) return {};
  return std::string(document.root()["idempotency_key"].text());
}

}  // namespace

std::size_t Flights::start(const world::Asked& asked, std::int64_t now_ms) {
  Flight flight;
  flight.path = asked.url.substr(asked.url.find("/v2/"));
  flight.body = asked.body;
  flight.started_ms = now_ms;
  flight.number = all_.size();
  identify(asked, flight);
  check(flight, key_in(asked), asked.square_version);
  last_of_order_[flight.order_id] = flight.number;
  all_.push_back(std::move(flight));
  return all_.size() - 1;
}

void Flights::identify(const world::Asked& asked, Flight& flight) const {
  pos::json::Document document;
  if (!document.parse(asked.body)) return;
  const pos::json::Value body = document.root();
  const world::Call call = world::call_of(flight.path);
  flight.pays = call != world::Call::create_order;
  if (flight.pays) {
    const std::string_view placed_as = call == world::Call::create_payment
                                           ? body["order_id"].text()
                                           : world::order_id_in(flight.path);
    const auto placed = by_square_id_.find(std::string(placed_as));
    if (placed == by_square_id_.end()) return;
    flight.order_id = all_[placed->second].order_id;
    flight.revision = all_[placed->second].revision;
    return;
  }
  const pos::json::Value metadata = body["order"]["metadata"];
  flight.order_id = metadata["order_id"].text();
  flight.revision = pos::number_of(metadata["revision"].text());
}

void Flights::check(const Flight& flight, const std::string& key, const std::string& version) {
  if (flight.order_id.empty() || key.empty()) {
    throw Violation(invariant::no_defect, "", "a request that names no order: " + flight.body);
  }
  const auto last = last_of_order_.find(flight.order_id);
  if (last != last_of_order_.end()) {
    const Flight& older = all_[last->second];
    if (!older.answered && flight.started_ms < older.started_ms + quiet_ms_) {
      throw Violation(
          invariant::one_in_flight, flight.order_id,
          pos::concat("a request was started at ", flight.started_ms, ", one of ", older.started_ms,
                      " was not answered, and may land until ", older.started_ms + quiet_ms_));
    }
  }
  const std::uint64_t bytes = digest(flight.body, digest(version));
  const auto [known, is_new] = bytes_of_key_.emplace(key, bytes);
  if (!is_new && known->second != bytes) {
    throw Violation(invariant::same_bytes, flight.order_id, "other bytes under " + key);
  }
  const std::string what =
      pos::concat(flight.order_id, flight.pays ? " payment " : " order ", flight.revision);
  const auto [other, is_first] = key_of_.emplace(what, key);
  const bool after_a_no = last != last_of_order_.end() && all_[last->second].refused;
  if (!is_first && other->second != key && after_a_no) {
    other->second = key;
  } else if (!is_first && other->second != key) {
    throw Violation(invariant::one_key, flight.order_id,
                    pos::concat("first ", other->second, ", now ", key));
  }
}

void Flights::placed(const Flight& flight, const std::string& square_id) {
  by_square_id_[square_id] = flight.number;
}

}  // namespace simulate
