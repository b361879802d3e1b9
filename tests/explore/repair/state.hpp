// One moment of a world of repairs: small, of one piece, and equal to another if every byte is.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "explore/repair/ledger.hpp"
#include "explore/repair/square_models.hpp"
#include "explore/state.hpp"

namespace explore::repair {

constexpr std::size_t slots_most = 5;
constexpr std::size_t requests_most = 4;
constexpr std::size_t deeds_most = 4;
constexpr std::uint8_t no_target = 0xFF;

/// A worker's place.
struct Slot {
  std::int64_t started_ms = 0;  // real time
  WorkerId worker = 0;
  Phase phase = Phase::waiting;
  std::uint8_t not_as_approved = 0;  // a bit per target: when it claimed, the order that stays was
  std::array<std::uint8_t, 2> filler{};
};

struct Request {
  std::int64_t started_ms = 0;
  TextId path = 0;
  TextId body = 0;  // 0: it reads
  pos::io::CommandId command = 0;
  OutcomeId reply = 0;  // once landed
  Way way = Way::none;
  std::uint8_t slot = 0;
  std::uint8_t target = no_target;
  std::array<std::uint8_t, 5> filler{};
};

struct State {
  std::int64_t real_ms = 0;  // since the world began
  std::int64_t skew_ms = 0;  // how far D1's clock has moved against real time
  DbId db = 0;
  ModelId model = 0;
  std::uint8_t jumps = 0;  // spent
  std::uint8_t d1_faults = 0;
  std::uint8_t request_faults = 0;
  std::uint8_t read_faults = 0;
  std::uint8_t wrong_lists = 0;
  std::array<std::uint8_t, 7> filler{};
  std::array<std::uint8_t, deeds_most> deeds{};  // how often each was done
  std::array<Slot, slots_most> slots{};
  std::array<Request, requests_most> requests{};
};

static_assert(std::has_unique_object_representations_v<Slot>);
static_assert(std::has_unique_object_representations_v<Request>);
static_assert(std::has_unique_object_representations_v<State>);

}  // namespace explore::repair
