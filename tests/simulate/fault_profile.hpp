// What a seed draws before its run begins: how large it is, how time goes, and which faults there
// are at all. Runs in which everything goes wrong at once all look the same; so most seeds are
// without most faults, and have some of them often.
#pragma once

#include <cstdint>
#include <string>

#include "config/settings.hpp"
#include "simulate/fault.hpp"
#include "simulate/luck.hpp"

namespace simulate {

struct FaultProfile {
  explicit FaultProfile(Luck& luck);

  std::int64_t orders = 0;
  std::int64_t restaurants = 0;
  std::int64_t own_accounts = 0;  // of the restaurants; the others share the default
  std::int64_t ticks = 0;         // until the faults stop
  std::int64_t cron_ms = 0;
  std::int64_t interferences = 0;
  std::int64_t latency_ms = 0;  // the longest of a call that goes well
  std::int64_t paid_percent = 0;
  std::int64_t http_percent = 0;  // of the orders that do not come by SQL
  /// The settings that say how time goes are the world's; a redeploy changes others.
  pos::Settings settings;
  /// How long Square knows a key: the dedupe window, or longer.
  std::int64_t remembers_ms = 0;
  /// How long a booking is missing from searches: the settle delay at most.
  std::int64_t search_lag_ms = 0;
  /// The longest page of a search.
  std::int64_t page_most = 1000;
  /// Of a thousand occasions.
  PerFault permille;

  /// One of the faults from `first` up to before `end`, or false.
  [[nodiscard]] bool draw(Luck& luck, Fault first, Fault end, Fault& drawn) const;

  /// Settings as a redeploy may leave them.
  [[nodiscard]] pos::Settings redeployed(Luck& luck) const;

 private:
  void draw_size(Luck& luck);
  void draw_times(Luck& luck);
  void draw_rates(Luck& luck);
};

/// The variables of the worker that give these settings, as a JSON object.
[[nodiscard]] std::string variables_of(const pos::Settings& settings);

}  // namespace simulate
