// Holds what the database says against what stands at Square. It sees both, which nobody in the
// run does.
#pragma once

#include <cstdint>
#include <string>

#include "harness/database.hpp"
#include "harness/square_model.hpp"

namespace simulate {

class Oracle {
 public:
  /// Watches this database: tables and triggers of its own note every change of a row.
  explicit Oracle(world::Database& database);

  /// A new run begins.
  void begin();

  /// An effect has taken place at Square.
  void placed(const world::Booking& order);
  /// Somebody at Square has canceled it, whom nobody here has heard of yet.
  void canceled(const std::string& square_id);
  void paid(const world::Booking& payment, const world::Booking& order);
  /// An operator has given an id for an order; `there` if it was found at Square.
  void vouched(const std::string& order_id, const std::string& square_id, bool there);

  /// A batch of the core was committed.
  void after_batch();
  /// Somebody else has written.
  void after_others();
  /// A request of this order is about to leave a worker that gives up at so many attempts.
  void before_request(const std::string& order_id, std::int64_t max_attempts);
  /// What must be true at any moment.
  void look();
  /// What must be true when nothing is under way any more.
  void look_at_rest(std::int64_t max_attempts, std::int64_t takeovers);

 private:
  /// Throws if the query finds something: an order's id, and words.
  void none(const char* invariant, const char* sql);

  world::Database& database_;
};

}  // namespace simulate
