// One moment of a world: small, of one piece, and equal to another if every byte is.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "explore/databases.hpp"
#include "explore/facts.hpp"
#include "explore/request_fault.hpp"
#include "explore/workers.hpp"

namespace explore {

constexpr std::size_t slots_most = 5;
constexpr std::size_t requests_most = 4;
constexpr std::size_t bookings_most = 6;
constexpr std::size_t sightings_most = 6;
constexpr std::size_t events_most = 6;

/// The clock of D1 when a world begins: a millisecond before midnight, so that every jump of time
/// passes it.
constexpr std::int64_t epoch_ms = 1'795'046'399'999;

enum class Phase : std::uint8_t {
  waiting = 0,  // not begun
  running = 1,
  gone = 2,  // ended or killed: nobody can tell the difference
};

/// A worker's place.
struct Slot {
  WorkerId worker = 0;
  Phase phase = Phase::waiting;
  std::uint8_t anew = 0;  // 1: of the newly deployed worker
  std::array<std::uint8_t, 2> filler{};
  std::int64_t started_ms = 0;  // real time
};

enum class Operation : std::uint8_t {
  order = 0,
  payment = 1,
  look = 2,   // it reads, and changes nothing
  token = 3,  // it exchanges a refresh token
};

enum class Way : std::uint8_t {
  none = 0,
  out = 1,     // on its way; its worker waits
  landed = 2,  // Square has seen it; its worker waits
  adrift = 3,  // its worker has given up or is dead; it may land yet
};

struct Request {
  std::int64_t started_ms = 0;
  TextId body = 0;
  pos::io::CommandId command = 0;
  OutcomeId reply = 0;  // once landed
  Way way = Way::none;
  std::uint8_t slot = 0;
  IdentityId identity = nobody;
  Operation operation = Operation::order;
  std::uint16_t overlaps = 0;  // 1: another request with its key landed while it was on its way
  std::uint16_t token = 0;     // which of the account's tokens it was sent with
  TextId path = 0;
};

/// Something that stands at Square.
struct Booking {
  std::int64_t at_ms = 0;
  TextId key = 0;  // 0: no booking
  TextId body = 0;
  Operation operation = Operation::order;
  IdentityId identity = nobody;
  std::uint8_t number = 0;  // the how-manieth of this identity and operation
  std::uint8_t other_total = 0;
  std::uint8_t canceled = 0;  // by somebody at Square
  std::uint8_t foreign = 0;   // made by somebody else, and looks like one of ours
  std::uint8_t altered = 0;   // its other total is somebody's at Square
  std::uint8_t filler = 0;
};

/// A key that Square has seen, with what came under it.
struct Sighting {
  TextId key = 0;  // 0: none
  TextId body = 0;
  TextId path = 0;
  std::uint32_t refused =
      0;  // how it was refused for good, a RequestFault; nothing came under it since
};

struct State {
  std::int64_t real_ms = 0;  // since the world began
  std::int64_t skew_ms = 0;  // how far D1's clock has moved against real time
  std::int64_t deed_ms = 0;  // when the last deed was done
  DbId db = 0;
  std::uint8_t jumps = 0;  // spent
  std::uint8_t d1_faults = 0;
  std::uint8_t request_faults = 0;
  std::uint8_t wrong_reads = 0;
  std::array<std::uint8_t, events_most + 2> events{};  // how often each happened
  std::array<std::uint8_t, identities_most> sends{};   // requests ever started
  std::uint8_t deeds = 0;                              // done at Square
  std::uint8_t exchanges = 0;                          // of refresh tokens
  std::array<Slot, slots_most> slots{};
  std::array<Request, requests_most> requests{};
  std::array<Booking, bookings_most> bookings{};
  std::array<Sighting, sightings_most> sightings{};

  bool operator==(const State& other) const {
    return std::memcmp(this, &other, sizeof(State)) == 0;
  }
};

// Hashed byte by byte, so it may have no padding.
static_assert(std::has_unique_object_representations_v<Slot>);
static_assert(std::has_unique_object_representations_v<Request>);
static_assert(std::has_unique_object_representations_v<Booking>);
static_assert(std::has_unique_object_representations_v<Sighting>);
static_assert(std::has_unique_object_representations_v<State>);

/// A state's name in the table of what was seen. 128 bits: two of ten million states share one with
/// a probability of 10^-25.
struct Fingerprint {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool operator==(const Fingerprint&) const = default;
};
template <typename AnyState>
[[nodiscard]] Fingerprint fingerprint_of(const AnyState& state) {
  static_assert(std::has_unique_object_representations_v<AnyState>);
  constexpr std::size_t words = sizeof(AnyState) / 8;
  static_assert(sizeof(AnyState) % 8 == 0);
  std::array<std::uint64_t, words> content;
  std::memcpy(content.data(), &state, sizeof(AnyState));
  Fingerprint print{0x243F6A8885A308D3ULL, 0x13198A2E03707344ULL};
  for (const std::uint64_t word : content) {
    print.low = mixed(print.low, word);
    print.high = mixed(print.high ^ 0xA4093822299F31D0ULL, word * 0x9E3779B97F4A7C15ULL + 1);
  }
  return print;
}

/// Brings lists into one order and forgets what can no longer matter.
/// A request that was given up lands within so long, or never.
void tidy(State& state, std::int64_t lands_within_ms);

}  // namespace explore
