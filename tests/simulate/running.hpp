// A job that a simulation runs, and what it keeps beside it.
#pragma once

#include <string>
#include <utility>

#include "simulate/simulation.hpp"

namespace simulate {

struct Simulation::Running {
  explicit Running(Invocation&& started) : invocation(std::move(started)) {}

  Invocation invocation;
  world::Trace record;
  std::int64_t steps = 0;
  bool closed = false;
  std::string takes;  // the order that it takes in, if it ends well
};

}  // namespace simulate
