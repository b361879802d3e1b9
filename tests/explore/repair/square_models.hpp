// Square as a value: what stands there, numbered by its content, and what a request makes of it,
// worked out once and remembered.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "explore/interned.hpp"
#include "explore/repair/world.hpp"
#include "explore/workers.hpp"
#include "harness/past_model.hpp"

namespace explore::repair {

using ModelId = std::uint32_t;

/// What stands at Square of one target.
struct Standing {
  std::uint8_t ours = 0;           // refunds that we have made, whatever became of them
  std::uint8_t ours_standing = 0;  // of these, those that are not refused
  std::uint8_t completed = 0;      // of these, those that are through
  std::uint8_t others = 0;         // somebody else's that stand
  bool overdrawn = false;          // more is refunded than was paid
  bool canceled = false;
  bool survivor_gone = false;  // the order that stays was refunded, canceled, disputed or edited
  bool changed = false;        // the duplicate was edited
  TextId refund_id = 0;        // of the last one of ours
};

class SquareModels {
 public:
  SquareModels(Texts& texts, const World& world);

  [[nodiscard]] static constexpr ModelId first() { return 0; }
  [[nodiscard]] const world::PastModel& operator[](ModelId id) const { return models_[id]; }
  [[nodiscard]] std::size_t count() const { return models_.size(); }

  struct Landing {
    ModelId after = 0;
    Outcome reply;
    bool has_refunded = false;
  };
  /// Square takes a request in that was started then; a new refund is `status`.
  const Landing& land(ModelId before, TextId path, TextId body, std::int64_t started_ms,
                      std::int64_t now_ms, const std::string& status);
  /// What a reading shows at that time, behind by `lists` or `others`.
  Outcome read(ModelId id, TextId path, std::int64_t now_ms, std::int64_t lists_lag_ms,
               std::int64_t others_lag_ms);
  /// A request has been sent, whatever becomes of it.
  ModelId noted(ModelId before, TextId body);
  /// Somebody does something there.
  ModelId after(ModelId before, std::size_t deed, std::int64_t now_ms);
  /// All refunds that are pending come to their end.
  ModelId settled(ModelId before, const std::string& status, std::int64_t now_ms);

  [[nodiscard]] const Standing& standing(ModelId id, std::size_t target);
  /// When anything was last done there, so that a lagging read may still miss it; 0: never.
  [[nodiscard]] const std::vector<std::int64_t>& times(ModelId id);

 private:
  ModelId number_of(world::PastModel model);
  [[nodiscard]] Standing stood(const world::PastModel& model, const Target& target);

  Texts& texts_;
  const World& world_;
  std::deque<world::PastModel> models_;
  std::vector<std::array<Standing, 4>> standings_;
  std::vector<std::vector<std::int64_t>> times_;
  std::unordered_map<std::string, ModelId> numbers_;
  std::unordered_map<std::string, Landing> landings_;
  std::unordered_map<std::string, Outcome> reads_;
  std::unordered_map<std::string, ModelId> changes_;
};

}  // namespace explore::repair
