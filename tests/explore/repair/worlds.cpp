#include "explore/repair/worlds.hpp"

#include "base/json/writer.hpp"
#include "harness/duration.hpp"
#include "harness/repair_runner.hpp"
#include "harness/seals.hpp"

namespace explore::repair {
namespace {

using duration::hour;
using duration::minute;
using duration::second;
using pos::store::Statement;

constexpr std::int64_t amount = 35000;

constexpr const char* first_audit =
    "INSERT INTO pos_audits (id, from_at, to_at, window_ms, created_at) "
    "VALUES ('AU', 0, 1, 1, 0);";

pos::Settings small_settings() {
  pos::Settings settings = world::RepairRunner::test_settings();
  settings.max_attempts = 2;
  // No backoff is longer than the quiet time: waits then end at instants that can be named.
  settings.retry_base_ms = 2;
  settings.retry_cap_ms = 2;
  return settings;
}

/// What a plan says of a paid order as it stands at Square.
std::string seen(const std::string& number) {
  world::PastModel square;
  square.sell("O" + number, "P" + number, amount, "EXTERNAL");
  return R"("paid":true,"total":35000,"tip":0,"content":")" + square.fingerprint("O" + number, 0) +
         R"(",)";
}

/// A plan in which that one of the two orders stays, and the other is refunded.
std::string plan(int survivor) {
  const std::string kept = std::to_string(survivor);
  const std::string gone = std::to_string(3 - survivor);
  return R"({"currency":"TRY","survivor":"O)" + kept + R"(","orders":[{"id":"O)" + kept +
         R"(","role":"survivor","action":"keep",)" + seen(kept) + R"("payments":[{"id":"P)" + kept +
         R"(","status":"COMPLETED"}]},{"id":"O)" + gone +
         R"(","role":"duplicate","action":"refund",)" + seen(gone) + R"("payments":[{"id":"P)" +
         gone + R"(","action":"refund","amount":35000,"fee":0,"source_type":"EXTERNAL"}]}]})";
}

/// What the plan says of the pair, as the statement that approves it stores it.
std::string approved_basis(int survivor) {
  const std::string kept = std::to_string(survivor);
  const std::string gone = std::to_string(3 - survivor);
  const auto side = [](const std::string& number) {
    world::PastModel square;
    square.sell("O" + number, "P" + number, amount, "EXTERNAL");
    return R"("total":35000,"content":")" + square.fingerprint("O" + number, 0) +
           R"(","payments":["P)" + number + R"("])";
  };
  return R"({"v":1,)" + side(gone) + R"(,"survivor":{"paid":true,)" + side(kept) + "}}";
}

/// What an approval of that plan seals, as it hands it over.
std::string sealed_plan(int survivor) {
  const std::string gone = std::to_string(3 - survivor);
  const std::string audit = "AU" + std::to_string(survivor);
  const std::string group = "g" + std::to_string(survivor);
  pos::json::Writer values;
  values.begin_array().string("pos_repairs").string("square").string("refund").string("P" + gone);
  values.string(audit).string(group).string("").string("L1").string("O" + gone);
  values.string("O" + std::to_string(survivor)).integer(amount).string("TRY").integer(0);
  values.string("EXTERNAL")
      .string(approved_basis(survivor))
      .string("operator")
      .string("approve")
      .integer(0)
      .end_array();
  pos::json::Writer list;
  list.begin_array().begin_object().member("group", group).member("action", "refund");
  list.member("target", "P" + gone).member("seal", "v1.k." + values.text());
  return list.end_object().end_array().take();
}

std::string approval(const world::PastModel& square, const char* action, const std::string& target,
                     const std::string& order) {
  return "INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, "
         "location_id, external_order_id, survivor_order_id, approved, amount, currency, "
         "created_at, updated_at) VALUES ('" +
         std::string(action) + "', '" + target + "', 'AU', 'g1', '', 'L1', '" + order +
         "', 'O1', '" + square.approved(order, "O1", 0) + "', " + std::to_string(amount) +
         ", 'TRY', 0, 0);" + world::seal_repairs;
}

/// The same, by somebody who may write to the tables and nothing more: with the seal of another
/// repair.
std::string forgery(const world::PastModel& square, const std::string& payment,
                    const std::string& order) {
  return "INSERT OR IGNORE INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, "
         "location_id, external_order_id, survivor_order_id, approved, amount, currency, "
         "created_at, updated_at, seal) SELECT action, '" +
         payment + "', audit_id, group_id, restaurant_id, location_id, '" + order +
         "', survivor_order_id, '" + square.approved(order, "O1", 0) +
         "', amount, currency, 0, 0, seal FROM pos_repairs WHERE target = 'P2'";
}

World named(World world, const char* name, const char* about) {
  world.name = name;
  world.about = about;
  return world;
}

World timed(World world, std::uint8_t jumps, std::int64_t most_ms = hour) {
  world.jumps = jumps;
  world.jump_most_ms = most_ms;
  return world;
}

Deed refunds_the_duplicate() {
  return refunds_by_hand("somebody refunds P2 at the dashboard", "P2", amount);
}
Deed fails_by_hand() {
  return {"at the dashboard somebody refunds P2, which fails",
          [](world::PastModel& square, std::int64_t now_ms) {
            const std::size_t before = square.refunds.size();
            square.refund_by_hand("P2", amount, now_ms);
            if (square.refunds.size() == before) return;
            square.refunds.back().statuses.back().second = "FAILED";
          },
          "", 1};
}
Deed refunds_a_part() { return refunds_by_hand("somebody refunds a part of P2", "P2", 100); }
Deed refunds_the_survivor() {
  return refunds_by_hand("somebody refunds P1, of the order that stays", "P1", amount);
}
Deed ends_pending(const char* status) {
  return {std::string("the bank is through with the refund: ") + status,
          [status](world::PastModel& square, std::int64_t now_ms) {
            square.settle_pending(status, now_ms);
          },
          "", 1};
}
Deed disputes(const char* payment) {
  return {std::string("the guest disputes ") + payment,
          [payment](world::PastModel& square, std::int64_t) {
            if (square.disputes.empty()) square.disputes.emplace_back(payment, "PROCESSING");
          },
          "", 1};
}
Deed on_order(const char* story, void (world::PastModel::*deed)(const std::string&, std::int64_t),
              const char* order) {
  return {story,
          [deed, order](world::PastModel& square, std::int64_t now_ms) {
            (square.*deed)(order, now_ms);
          },
          "", 1};
}

Visitor retries(const char* target) {
  Visitor visitor;
  visitor.story = std::string("an operator sets ") + target + " going again";
  visitor.request.route = pos::runtime::RepairRoute::repair_retry;
  visitor.request.audit_id = "AU";
  visitor.request.body = std::string(R"({"target":")") + target + R"("})";
  return visitor;
}

// Scripts by which worlds are prepared. What is frozen is sent at once, and lands.
using Script = std::vector<std::string>;
const Script sent = {"start A",
                     "A due",
                     "A claim",
                     "A reads payment P2 0",
                     "A reads order O2 0",
                     "A reads order O1 0",
                     "A reads payment P1 0",
                     "A freeze"};

Script and_then(Script script, const Script& more) {
  script.insert(script.end(), more.begin(), more.end());
  return script;
}

World two_ticks_one_refund() {
  World world = timed(world_of(1), 2);
  world.settings.wall_budget_ms = 24 * hour;  // the lease comes first
  world.faults = {RequestFault::timeout, RequestFault::throttled, RequestFault::rejected,
                  RequestFault::unauthorized};
  return named(world, "two ticks, one refund",
               "every way that two ticks can overlap over one refund, with kills, every kind of "
               "answer, requests that time out with and without effect, or land late, and time");
}

World every_spelling() {
  World world = timed(world_of(1, "CARD"), 2);
  world.ticks = 2;
  world.kills = false;
  world.faults = all_faults();
  world.new_refunds = {"COMPLETED", "PENDING", "FAILED"};
  world.request_faults = 1;
  world.read_faults = 1;
  return named(world, "refunds, every spelling",
               "every answer that Square can give to a reading, to a refund, and after it");
}

World two_refunds() {
  World world = timed(world_of(2), 1);
  world.settings.concurrency = 2;
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  return named(world, "two ticks, two refunds",
               "two duplicates of one sale, refunded side by side, by ticks that overlap");
}

World every_answer_to_a_cancel() {
  World world = timed(unpaid_copy(), 1);
  world.kills = false;
  world.faults = all_faults();
  world.read_faults = 1;
  return named(world, "a cancel, every spelling",
               "every answer that Square can give to a reading, to a cancel, and after it");
}

/// Whatever its state: the seller closes it at the till.
Deed cancels_at_the_till(const char* order) {
  return {std::string("the seller cancels ") + order + " at the till",
          [order](world::PastModel& square, std::int64_t now_ms) {
            if (square.orders.at(order).canceled_at_ms < 0) {
              square.orders.at(order).canceled_at_ms = now_ms;
            }
          },
          "", 1};
}

World a_cancel() {
  World world = timed(unpaid_copy(), 1);
  world.faults = {RequestFault::timeout, RequestFault::conflict};
  world.deeds = {on_order("somebody cancels O2", &world::PastModel::cancel_by_hand, "O2"),
                 on_order("somebody takes the payment of O2", &world::PastModel::pay_by_hand, "O2"),
                 on_order("somebody edits O2", &world::PastModel::touch_order, "O2"),
                 cancels_at_the_till("O1")};
  return named(world, "a cancel",
               "an unpaid duplicate is canceled, while somebody cancels it, is paid, or edits it");
}

World hands_on_a_cancel() {
  World world = timed(unpaid_copy(), 1);
  world.square.payments.at("P1").source_type = "CARD";  // only a card can be disputed
  world.faults = {RequestFault::timeout};
  world.deeds = {edits("O2", 45000), edits("O1", 45000), refunds_the_survivor(), disputes("P1")};
  return named(world, "the seller's hands on a cancel",
               "between the approval and the cancel the seller edits the copy or the order that "
               "stays, or refunds that one, or its guest disputes it, at any moment");
}

World hands_on_an_unpaid_pair() {
  World world = timed(unpaid_copy(), 1);
  world.faults = {RequestFault::timeout};
  world.square = {};
  world.square.leave_open("O1", amount);
  world.square.leave_open("O2", amount);
  world.targets.front().survivor_payment = "paid-O1";
  world.approved = first_audit + approval(world.square, "cancel", "O2", "O2");
  world.deeds = {edits("O2", 45000),
                 edits("O1", 45000),
                 on_order("the guest pays O1", &world::PastModel::pay_by_hand, "O1"),
                 {"what the guest paid for O1 is given back",
                  [](world::PastModel& square, std::int64_t now_ms) {
                    if (square.payments.count("paid-O1") == 0) return;
                    square.refund_by_hand("paid-O1", amount, now_ms);
                  },
                  "", 1}};
  world.deeds_in_all = 2;
  return named(world, "the seller's hands on two unpaid orders",
               "one of two unpaid orders is canceled, while the seller edits, cancels "
               "or settles one of them");
}

World hands_on_a_refund() {
  World world = timed(world_of(1, "CARD"), 1);
  world.kills = false;
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.deeds = {edits("O2", 0), edits("O1", 0), refunds_the_survivor(), disputes("P1")};
  return named(world, "the seller's hands on a refund",
               "between the approval and the refund the seller edits the copy or the order that "
               "stays, or refunds that one, or its guest disputes it, at any moment");
}

World canceled_before_a_refund() {
  World world = named(hands_on_a_refund(), "the seller cancels before a refund",
                      "between the approval and the refund the seller cancels the copy or the "
                      "order that stays, or gives the copy's money back, or its guest disputes it");
  world.deeds = {cancels_at_the_till("O2"), cancels_at_the_till("O1"), refunds_the_duplicate(),
                 disputes("P2")};
  return world;
}

World hands_on_a_paid_copy() {
  World world = timed(unpaid_copy(), 1);
  world.kills = false;
  world.faults = {RequestFault::timeout};
  const auto refunded = [](world::PastModel& square, std::int64_t now_ms) {
    if (square.payments.count("paid-O2") != 0) square.refund_by_hand("paid-O2", amount, now_ms);
  };
  const auto disputed = [](world::PastModel& square, std::int64_t) {
    if (square.payments.count("paid-O2") == 0 || !square.disputes.empty()) return;
    square.payments.at("paid-O2").source_type = "CARD";
    square.disputes.emplace_back("paid-O2", "PROCESSING");
  };
  world.deeds = {on_order("the guest pays O2", &world::PastModel::pay_by_hand, "O2"),
                 {"what the guest paid for O2 is given back", refunded, "", 1},
                 {"the guest disputes what he paid for O2", disputed, "", 1}};
  world.deeds_in_all = 2;
  return named(world, "the seller's hands on a copy that is paid",
               "a copy that is to be canceled is paid after all, and then given back or disputed");
}

World a_refund_in_doubt() {
  World world = timed(world_of(1), 3);
  world.ticks = 4;
  world.kills = false;
  world.cutoffs = false;
  world.prepared = and_then(sent, {"P2 1", "A settle", "kill A"});
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  return named(world, "a refund in doubt",
               "a refund whose answer never came, with and without its effect, late or not, and "
               "the looks for it, in lists that lag");
}

World across_the_window() {
  World world = timed(world_of(1), 3, 0);
  world.ticks = 3;
  world.cutoffs = false;
  world.kills = false;
  world.square.remembers_ms = 20 * hour;
  world.faults = {RequestFault::timeout};
  world.request_faults = 2;
  return named(world, "refunds across the window",
               "Square forgets a key after 20 hours, and a refund is in doubt before and after");
}

World somebody_refunds() {
  World world = timed(world_of(1), 2);
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.kills = false;
  world.deeds = {refunds_the_duplicate(), refunds_a_part(), refunds_the_survivor(), touches("P2")};
  return named(world, "somebody refunds, too",
               "at the dashboard somebody refunds the duplicate, a part of it, or the order that "
               "stays, at any moment");
}

World pending_refund() {
  World world = timed(world_of(1, "CARD"), 3);
  world.ticks = 2;
  world.new_refunds = {"COMPLETED", "PENDING"};
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.deeds = {ends_pending("COMPLETED"), ends_pending("REJECTED")};
  return named(world, "a pending refund",
               "Square takes a refund, is through with it later, or refuses it in the end");
}

World looked_for(RequestFault fault, const char* name, const char* about) {
  World world = timed(world_of(1, "CARD"), 2);
  world.ticks = 2;
  world.kills = false;
  world.cutoffs = false;
  world.faults = {fault};
  world.request_faults = 1;
  world.new_refunds = {"COMPLETED", "PENDING", "FAILED"};
  world.deeds = {refunds_the_duplicate(), fails_by_hand()};
  return named(world, name, about);
}

World last_attempt() {
  World world = timed(world_of(1, "CARD"), 2);
  world.settings.max_attempts = 1;
  world.ticks = 2;
  world.kills = false;
  world.prepared = {"start A",
                    "A due",
                    "A claim",
                    "A reads payment P2 0",
                    "A reads order O2 0",
                    "A reads order O1 0",
                    "A reads payment P1 0",
                    "A reads the disputes 0",
                    "A freeze"};
  world.faults = {RequestFault::timeout, RequestFault::throttled, RequestFault::unauthorized,
                  RequestFault::nonsense};
  world.request_faults = 1;
  world.read_faults = 1;
  world.new_refunds = {"COMPLETED", "PENDING"};
  world.deeds = {ends_pending("COMPLETED"), ends_pending("FAILED")};
  return named(world, "the last attempt of a refund",
               "a refund whose only attempt is in doubt, and readings that fail");
}

World last_follow() {
  World world = last_attempt();
  world.prepared.insert(world.prepared.end(), {"P2 lands PENDING", "P2 1", "A settle", "kill A",
                                               "jump 150000", "start B", "B due", "B claim"});
  return named(world, "a refund followed to the last",
               "a pending refund whose attempts are used up is asked after once more");
}

World keeps_changing() {
  World world = timed(world_of(1), 1);
  world.ticks = 2;
  world.deeds = {touches("P2")};
  world.deeds.front().times = world.deeds_in_all = 2;
  return named(world, "a payment that keeps changing",
               "somebody changes the payment between the reading and the refund, again and again");
}

World without_dedupe() {
  World world = timed(unguarded(world_of(1)), 3);
  world.ticks = 3;
  world.faults = {RequestFault::timeout};
  world.request_faults = 2;
  world.wrong_lists = 1;
  world.read_lag_ms = minute;
  world.cutoffs = false;
  return named(world, "a Square that checks nothing",
               "whatever is sent twice is refunded twice: no key is known, no version and no "
               "amount is looked at, and one list is wrongly empty");
}

World operators() {
  World world = timed(unguarded(world_of(1)), 2);
  world.ticks = 2;
  world.cutoffs = false;
  world.visitors = {retries("P2")};
  world.faults = {RequestFault::timeout, RequestFault::rejected};
  world.request_faults = 2;
  return named(world, "an operator retries",
               "an operator sets a refund going again while ticks are at it");
}

World failing_database() {
  World world = timed(world_of(1), 2);
  world.d1_faults = 2;
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  return named(world, "refunds on a failing database",
               "batches that fail, or are done and reported as failed");
}

World clock_steps() {
  World world = timed(unguarded(world_of(1)), 2);
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.settings.wall_budget_ms = 24 * hour;
  world.skews_ms = {-30 * second, 30 * second};
  return named(world, "refunds, and clock steps",
               "D1's clock is set back or forward by thirty seconds, at any moment");
}

World drifting() {
  World world = timed(unguarded(world_of(1)), 1);
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.drift_ms = 5 * minute;
  return named(world, "refunds, a clock between statements",
               "five minutes pass between any two statements of a batch");
}

World somebody_refunds_one_in_doubt() {
  World world = timed(world_of(1), 2);
  world.ticks = 3;
  world.kills = false;
  world.cutoffs = false;
  world.prepared = and_then(sent, {"P2 1", "A settle", "kill A"});
  world.read_lag_ms = minute;
  world.deeds = {refunds_the_duplicate(), refunds_a_part(), fails_by_hand()};
  return named(world, "somebody refunds one in doubt",
               "a refund is in doubt and may land late, somebody refunds the payment too, and what "
               "is read of it is a minute old");
}

World disputed() {
  World world = timed(world_of(1, "CARD"), 1);
  world.ticks = 2;
  world.faults = {RequestFault::timeout, RequestFault::disputed};
  world.read_faults = 1;
  world.deeds = {disputes("P2"), disputes("P1")};
  return named(world, "a dispute", "the guest disputes one of the payments, at any moment");
}

World approvals() {
  World world = timed(two_plans(), 1);
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.d1_faults = 1;
  return named(world, "two approvals, two ticks",
               "two people approve plans of two audits that contradict each other, while ticks are "
               "at it");
}

World one_plan_twice() {
  World world = two_plans();
  world.targets.pop_back();
  world.visitors[1].batch.parameters = world.visitors[0].batch.parameters;
  world.visitors[1].batch.parameters[0] = "V2";
  world.visitors[1].story = "somebody else approves it as well";
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.d1_faults = 1;
  return named(world, "a plan approved twice",
               "two people approve the same plan at once, each perhaps twice, while ticks are at "
               "it");
}

}  // namespace

World an_intruder() {
  World world = timed(world_of(1), 1);
  world.square.sell("O3", "P3", amount);
  world.targets.push_back({false, "P3", "O3", "O1", "P1", true});
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.kills = false;
  world.deeds = {
      {"somebody writes a refund of P3 into the table", {}, forgery(world.square, "P3", "O3"), 1},
      {"somebody makes the refund of P2 one of P3's order",
       {},
       "UPDATE pos_repairs SET external_order_id = 'O3' WHERE target = 'P2' "
       "AND state = 'due' AND holder = '' AND in_doubt_since IS NULL",
       1}};
  world.deeds_in_all = 2;
  return named(
      world, "an intruder with SQL",
      "somebody who may write to the tables, and approve nothing, puts a refund there, and "
      "changes one that was approved");
}

Deed refunds_by_hand(const char* story, const char* payment, std::int64_t of) {
  return {story,
          [payment, of](world::PastModel& square, std::int64_t now_ms) {
            square.refund_by_hand(payment, of, now_ms);
          },
          "", 1};
}

Deed edits(const char* order, std::int64_t price) {
  const std::string what = price == 0 ? "adds a note to " : "adds a dish to ";
  return {std::string("the seller ") + what + order,
          [order, price](world::PastModel& square, std::int64_t now_ms) {
            if (square.orders.at(order).edited_at_ms < 0) square.edit_by_hand(order, price, now_ms);
          },
          "", 1};
}
World unpaid_copy() {
  World world = timed(world_of(0), 2);
  world.settings.wall_budget_ms = 24 * hour;
  world.request_faults = 1;
  world.square.leave_open("O2", amount);
  world.copies.clear();
  world.targets.push_back({true, "O2", "O2", "O1", "P1"});
  world.approved += approval(world.square, "cancel", "O2", "O2");
  return world;
}

Deed touches(const char* payment) {
  return {
      std::string("somebody changes payment ") + payment,
      [payment](world::PastModel& square, std::int64_t now_ms) { square.touch(payment, now_ms); },
      "", 1};
}

World unguarded(World world) {
  world.square.dedupes = world.square.checks_version = world.square.checks_amount = false;
  return world;
}

World two_plans() {
  World world = world_of(1);
  world.targets.push_back({false, "P1", "O1", "O2", "P2"});
  world.approved.clear();
  for (const int survivor : {1, 2}) {
    const std::string audit = "AU" + std::to_string(survivor);
    const std::string group = "g" + std::to_string(survivor);
    world.approved
        .append("INSERT INTO pos_audits (id, from_at, to_at, window_ms, created_at) VALUES ('")
        .append(audit)
        .append("', 0, 1, 1, 0);")
        .append("INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id, step, ")
        .append("updated_at) VALUES ('")
        .append(audit)
        .append("', 'L1', '', 'done', 0);")
        .append("INSERT INTO pos_audit_groups (audit_id, group_id, edition, location_id, ")
        .append("restaurant_id, confidence, first_at, plan) VALUES ('")
        .append(audit)
        .append("', '")
        .append(group)
        .append("', 1, 'L1', '', 'certain', 0, '")
        .append(plan(survivor))
        .append("');");
    Visitor visitor;
    visitor.story = "somebody approves the plan in which O" + std::to_string(survivor) + " stays";
    visitor.batch.statements = {Statement::audit_approve_groups,  Statement::audit_approve_orders,
                                Statement::audit_approve_refunds, Statement::audit_approve_cancels,
                                Statement::audit_approve_log,     Statement::audit_approve_audit,
                                Statement::audit_approved,        Statement::audit_approved_money};
    visitor.batch.parameters = {
        "V" + std::to_string(survivor),
        R"({"audit_id":")" + audit +
            R"(","edition":1,"amended":0,"own_location":"L1","actor":"operator",)"
            R"("role":"approve","approved_at":0,)"
            R"("reason":"","confidence":"certain"})",
        sealed_plan(survivor)};
    world.visitors.push_back(visitor);
  }
  return world;
}

World world_of(int duplicates, const std::string& source_type) {
  World world;
  world.schema.past = true;
  world.settings = small_settings();
  world.square.sell("O1", "P1", amount, source_type);
  world.copies = {"P1"};
  world.approved = first_audit;
  for (int i = 2; i <= duplicates + 1; ++i) {
    const std::string number = std::to_string(i);
    const std::string order = "O" + number;
    const std::string payment = "P" + number;
    world.square.sell(order, payment, amount, source_type);
    world.copies.push_back(payment);
    world.targets.push_back({false, payment, order, "O1", "P1"});
    world.approved += approval(world.square, "refund", payment, order);
  }
  return world;
}

const std::vector<World>& all_worlds() {
  static const std::vector<World> worlds = {
      every_answer_to_a_cancel(),
      two_ticks_one_refund(),
      every_spelling(),
      two_refunds(),
      a_cancel(),
      a_refund_in_doubt(),
      across_the_window(),
      somebody_refunds(),
      pending_refund(),
      without_dedupe(),
      operators(),
      failing_database(),
      disputed(),
      last_attempt(),
      last_follow(),
      clock_steps(),
      drifting(),
      somebody_refunds_one_in_doubt(),
      approvals(),
      one_plan_twice(),
      hands_on_a_cancel(),
      hands_on_an_unpaid_pair(),
      hands_on_a_refund(),
      canceled_before_a_refund(),
      hands_on_a_paid_copy(),
      keeps_changing(),
      an_intruder(),
      looked_for(RequestFault::conflict, "a refund in conflict",
                 "Square says that the key is taken, whether it has refunded or not"),
      looked_for(RequestFault::standing, "a refund that is pending already",
                 "Square says that some refund is pending, whether it is ours or not")};
  return worlds;
}

}  // namespace explore::repair
