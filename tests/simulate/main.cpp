// pos_simulate: whole worlds by seed, with everything that can go wrong (simulation.hpp).
#include <sqlite3.h>

#include <cstdio>
#include <exception>

#include "simulate/campaign.hpp"
#include "simulate/frames.hpp"
#include "simulate/options.hpp"

int main(int count, char** arguments) {
  // Statistics that nobody reads would have the threads wait for each other at each allocation.
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  simulate::Options options;
  std::string problem;
  if (!simulate::read_repair_settings(count, arguments, options, problem)) {
    std::fprintf(stderr,
                 "pos_simulate: %s\nusage: pos_simulate [--seeds N] [--from S] [--seed S] "
                 "[--threads N] [--kept FILE] [--trace FILE] [--verbose] "
                 "[--frames DIRECTORY [--steps N]]\n",
                 problem.c_str());
    return 2;
  }
  try {
    if (!options.frames.empty()) {
      simulate::write_frames(options);
      return 0;
    }
    return simulate::Campaign(options).run() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pos_simulate: %s\n", error.what());
    return 2;
  }
}
