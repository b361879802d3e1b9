// Refunds and cancels what was approved, each once.
//
// A repair is claimed, surveyed, frozen, sent and settled; or, where a request of ours may have
// taken effect, it is looked for and nothing is sent. What each thing that is learnt means is in
// transition.hpp; this is what drives it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/writer.hpp"
#include "io/command.hpp"
#include "io/outcome.hpp"
#include "net/outcome.hpp"
#include "repair/inquiry.hpp"
#include "repair/row.hpp"
#include "repair/transition.hpp"
#include "runtime/in_flight.hpp"
#include "runtime/run_context.hpp"

namespace pos::repair {

class RepairExecutor {
 public:
  /// Takes what came of an pending of its own.
  void receive(const runtime::RunContext& context, const runtime::PendingCommand& pending,
               const io::Outcome& outcome, runtime::InFlightCommands& in_flight, io::Commands& out);
  /// Begins what can be begun now. When it begins nothing and nothing is out, it is over.
  void advance(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
               io::Commands& out);
  /// Writes members of the job's answer: what it did.
  void report(json::Writer& out) const;

  bool operator==(const RepairExecutor&) const = default;

 private:
  enum class What : std::uint32_t {
    claim = 1,
    read = 2,
    freeze = 3,
    send = 4,
    settle = 5,
    verify = 6,
  };

  enum class Stage : std::uint8_t {
    waiting = 0,  // nothing has been asked for it
    to_read = 1,  // the next reading is due
    reading = 2,
    to_freeze = 3,
    freezing = 4,
    to_send = 5,
    sending = 6,
    gathered = 7,  // what came of it is to be written down
    settling = 8,
    over = 9,        // written down, or not ours any more
    verifying = 10,  // is its seal that of what stands there?
  };

  /// What is to be written down about one repair.
  struct Settlement {
    RepairEvent event = RepairEvent::not_sent;
    std::int64_t delay_ms = -1;  // until it is taken up again; -1: as it was
    bool sent = false;
    std::string refund_id;
    std::string detail;

    bool operator==(const Settlement&) const = default;
  };

  struct Item {
    RepairRow row;
    RepairState state = RepairState::surveying;
    Stage stage = Stage::waiting;
    Inquiry inspection;
    FrozenRequest request;        // what goes out
    std::int64_t generation = 1;  // of it
    Settlement settlement;
    std::int64_t gathered_at_ms = 0;

    bool operator==(const Item&) const = default;
  };

  /// An account that refuses requests: its claimed repairs are released in this tick.
  struct ShutAccount {
    std::string restaurant_id;
    std::int64_t delay_ms = 0;
    std::string detail;

    bool operator==(const ShutAccount&) const = default;
  };

  // Claiming.
  void claim(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
             io::Commands& out);
  void claimed(json::Value results, runtime::InFlightCommands& in_flight, io::Commands& out);
  void verified(const runtime::RunContext& context, const io::Outcome& outcome, io::Commands& out);
  void begin(const runtime::RunContext& context, Item& item);

  // AuditReader and sending.
  void work(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
            io::Commands& out);
  bool step(const runtime::RunContext& context, std::uint32_t number,
            runtime::InFlightCommands& in_flight, io::Commands& out);
  void read_on(const runtime::RunContext& context, std::uint32_t number,
               runtime::InFlightCommands& in_flight, io::Commands& out);
  void send(const runtime::RunContext& context, std::uint32_t number,
            runtime::InFlightCommands& in_flight, io::Commands& out);
  void was_read(const runtime::RunContext& context, Item& item, const net::Reply& reply);
  void was_sent(const runtime::RunContext& context, Item& item, const net::Reply& reply);
  void prepare(const runtime::RunContext& context, Item& item, const Finding& finding);
  void give_back_unbegun();
  [[nodiscard]] const ShutAccount* shut(const Item& item) const;

  // Freezing.
  void freeze(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
              io::Commands& out);
  void frozen(const runtime::RunContext& context, json::Value rows);

  // Settling.
  void conclude(const runtime::RunContext& context, Item& item, RepairEvent event,
                Settlement settlement);
  [[nodiscard]] std::int64_t delay_of(const runtime::RunContext& context, const Item& item,
                                      const Settlement& settlement) const;
  [[nodiscard]] bool is_time_to_settle(const runtime::InFlightCommands& in_flight) const;
  void settle(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
              io::Commands& out);
  void settled(const runtime::RunContext& context, json::Value rows, io::Commands& out);
  void count(const Item& item, io::Commands& out);

  [[nodiscard]] bool any(Stage stage) const;
  [[nodiscard]] std::int64_t how_many(Stage stage) const;

  std::int64_t calls_ = 0;  // claims so far
  bool claiming_ = false;
  bool dry_ = false;              // the last claim brought nothing
  std::string token_;             // of the claim that is worked on
  std::int64_t asked_at_ms_ = 0;  // when it was asked for: its lease began no earlier
  std::vector<Item> items_;       // of that claim
  std::vector<ShutAccount> shut_;
  std::int64_t elapsed_ms_ = 0;

  std::int64_t claimed_ = 0;
  std::int64_t refunded_ = 0;
  std::int64_t pending_ = 0;
  std::int64_t canceled_ = 0;
  std::int64_t stopped_ = 0;
  std::int64_t waiting_ = 0;
};

}  // namespace pos::repair
