// Many seeds, on as many threads as there are, with somebody watching.
#pragma once

#include <atomic>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "simulate/options.hpp"
#include "simulate/outcome.hpp"

namespace simulate {

class Campaign {
 public:
  explicit Campaign(const Options& options);

  /// Runs the seeds that are kept and then the others; true if every promise was held.
  bool run();

 private:
  void work();
  void take_in(const Outcome& outcome, const Trace& trace);
  [[nodiscard]] bool next(std::uint64_t& seed);
  void watch();
  void show_progress(bool line_of_its_own) const;
  void report_failures();
  void report_totals(double seconds) const;

  const Options& options_;
  std::vector<std::uint64_t> kept_;
  std::atomic<std::uint64_t> given_out_{0};
  std::atomic<bool> enough_{false};
  std::mutex mutex_;  // of all below
  std::uint64_t done_ = 0;
  Tally total_;
  std::vector<Outcome> failures_;
  std::ofstream trace_;
};

}  // namespace simulate
