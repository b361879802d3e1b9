// What happened in a run, counted; and in many.
#pragma once

#include <algorithm>
#include <cstdint>

#include "simulate/fault.hpp"

namespace simulate {

struct Tally {
  std::int64_t seeds = 0;
  std::int64_t orders = 0;
  std::int64_t ticks = 0;
  std::int64_t requests = 0;
  std::int64_t reads = 0;  // of the requests
  std::int64_t batches = 0;
  std::int64_t steps = 0;   // calls into the core
  std::int64_t booked = 0;  // orders, once the run has come to rest
  std::int64_t dead = 0;    // with their reason
  std::int64_t gone = 0;    // a producer has deleted their rows
  std::int64_t lost = 0;
  std::int64_t doubled = 0;
  std::int64_t at_square = 0;
  std::int64_t simulated_ms = 0;
  std::int64_t hundred_orders = 0;  // seeds with so many, and more
  std::int64_t fifty_ticks = 0;
  std::int64_t most_at_once = 0;  // ticks
  PerFault faults;

  void add(const Tally& other) {
    seeds += other.seeds;
    orders += other.orders;
    ticks += other.ticks;
    requests += other.requests;
    reads += other.reads;
    batches += other.batches;
    steps += other.steps;
    booked += other.booked;
    dead += other.dead;
    gone += other.gone;
    lost += other.lost;
    doubled += other.doubled;
    at_square += other.at_square;
    simulated_ms += other.simulated_ms;
    hundred_orders += other.hundred_orders;
    fifty_ticks += other.fifty_ticks;
    most_at_once = std::max(most_at_once, other.most_at_once);
    faults.add(other.faults);
  }
};

}  // namespace simulate
