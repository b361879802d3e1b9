// ONE tick as a value: claim, freeze, push, settle. It knows rows, slots and budgets; of Square
// only what square/provider.hpp says. It does nothing itself: commands go out, outcomes come in,
// and a copy of it is a snapshot.
#pragma once

#include <cstdint>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.hpp"
#include "config/settings.hpp"
#include "identity/keys.hpp"
#include "io/command.hpp"
#include "io/outcome.hpp"
#include "net/outcome.hpp"
#include "push/decision.hpp"
#include "push/transition.hpp"
#include "square/provider.hpp"
#include "square/read_back.hpp"
#include "store/rows.hpp"

namespace pos::drain {

/// Where a claimed order stands within this tick.
enum class Stage : std::uint8_t {
  to_freeze = 0,
  freezing = 1,
  ready = 2,      // waits for a slot
  in_flight = 3,  // its request is out
  gathered = 4,   // what came of it waits to be settled
  settling = 5,
};

/// What a settle does with the ledger's absent_at.
enum class Absent : std::uint8_t { keep = 0, set = 1, clear = 2 };

/// What a settle does with the ledger's refused_at; a request that was sent ends it.
enum class Refused : std::uint8_t { none = 0, set = 1, keep = 2 };

/// What a settle writes for one order.
struct Settlement {
  std::string event;         // the audit line's
  std::string status;        // "" leaves the row's as it was
  std::string error;         // the row's last_error
  std::string detail;        // the audit line's, plain text
  std::string unknown_code;  // to be counted
  bool burns_attempt = false;
  bool resets_attempts = false;
  std::int64_t delay_ms = -1;  // until the next attempt; -1 leaves next_attempt_at as it was
  bool touches_ledger = false;
  bool booked = false;
  bool total_differs = false;
  push::Doubt doubt = push::Doubt::keep;
  push::Look look = push::Look::none;
  Absent absent = Absent::keep;
  push::Account account = push::Account::nothing;
  bool served = false;    // Square did what was asked of it, or has done so before
  bool refuses = false;   // it refuses in a way that a human has to end
  bool ends_run = false;  // of equal refusals
  bool counts = false;    // one more order of such a run
  bool shuts = false;     // the account is refused as a whole
  std::string refusal;    // what the run's refusals have in common
  Refused refused = Refused::none;
  bool without_credential = false;  // unauthorized: there was no token to send, or none that opens
  std::int64_t pause_ms = 0;

  bool operator==(const Settlement&) const = default;
};

/// An order that this tick holds a claim on: what the claim said of it, and what has become of it.
struct HeldOrder : store::ClaimedRow {
  std::uint32_t call = 0;   // which claim call took it; with the tick's id this is its owner token
  std::uint32_t batch = 0;  // which freeze or settle it is part of right now
  std::uint32_t lot = 0;    // D1 refused a batch: it goes with those of its lot, and no others
  bool unstorable = false;  // not even alone could what became of it be written down
  std::uint32_t account = 0;     // index into Tick::accounts
  std::string fingerprint;       // of what the row asks for
  std::string request;           // to be frozen
  std::string problem;           // why it cannot be
  std::int64_t asked_at_ms = 0;  // when the claim was asked for, on the tick's clock

  Stage stage = Stage::ready;
  push::State state = push::State::ordering;
  bool content_differs = false;
  square::ReadBack look;    // in the looking states
  bool then_sends = false;  // it looks where webhooks have pointed, and sends if it is not there
  bool inquires = false;    // its payment was refused, and it looks who else has paid
  net::Outcome refusal;     // what the payment was told
  std::int64_t looked = 0;  // requests of its look in this claim
  bool sent = false;
  std::int64_t refused_at = 0;    // the ledger's, before it was frozen once more
  std::string external_order_id;  // learned in this claim or before
  std::string external_payment_id;
  Settlement settlement;
  std::int64_t gathered_at_ms = 0;

  bool operator==(const HeldOrder&) const = default;
};

/// What the tick knows of an account.
struct HeldAccount {
  std::string restaurant_id;  // the key of its row; "" is the worker's own
  std::int64_t unknown_run = 0;
  std::int64_t breaker_opens = 0;
  std::int64_t pace = 0;  // how many of its requests may be out at once; 0 is no limit but ours
  std::string refusal;    // of the latest run of equal ones, of refusal_run different orders
  std::int64_t refusal_run = 0;
  std::int64_t refusal_began_at = 0;
  bool paused = false;
  std::string token;  // sealed; "" if it has none of its own
  std::int64_t token_version = 0;
  std::uint32_t paused_in_call = 0;  // the last claim that was asked for before it paused

  bool operator==(const HeldAccount&) const = default;
};

/// An access token that this tick renews, or has tried to: once for an account.
struct Renewal {
  /// What is done next, or what is being done.
  enum class Step : std::uint8_t {
    wanted = 0,
    holding = 1,  // D1 is asked for the right to renew it
    ready = 2,    // waits for a slot
    asking = 3,   // its request is out
    writing = 4,
    over = 5,
  };

  std::string restaurant_id;
  std::int64_t token_version = 0;  // of the token that is to be replaced
  std::string refresh_token;       // sealed
  Step step = Step::wanted;

  bool operator==(const Renewal&) const = default;
};

/// What a command that is out was for.
enum class CommandPurpose : std::uint8_t {
  claim = 0,
  freeze = 1,
  push = 2,
  settle = 3,
  purge = 4,
  timer = 5,    // gathered outcomes must not wait longer
  renewal = 6,  // a D1 batch of one
  token = 7,    // its request
  schema = 8,   // D1 is asked what it is, where tables of ours are missing
};

struct Pending {
  io::CommandId id = 0;
  CommandPurpose purpose = CommandPurpose::claim;
  std::uint32_t call = 0;   // claim, freeze, settle: the claim call it belongs to
  std::uint32_t batch = 0;  // freeze, settle: which orders it is about; renewal, token: which one
  std::int64_t since_ms = 0;
  std::uint32_t tries = 0;
  bool pausing = false;   // its D1 batch failed and will be asked again after a sleep
  io::D1Command command;  // to be asked again, unchanged, if its reply was lost
  std::string claim_key;  // push

  bool operator==(const Pending&) const = default;
};

/// What a tick did, for the log and for POST /v1/drain.
struct Tally {
  std::int64_t claimed = 0;
  std::int64_t booked = 0;
  std::int64_t failed = 0;
  std::int64_t dead = 0;
  std::int64_t given_back = 0;
  std::int64_t lost = 0;  // settles that did not win, or could not be written
  std::int64_t requests = 0;
  std::int64_t d1_calls = 0;

  bool operator==(const Tally&) const = default;
};

class Tick {
 public:
  Tick() = default;
  /// `id` is unique per tick, `actor` stands in the audit ("cron", "http"); `seed` makes the
  /// jitter.
  Tick(Settings settings, std::string id, std::string actor, std::string_view seed);

  /// Makes it the push of one order at once: it claims that order or nothing, once, and purges
  /// nothing.
  void only(std::string_view order_id, std::string_view provider);

  /// Makes it take suspects only, each of them alone: orders that may be what killed their workers.
  void only_suspects();
  /// Makes it leave the suspects to a tick of that kind, which it names as the next job: one that
  /// dies of an order then takes nothing with it but itself.
  void leave_suspects() { leaves_suspects_ = true; }

  /// The first commands.
  void start(io::Commands& out);
  /// What follows from these outcomes. Once a DoneCommand came out, nothing else does.
  void step(const io::Input& input, io::Commands& out);

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] const Tally& tally() const { return tally_; }

  bool operator==(const Tick&) const = default;

 private:
  // tick.cpp
  void advance(io::Commands& out);
  void receive(const io::Outcome& outcome, io::Commands& out);
  void finish(io::Commands& out);
  [[nodiscard]] std::string token_of(std::uint32_t call) const;
  [[nodiscard]] std::int64_t commands_in_flight(CommandPurpose purpose) const;
  [[nodiscard]] std::int64_t count(Stage stage) const;
  [[nodiscard]] Pending& prepare(CommandPurpose purpose, std::uint32_t call,
                                 std::span<const store::Statement> statements);
  void ask(Pending& pending, io::Commands& out);
  [[nodiscard]] bool pause(Pending& pending, io::Commands& out);
  void give_up(const Pending& pending, std::string_view error, io::Commands& out);
  std::int64_t forget(std::uint32_t batch, Stage stage);

  // refused.cpp
  void refused(const Pending& pending, std::string_view error, io::Commands& out);
  void refused_freeze(HeldOrder& order, std::string_view error);
  void refused_settle(HeldOrder& order, std::string_view error, io::Commands& out);
  void thaw(const Pending& pending);
  void log(io::Level level, const char* message, const std::string& detail, io::Commands& out);

  // claiming.cpp
  [[nodiscard]] bool wants_to_claim() const;
  [[nodiscard]] bool holds_many_bytes() const;
  [[nodiscard]] std::int64_t claim_size() const;
  void claim(io::Commands& out);
  void claimed(const Pending& pending, json::Value results, io::Commands& out);
  void note_dead(json::Value rows, io::Commands& out);
  HeldOrder& take_in(json::Value row, const Pending& pending);
  void remember_where_it_stopped(std::string_view begun_at,
                                 const std::vector<std::string_view>& restaurants);
  [[nodiscard]] std::uint32_t account_of(const store::ClaimedRow& row, std::uint32_t call);
  [[nodiscard]] bool wants_to_purge() const;
  void purge(io::Commands& out);
  void purged(const Pending& pending, json::Value results);
  void purge_refused(std::string_view error, io::Commands& out);

  // deciding.cpp
  [[nodiscard]] push::Limits limits_of(const HeldOrder& order) const;
  [[nodiscard]] const std::string& location_of(const HeldOrder& order) const;
  void read_payload(HeldOrder& order, json::Value stored);
  void decide(HeldOrder& order);
  void conclude(HeldOrder& order, const char* event, push::Code code, const std::string& text);
  void look(HeldOrder& order, push::State why);
  void send_or_look(HeldOrder& order, push::State state);

  // freezing.cpp
  void freeze(io::Commands& out);
  void freeze_some(std::uint32_t call, std::uint32_t lot, io::Commands& out);
  void frozen(const Pending& pending, json::Value results);

  // pushing.cpp
  void push(io::Commands& out);
  [[nodiscard]] bool may_start(const HeldOrder& order) const;
  [[nodiscard]] bool has_slot(std::uint32_t account) const;
  void send(HeldOrder& order, io::Commands& out);
  [[nodiscard]] io::FetchCommand request_of(const HeldOrder& order) const;
  void replied(const Pending& pending, const io::Outcome& outcome, io::Commands& out);
  void seen(HeldOrder& order, const net::Reply& reply, io::Commands& out);
  [[nodiscard]] bool inquire(HeldOrder& order, const net::Outcome& refusal);
  void inquired(HeldOrder& order, const net::Outcome* seen, io::Commands& out);

  // applying.cpp
  void apply(HeldOrder& order, net::Outcome outcome, io::Commands& out);
  void judge_no(HeldOrder& order, push::Event& event, net::Outcome& outcome);
  [[nodiscard]] bool counts(const HeldOrder& order, const HeldAccount& account) const;
  void hold_the_run(const HeldOrder& last);
  void note_refusal(HeldOrder& order, push::Event event, bool of_account);
  void learn_ids(HeldOrder& order, push::Event event, const net::Outcome& outcome) const;
  [[nodiscard]] push::Event understood(const HeldOrder& order, const net::Outcome& outcome,
                                       io::Commands& out);
  void book(HeldOrder& order);
  void bury(HeldOrder& order, push::Event event, push::Code code, const net::Outcome& outcome);
  void note_unknown_code(HeldOrder& order, const net::Outcome& outcome, io::Commands& out);
  [[nodiscard]] std::int64_t delay_after(const HeldOrder& order, push::Event event,
                                         const Settlement& settlement);
  [[nodiscard]] std::int64_t note_account(HeldOrder& order, push::Account effect,
                                          const net::Outcome& outcome);

  // renewing.cpp
  void want_renewal(std::string_view restaurant_id, std::int64_t token_version);
  [[nodiscard]] Renewal& renewal_of(const Pending& pending);
  void note_due(json::Value rows);
  void renew(io::Commands& out);
  void ask_for_token(Renewal& renewal, std::uint32_t number, io::Commands& out);
  void token_replied(const Pending& pending, const io::Outcome& outcome, io::Commands& out);
  void renewal_answered(const Pending& pending, json::Value results);
  void take_token(const Renewal& renewal, std::string_view token, std::int64_t version);
  void give_back_homeless(HeldOrder& order);
  [[nodiscard]] io::Credential credential_of(const HeldOrder& order) const;
  [[nodiscard]] std::int64_t requests_out() const;

  // settling.cpp
  void gather(HeldOrder& order);
  void settle(io::Commands& out);
  [[nodiscard]] bool is_due_to_settle(std::uint32_t call) const;
  void settle_call(std::uint32_t call, io::Commands& out);
  void settled(const Pending& pending, json::Value results, io::Commands& out);
  void welcome_back(const HeldOrder& order);
  void count_settled(const HeldOrder& order);
  void set_timer(io::Commands& out);

  Settings settings_;
  std::string id_;
  std::string actor_;
  Random random_;
  std::string only_;           // the one order to claim; "" is whatever is due
  std::string only_provider_;  // and its provider

  std::int64_t elapsed_ms_ = 0;
  io::CommandId next_id_ = 1;
  std::uint32_t calls_ = 0;
  std::uint32_t batches_ = 0;  // freezes and settles so far
  std::uint32_t lots_ = 0;     // into which refused batches were divided
  bool more_ = true;           // unclaimed rows may be due
  bool suspect_ = false;       // an order waits to be claimed alone
  bool past_ = false;          // there may be something to do for the past, too
  bool alone_ = false;         // it takes suspects, and nothing else
  bool leaves_suspects_ = false;
  bool purges_on_ = true;     // the last purge of this tick has deleted something
  bool purges_queue_ = true;  // the host's keys and triggers let rows of the queue be deleted
  std::int64_t purges_ = 0;
  bool failed_ = false;  // D1 could not be reached: claim nothing more
  bool done_ = false;
  bool lacks_tables_ = false;  // and is to be asked what it is
  std::string failure_;
  std::string stopped_at_;  // the restaurant where the last claim ended
  bool has_stopped_at_ = false;
  std::string codes_told_;  // unknown error codes that were logged, with a space behind each
  std::int64_t latency_ms_ = 1000;  // of a request, a moving average
  std::int64_t subrequests_ = 0;
  std::int64_t looked_ = 0;  // of them, requests of looks
  Tally tally_;
  std::vector<HeldAccount> accounts_;
  std::list<Renewal> renewals_;
  std::list<HeldOrder> orders_;
  std::list<Pending> pending_;
};

}  // namespace pos::drain
