// Says which seed it was when the program is ended by a signal: a failed assertion of the core's.
#pragma once

#include <cstdint>

namespace simulate {

/// From now on a signal that ends the program names the seed of its thread first.
void name_seed_of_crash();
/// This thread runs that seed now.
void now_running(std::uint64_t seed);

}  // namespace simulate
