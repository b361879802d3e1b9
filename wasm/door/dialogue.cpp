#include "door/dialogue.hpp"

#include <utility>

#include "door/answer.hpp"

namespace pos::door {
namespace {

constexpr std::uint32_t tries_most = 3;
constexpr std::int64_t pause_ms = 100;

}  // namespace

void Dialogue::ask(io::D1Command batch, io::Commands& out) {
  batch_ = std::move(batch);
  batch_.id = next_id_++;
  tries_ = 0;
  out.emplace_back(batch_);
}

bool Dialogue::answered(const io::Input& input, json::Value& results, io::Commands& out) {
  for (const io::Outcome& each : input.outcomes) {
    if (each.kind == io::OutcomeKind::d1_done && each.id == batch_.id) {
      results = each.results;
      return true;
    }
    if (each.kind == io::OutcomeKind::slept) {
      batch_.id = next_id_++;
      out.emplace_back(batch_);
    } else if (each.kind == io::OutcomeKind::d1_failed && each.id == batch_.id) {
      if (++tries_ < tries_most) {
        out.emplace_back(io::SleepCommand{next_id_++, pause_ms << tries_});
      } else {
        out.emplace_back(
            problem(503, "the database did not answer; ask again: nothing is done twice", 1));
      }
    }
  }
  return false;
}

}  // namespace pos::door
