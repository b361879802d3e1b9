// Square, as far as an exploration needs it: what a body asks for, and what Square says to it.
#pragma once

#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "explore/facts.hpp"
#include "explore/interned.hpp"
#include "explore/state.hpp"
#include "harness/square_read_model.hpp"

namespace explore {

/// What a request asks for.
struct Asking {
  world::Call call = world::Call::unknown;
  TextId key = 0;
  IdentityId identity = nobody;
  Operation operation = Operation::order;
};

class Square {
 public:
  Square(Texts& texts, const std::vector<Subject>& subjects) : texts_(texts), subjects_(subjects) {}

  /// Reads a request.
  const Asking& read(TextId path, TextId body);
  /// Square's id of what was booked. It says what it is for, so that it does not depend on who came
  /// first.
  [[nodiscard]] std::string id_of(const Booking& booking) const;
  /// The 200 that tells of a booking.
  [[nodiscard]] std::string reply_to(const Booking& booking) const;
  /// The body of a payment that somebody takes for the order at the till.
  [[nodiscard]] TextId payment_by_hand(const Booking& order);
  /// What a request that reads is told by a Square that shows these bookings; remembered.
  struct AuditReader {
    int status = 0;
    TextId text = 0;
  };
  const AuditReader& shown(TextId path, TextId body, const std::vector<Booking>& bookings,
                           std::int64_t page_most);

 private:
  [[nodiscard]] IdentityId identity_of(std::string_view order_id, std::string_view revision) const;
  [[nodiscard]] IdentityId identity_of_id(std::string_view id) const;

  Texts& texts_;
  const std::vector<Subject>& subjects_;
  std::unordered_map<std::array<std::uint64_t, 1>, Asking, HashOfNumbers> known_;
  std::unordered_map<std::vector<std::uint32_t>, AuditReader, HashOfNumbers> readings_;
};

}  // namespace explore
