#include "explore/repair/square_models.hpp"

#include <algorithm>
#include <utility>

namespace explore::repair {
namespace {

template <typename... Numbers>
std::string key_of(Numbers... numbers) {
  std::string key;
  ((key += std::to_string(numbers) + ' '), ...);
  return key;
}

/// A body that came twice under its key is one body.
void drop_repeats(world::PastModel& model) {
  model.reads.clear();
  std::multimap<std::string, std::string> bodies;
  for (const auto& entry : model.bodies) {
    const auto range = bodies.equal_range(entry.first);
    const bool known =
        std::any_of(range.first, range.second, [&](const auto& each) { return each == entry; });
    if (!known) bodies.insert(entry);
  }
  model.bodies = std::move(bodies);
}

}  // namespace

SquareModels::SquareModels(Texts& texts, const World& world) : texts_(texts), world_(world) {
  static_cast<void>(number_of(world.square));
}

ModelId SquareModels::number_of(world::PastModel model) {
  drop_repeats(model);
  const auto [found, is_new] =
      numbers_.emplace(model.spelled(), static_cast<ModelId>(models_.size()));
  if (!is_new) return found->second;
  std::array<Standing, 4> standings{};
  for (std::size_t i = 0; i < world_.targets.size(); ++i) {
    standings.at(i) = stood(model, world_.targets[i]);
  }
  standings_.push_back(standings);
  std::vector<std::int64_t> times;
  for (const world::PastRefund& each : model.refunds) {
    for (const auto& change : each.statuses) times.push_back(change.first);
  }
  times_.push_back(std::move(times));
  models_.push_back(std::move(model));
  return found->second;
}

Standing SquareModels::stood(const world::PastModel& model, const Target& target) {
  Standing out;
  const auto survivor = model.orders.find(target.survivor);
  out.survivor_gone = survivor != model.orders.end() &&
                      (survivor->second.canceled_at_ms >= 0 || survivor->second.edited_at_ms >= 0);
  for (const auto& [payment, state] : model.disputes) {
    if (payment == target.survivor_payment) out.survivor_gone = true;
  }
  const auto copy = model.orders.find(target.order);
  out.changed = copy != model.orders.end() && copy->second.edited_at_ms >= 0;
  for (const world::PastRefund& each : model.refunds) {
    if (each.payment_id == target.survivor_payment) out.survivor_gone = true;
    if (target.cancels || each.payment_id != target.id) continue;
    if (each.key.empty()) {
      out.others += each.stands() ? 1 : 0;
      continue;
    }
    ++out.ours;
    out.ours_standing += each.stands() ? 1 : 0;
    out.completed += each.status() == "COMPLETED" ? 1 : 0;
    out.refund_id = texts_.id(each.id);
  }
  if (target.cancels) {
    out.canceled = model.orders.at(target.id).canceled_at_ms >= 0;
  } else {
    out.overdrawn = model.refunded(target.id) > model.payments.at(target.id).amount;
  }
  return out;
}

const SquareModels::Landing& SquareModels::land(ModelId before, TextId path, TextId body,
                                                std::int64_t started_ms, std::int64_t now_ms,
                                                const std::string& status) {
  const std::string key = key_of(before, path, body, started_ms, now_ms) + status;
  const auto found = landings_.find(key);
  if (found != landings_.end()) return found->second;
  world::PastModel model = models_[before];
  const std::size_t refunds = model.refunds.size();
  model.next_status = status;
  const auto method =
      texts_.text(path) == "/v2/refunds" ? pos::io::Method::post : pos::io::Method::put;
  const auto reply = model.apply(method, texts_.text(path), texts_.text(body), now_ms, started_ms);
  model.next_status = models_[before].next_status;
  Landing landing;
  landing.has_refunded = model.refunds.size() > refunds;
  landing.reply.kind = pos::io::OutcomeKind::replied;
  landing.reply.status = reply.status;
  landing.reply.text = texts_.id(reply.body);
  landing.after = number_of(std::move(model));
  return landings_.emplace(key, landing).first->second;
}

Outcome SquareModels::read(ModelId id, TextId path, std::int64_t now_ms, std::int64_t lists_lag_ms,
                           std::int64_t others_lag_ms) {
  const std::string key = key_of(id, path, now_ms, lists_lag_ms, others_lag_ms);
  const auto found = reads_.find(key);
  if (found != reads_.end()) return found->second;
  world::PastModel model = models_[id];
  model.list_lag_ms = lists_lag_ms;
  model.read_lag_ms = others_lag_ms;
  const auto reply = model.apply(pos::io::Method::get, texts_.text(path), "", now_ms, now_ms);
  Outcome outcome;
  outcome.kind = pos::io::OutcomeKind::replied;
  outcome.status = reply.status;
  outcome.text = texts_.id(reply.body);
  reads_.emplace(key, outcome);
  return outcome;
}

ModelId SquareModels::noted(ModelId before, TextId body) {
  const std::string key = "sent " + key_of(before, body);
  const auto found = changes_.find(key);
  if (found != changes_.end()) return found->second;
  world::PastModel model = models_[before];
  model.note(texts_.text(body));
  return changes_[key] = number_of(std::move(model));
}

ModelId SquareModels::after(ModelId before, std::size_t deed, std::int64_t now_ms) {
  const std::string key = "deed " + key_of(before, deed, now_ms);
  const auto found = changes_.find(key);
  if (found != changes_.end()) return found->second;
  world::PastModel model = models_[before];
  world_.deeds[deed].at_square(model, now_ms);
  return changes_[key] = number_of(std::move(model));
}

ModelId SquareModels::settled(ModelId before, const std::string& status, std::int64_t now_ms) {
  world::PastModel model = models_[before];
  model.settle_pending(status, now_ms);
  return number_of(std::move(model));
}

const Standing& SquareModels::standing(ModelId id, std::size_t target) {
  return standings_[id].at(target);
}

const std::vector<std::int64_t>& SquareModels::times(ModelId id) { return times_[id]; }

}  // namespace explore::repair
