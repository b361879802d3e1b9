// One location of an audit while a job reads it: who holds it, where it stands, and how the next
// page is asked for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/scan/location_planner.hpp"
#include "base/json/value.hpp"
#include "base/json/writer.hpp"
#include "io/command.hpp"
#include "runtime/run_context.hpp"
#include "square/paging.hpp"

namespace pos::audit {

/// What is read of a place, in this order. pos_audit_places has their names.
enum class LocationStep : std::uint8_t {
  location = 0,
  orders = 1,
  payments = 2,
  refunds = 3,
  disputes = 4,
  grouping = 5,
  done = 6,
};

[[nodiscard]] const char* name_of(LocationStep step);
[[nodiscard]] LocationStep location_step_of(std::string_view name);
[[nodiscard]] LocationStep behind(LocationStep step);

/// How far a list is read. Square takes a cursor with nothing but the query that it came of, so the
/// query stands beside it; where a cursor is of no use any more, the list goes on from the time of
/// the last thing that was read.
struct ScanPosition {
  std::int64_t since_ms = 0;  // the query begins here
  std::int64_t last_ms = 0;   // of the last thing that was read; 0: nothing yet
  std::int64_t limit = 0;     // how many things a page may have
  std::string cursor;         // "": the first page
  std::int64_t idle = 0;      // pages in a row that have brought nothing later than the ones before
  square::Paging paging;

  /// As pos_audit_places.cursor has it.
  [[nodiscard]] std::string json() const;
  /// From the last thing that was read; that one is read twice.
  void go_on_without_cursor();
  /// Takes what a page says of the next one, and the time of the last thing on it. False: the list
  /// has no end, and nothing that was read of it is a list.
  [[nodiscard]] bool follow(std::string next, std::int64_t reached_ms);

  bool operator==(const ScanPosition&) const = default;
};

struct LocationScan {
  /// What it waits for.
  enum class Doing : std::uint8_t {
    resting = 0,   // for its turn
    asking = 1,    // for Square
    writing = 2,   // for D1 to store a page
    grouping = 3,  // for keys, days or orders
    leaving = 4,   // for D1 to take note of how it ended
    over = 5,      // nothing any more
  };

  std::string token;            // its owner's
  std::int64_t claimed_ms = 0;  // when the claim was asked for, by the job's clock
  Doing doing = Doing::resting;
  std::int64_t turns = 0;  // pages that this job has asked for since it claimed the place

  std::string audit_id;
  std::string location_id;
  std::int64_t edition = 0;
  LocationStep step = LocationStep::location;
  std::string cursor;  // as it is stored: what fences a write
  std::int64_t attempts = 0;
  std::string time_zone;
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
  std::int64_t window_ms = 0;
  std::string account;  // the restaurant of its account's row
  std::string sealed;   // the account's own token; "" if it has none

  ScanPosition at;
  LocationPlanner plan;

  /// Where it stands by what D1 has stored.
  void stand(std::string_view step_name, std::string_view stored);
  /// Begins a parameter ?2: the place, and where it stands. The object is still open.
  [[nodiscard]] json::Writer fence() const;
  /// The next page's request; of a step that reads.
  [[nodiscard]] io::FetchCommand request(const Settings& settings) const;

  bool operator==(const LocationScan&) const = default;
};

/// Reads a row of audit.held.
[[nodiscard]] LocationScan read_place(json::Value columns);

/// The credential of an account: its own token, or the worker's.
[[nodiscard]] io::Credential credential_of(const std::string& account, const std::string& sealed);

}  // namespace pos::audit
