// Everything that can go wrong in a run, or that somebody does to it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace simulate {

enum class Fault : std::uint8_t {
  // ---- of a request to Square; `applied`: with its effect
  timeout,
  timeout_applied,
  reset,
  reset_applied,
  server_error,
  server_error_applied,
  torn,
  torn_applied,
  late,  // it lands after its caller has given it up, within the quiet time
  throttled,
  throttled_applied,
  unauthorized,
  refused,
  conflict,
  other_total,
  // ---- of a batch of D1
  d1_failed,
  d1_lost,   // done, and reported as failed
  d1_late,   // reported as failed, and done after that
  d1_drift,  // time passes between its statements
  // ---- of workers and clocks
  killed,       // at any point, with what it asked for on its way
  killed_mute,  // before what it decided has left it
  paused,       // its isolate stands still
  clock_wrong,  // its own clock jumps ahead, or back within the clock step
  clock_step,   // D1's clock does
  // ---- of crons
  cron_twice,
  cron_overlaps,
  cron_missed,
  time_jump,
  redeploy,
  // ---- of the provider as a whole, for a while
  outage,
  wrong_read,  // a search or a list that shows nothing, once in a run
  told,        // no fault: an event of a webhook tells of an order, once or twice, soon or late
  // ---- of producers
  enqueued_again,
  other_content,
  other_restaurant,
  replaced,
  deleted,
  reset_by_hand,
  put_to_rest,
  edited,
  malformed,
  next_revision,
  // ---- of operators
  drained,  // a tick right after what somebody did by hand
  replayed,
  canceled,
  marked_done,
  canceled_there,   // by somebody at Square, before anybody knows of the order here
  entered_by_hand,  // marked done with an id that is not at Square: the operator's word
};

constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::entered_by_hand) + 1;
constexpr Fault first_of_d1 = Fault::d1_failed;
constexpr Fault first_of_workers = Fault::killed;
constexpr Fault first_of_producers = Fault::enqueued_again;

[[nodiscard]] const char* to_string(Fault fault);

/// A number for each of them.
class PerFault {
 public:
  std::int64_t& operator[](Fault fault) { return numbers_[static_cast<std::size_t>(fault)]; }
  std::int64_t operator[](Fault fault) const { return numbers_[static_cast<std::size_t>(fault)]; }
  void add(const PerFault& other) {
    for (std::size_t i = 0; i < fault_count; ++i) numbers_[i] += other.numbers_[i];
  }

 private:
  std::array<std::int64_t, fault_count> numbers_{};
};

}  // namespace simulate
