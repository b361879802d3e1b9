// What the command line asks for.
#pragma once

#include <cstdint>
#include <string>

namespace simulate {

struct Options {
  std::uint64_t from = 1;
  std::uint64_t seeds = 2000;
  std::uint64_t threads = 0;  // 0: as many as the machine has
  std::string kept;           // a file of seeds that come first
  std::string trace;          // a file for every line of every run
  std::string frames;         // a directory for the frames of every job
  std::uint64_t steps = 100'000;
  bool verbose = false;
};

/// False if the command line cannot be understood; `problem` says why.
[[nodiscard]] bool read_repair_settings(int count, char** arguments, Options& options,
                                        std::string& problem);

}  // namespace simulate
