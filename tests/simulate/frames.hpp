// The frames of many runs, as files: what the wasm modules are asked too.
#pragma once

#include "simulate/options.hpp"

namespace simulate {

/// Writes <seed>.trace into the directory for seed after seed, until so many steps are recorded.
void write_frames(const Options& options);

}  // namespace simulate
