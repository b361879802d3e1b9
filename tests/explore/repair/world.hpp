// What an exploration of repairs is about: what stands at Square, what was approved, who takes
// part, what may go wrong and how often.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "explore/databases.hpp"
#include "explore/repair/request_fault.hpp"
#include "harness/past_model.hpp"
#include "runtime/repair_request.hpp"
#include "store/statements.hpp"

namespace explore::repair {

/// A payment that is to be refunded, or an order that is to be canceled.
struct Target {
  bool cancels = false;
  std::string id;
  std::string order;
  std::string survivor;
  std::string survivor_payment;
  bool forged = false;  // nobody has approved it
};

/// Something that somebody else does, at Square or to the tables, at any moment, at most `times`
/// times.
struct Deed {
  std::string story;
  std::function<void(world::PastModel&, std::int64_t now_ms)> at_square;
  std::string sql;
  std::uint8_t times = 1;
};

/// An HTTP request that may come at any moment, once: an operator's, or an approval, which is one
/// batch.
struct Visitor {
  std::string story;
  pos::runtime::RepairRequest request;
  pos::io::D1Command batch;
};

struct World {
  std::string name;
  std::string about;
  std::vector<Target> targets;
  /// Payments of one sale, of which one must stay.
  std::vector<std::string> copies;
  world::PastModel square;
  std::string approved;  // SQL that runs before the first move
  Schema schema;
  pos::Settings settings;

  std::uint8_t ticks = 2;
  bool kills = true;
  std::vector<RequestFault> faults;      // besides `answered`
  std::vector<std::string> new_refunds;  // what a refund may be once it is made; none: COMPLETED
  bool lands_late = true;                // a request may land after its worker gave up
  std::uint8_t d1_faults = 0;            // batches that fail, or seem to
  std::uint8_t request_faults = 255;
  std::uint8_t read_faults = 0;  // readings that end badly
  std::uint8_t wrong_lists = 0;  // lists that may show nothing, whatever is there
  std::vector<Deed> deeds;
  std::uint8_t deeds_in_all = 1;
  std::vector<Visitor> visitors;

  std::uint8_t jumps = 0;         // of time
  std::int64_t jump_most_ms = 0;  // boundaries further away are left alone; 0: none is
  bool cutoffs = true;            // also to where a running tick may send nothing more
  std::vector<std::int64_t> instants_ms;
  std::vector<std::int64_t> skews_ms;  // D1's clock may step once to each of these
  std::int64_t drift_ms = 0;           // a batch may find the clock moving behind each statement

  std::int64_t lands_within_ms = 120'000;  // of its start
  std::int64_t list_lag_ms = 60'000;
  std::int64_t read_lag_ms = 0;
  std::uint64_t removed = 0;               // layers of the core, as bits
  std::string pending_ends = "COMPLETED";  // what becomes of a pending refund when faults stop
  bool must_rest = true;
  /// Two histories that nobody can tell apart are two states: a check of those that are one.
  bool keeps_history = false;

  /// Moves that come before all others, by their labels.
  std::vector<std::string> prepared;
};

}  // namespace explore::repair
