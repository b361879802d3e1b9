// What a database says of the repairs that a world is about, and what a batch may make of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "explore/databases.hpp"
#include "explore/invariant.hpp"
#include "explore/repair/world.hpp"

namespace explore::repair {

constexpr std::size_t targets_most = 4;

enum class RepairStatus : std::uint8_t { none = 0, due = 1, pending = 2, done = 3, stopped = 4 };

/// Times are Unix milliseconds of D1; 0 stands for NULL.
struct RepairFact {
  RepairStatus state = RepairStatus::none;
  std::string survivor;
  std::string reason;
  std::string code;  // the reason's first word
  std::int64_t generation = 0;
  std::string request;
  std::string body;  // of the request
  std::int64_t first_sent_at = 0;
  std::int64_t last_sent_at = 0;
  std::int64_t in_doubt_since = 0;
  std::string look;
  std::int64_t absent_at = 0;
  std::string refund_id;
  std::int64_t attempts = 0;
  std::int64_t next_attempt_at = 0;
  std::string holder;
  std::int64_t claimed_at = 0;
  std::int64_t lease_until = 0;

  [[nodiscard]] bool is_open() const {
    return state == RepairStatus::due || state == RepairStatus::pending;
  }
  bool operator==(const RepairFact&) const = default;
};

struct LineFact {
  std::string target;
  std::string token;
  std::string event;

  bool operator==(const LineFact&) const = default;
};

/// An order's place in a group.
struct PlaceFact {
  std::string order;
  std::string group;
  bool survives = false;
};

struct Ledger {
  std::array<RepairFact, targets_most> repairs;
  std::vector<LineFact> lines;
  std::vector<PlaceFact> places;
  std::vector<std::string> calls;  // owner tokens that a claim was asked for with

  [[nodiscard]] bool called(const std::string& token) const;
};

[[nodiscard]] Ledger read_ledger(const Databases& databases, DbId id,
                                 const std::vector<Target>& targets);

/// Leaves out of a database what neither a statement nor an invariant can ask about any more:
/// calls that no batch of those that are out is about, lines of tokens that hold nothing and are in
/// no such batch, times that are over. All lines are kept where somebody may ask which is the last.
void keep_what_matters(std::vector<Row>& rows, std::int64_t now_ms,
                       const std::vector<std::string>& tokens_out, bool keep_lines);

/// What a batch has broken.
[[nodiscard]] Broken check_batch(const Ledger& was, const Ledger& is,
                                 const std::vector<Target>& targets,
                                 const pos::io::D1Command& command, std::int64_t now_ms,
                                 const pos::Settings& settings);

}  // namespace explore::repair
