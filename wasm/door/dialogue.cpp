#include "door/dialogue.hpp"

#include <utility>

#include "door/answer.hpp"

namespace pos::door {
namespace {

constexpr std::uint32_t tries_most = 3;
constexpr std::int64_t pause_ms = 100;

}  // namespace

void Dialogue::ask(std::span<const store::Statement> statements, std::string key, std::string query,
                   io::Commands& out) {
  batch_.statements.assign(statements.begin(), statements.end());
  batch_.parameters.clear();
  batch_.parameters.push_back(std::move(key));
  batch_.parameters.push_back(std::move(query));
  tries_ = 0;
  ask_again(out);
}

void Dialogue::ask_again(io::Commands& out) {
  batch_.id = next_id_++;
  out.emplace_back(batch_);
}

bool Dialogue::answered(const io::Input& input, json::Value& results, io::Commands& out) {
  for (const io::Outcome& each : input.outcomes) {
    if (each.kind == io::OutcomeKind::d1_done && each.id == batch_.id) {
      results = each.results;
      return true;
    }
    if (each.kind == io::OutcomeKind::slept) {
      ask_again(out);
    } else if (each.kind == io::OutcomeKind::d1_failed && each.id == batch_.id) {
      if (++tries_ < tries_most) {
        out.emplace_back(io::SleepCommand{next_id_++, pause_ms << tries_});
      } else {
        problem(out, 503, "the database did not answer; ask again: nothing is done twice", 1);
      }
    }
  }
  return false;
}

}  // namespace pos::door
