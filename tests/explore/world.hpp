// What an exploration is about: who takes part, what may go wrong and how often.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/request.hpp"
#include "config/settings.hpp"
#include "explore/databases.hpp"
#include "explore/facts.hpp"
#include "explore/request_fault.hpp"

namespace explore {

/// Something that somebody else does to the tables, at any moment, at most `times` times.
struct Event {
  std::string story;  // "a producer enqueues A1 again"
  std::string sql;
  std::uint8_t times = 1;
};

/// An HTTP request that may come at any moment, once.
struct Visitor {
  std::string story;
  pos::api::Request request;
};

/// Something that somebody does at Square itself to an order that stands there, when no request of
/// it is on its way, and none of ours will come before somebody has looked.
enum class DeedKind : std::uint8_t {
  cancels = 0,     // it, as long as it is not paid
  doubles = 1,     // it has been made twice, by somebody else the second time
  alters = 2,      // its total, as long as it is not paid
  pays = 3,        // takes its payment at the till
  pays_twice = 4,  // the same two times, and the order itself does not show it yet
  pays_first = 5,  // takes its payment at the till before ours has landed, in doubt or not
};
struct Deed {
  std::string story;
  DeedKind kind = DeedKind::cancels;
  IdentityId identity = 0;
};

/// An order that somebody else has made at Square, before the world begins.
struct Stranger {
  std::string body;  // of its CreateOrder
  std::int64_t at_ms = 0;
  IdentityId identity = 0;  // whose it may be taken for
};

struct World {
  std::string name;
  std::string about;
  std::vector<Subject> subjects;
  std::string enqueued;  // SQL that runs before the first move
  Schema schema;
  pos::Settings settings;
  pos::Settings redeployed;  // what a tick may have instead, where `redeploys`
  std::string actor = "http";
  bool redeploys = false;

  std::uint8_t ticks = 2;
  bool kills = true;
  IdentityId poison =
      nobody;  // an order that kills each worker that holds it; nothing else may die
  IdentityId unstorable = nobody;    // D1 refuses each batch that says where it stands: schema.sql
  std::vector<RequestFault> faults;  // besides `answered`
  bool other_totals = false;         // Square may make another total of an order
  bool lands_late = true;            // a request may land after its worker gave up
  std::uint8_t d1_faults = 0;        // batches that fail, or seem to
  std::uint8_t request_faults = 255;
  std::uint8_t wrong_reads = 0;  // reads that may show nothing, whatever is there
  /// The account's access token is refused from the beginning, and its refresh token works once.
  bool tokens = false;
  std::vector<Event> events;
  std::vector<Visitor> visitors;
  std::string pushed_at_once;  // the first tick pushes this order alone, as the door does
  std::vector<Stranger> strangers;
  std::vector<Deed> deeds;

  std::uint8_t jumps = 0;                 // of time
  bool edges = false;                     // also to just before and just after every boundary
  std::int64_t jump_most_ms = 0;          // boundaries further away are left alone; 0: none is
  std::vector<std::int64_t> instants_ms;  // further ones to jump to, in real time
  std::vector<std::int64_t> skews_ms;     // D1's clock may step once to each of these
  std::int64_t drift_ms = 0;              // a claim may find the clock moving behind each statement

  bool saves_refusals = false;  // a key that Square has refused is refused for ever
  std::string closed_location;  // Square refuses the account what it wants there
  bool spares = false;          // in the end no order may be dead: what was refused is put right
  bool tells_who_paid = false;  // no payment is refused but of an order that is paid already
  bool dedupes = true;          // Square knows a key that it has seen
  bool overlap_doubles = true;  // two requests with one key under way at once both take effect
  std::int64_t forgets_after_ms = 72'000'000;
  std::int64_t lands_within_ms = 120'000;  // of its start
  std::int64_t search_lag_ms = 60'000;     // a booking may be missing from searches for so long
  std::int64_t retrieve_lag_ms = 0;        // and from what is asked for by its id
  std::int64_t page_most = 1000;           // of searches and lists
  std::int64_t elapsed_lost_ms = 0;        // of every worker's own clock, from its first jump on
  std::uint64_t removed = 0;               // layers of the core, as bits
  bool worker_clock = false;  // (wrong) D1 is told the time by a worker whose clock is off
  bool torn_batches = false;  // (wrong) a batch may be half done
  bool must_rest = true;      // ask at each end whether clean ticks bring every order to rest

  /// Moves that come before all others, by their labels: they show that what the world begins with
  /// can be reached. They may be of any kind and cost none of the budgets.
  std::vector<std::string> prepared;

  std::uint64_t states = 0;  // pinned; 0: nobody has counted yet
  std::string schedules;
};

}  // namespace explore
