// A page of what Square says of a place, as the rows that are stored of it.
#pragma once

#include <cstdint>
#include <string>

#include "audit/scan/location_scan.hpp"
#include "base/json/value.hpp"

namespace pos::audit {

struct ScannedPage {
  bool readable = false;     // to its end: what cannot be read proves nothing
  std::string rows = "[]";   // a JSON list, as the step's statement takes it
  std::int64_t count = 0;    // of those rows
  std::int64_t last_ms = 0;  // the time of the latest thing on it; 0: none, or it has no time
  std::string cursor;        // of the next page; "": this is the last one
};

/// Reads a page of the place's step: orders, payments, refunds or disputes.
[[nodiscard]] ScannedPage read_page(const LocationScan& place, json::Value body);

/// What a location says of itself, as audit.locate takes it.
[[nodiscard]] std::string location_facts(json::Value location);

}  // namespace pos::audit
