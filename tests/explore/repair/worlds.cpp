#include "explore/repair/worlds.hpp"

#include "world/mender.hpp"

namespace explore::mending {
namespace {

constexpr std::int64_t second = 1000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;

constexpr std::int64_t amount = 35000;

pos::Settings small_settings() {
  pos::Settings settings = world::Mender::test_settings();
  settings.max_attempts = 2;
  // No backoff is longer than the quiet time: waits then end at instants that can be named.
  settings.retry_base_ms = 1;
  settings.retry_cap_ms = 1;
  return settings;
}

World named(World world, const char* name, const char* about) {
  world.name = name;
  world.about = about;
  return world;
}

World two_ticks_one_refund() {
  World world = world_of(1);
  world.fates = {Fate::timeout, Fate::rejected};
  world.jumps = 1;
  world.jump_most_ms = hour;
  return named(world, "two ticks, one refund",
               "every way that two ticks can overlap over one refund, with kills, requests that "
               "time out with and without effect, or land late, and a jump of time");
}

}  // namespace

World world_of(int duplicates, const std::string& source_type) {
  World world;
  world.schema.past = true;
  world.settings = small_settings();
  world.square.sell("O1", "P1", amount, source_type);
  world.copies = {"P1"};
  world.approved =
      "INSERT INTO pos_audits (id, from_at, to_at, window_ms, created_at) "
      "VALUES ('AU', 0, 1, 1, 0);";
  for (int i = 2; i <= duplicates + 1; ++i) {
    const std::string number = std::to_string(i);
    const std::string order = "O" + number;
    const std::string payment = "P" + number;
    world.square.sell(order, payment, amount, source_type);
    world.copies.push_back(payment);
    world.targets.push_back({false, payment, order, "O1", "P1"});
    world.approved +=
        "INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, location_id, "
        "external_order_id, survivor_order_id, amount, currency, created_at, updated_at) VALUES "
        "('refund', '" +
        payment + "', 'AU', 'g1', '', 'L1', '" + order + "', 'O1', " + std::to_string(amount) +
        ", 'TRY', 0, 0);";
  }
  return world;
}

const std::vector<World>& all_worlds() {
  static const std::vector<World> worlds = {two_ticks_one_refund()};
  return worlds;
}

}  // namespace explore::mending
