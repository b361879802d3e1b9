// Reads audits: place by place, page by page, and groups what it has read.
#pragma once

#include <cstdint>
#include <list>
#include <string>

#include "audit/scan/location_scan.hpp"
#include "base/json/writer.hpp"
#include "io/command.hpp"
#include "io/outcome.hpp"
#include "runtime/in_flight.hpp"
#include "runtime/run_context.hpp"

namespace pos::audit {

class AuditReader {
 public:
  /// Takes what came of an pending of its own.
  void receive(const runtime::RunContext& context, const runtime::PendingCommand& pending,
               const io::Outcome& outcome, runtime::InFlightCommands& in_flight, io::Commands& out);
  /// Begins what can be begun now. When it begins nothing and nothing is out, it is over.
  void advance(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
               io::Commands& out);
  /// Deletes some of what was read for audits that are at rest since long ago.
  void purge(runtime::InFlightCommands& in_flight, io::Commands& out) const;
  /// Writes members of the job's answer: what it did.
  void report(json::Writer& out) const;

  bool operator==(const AuditReader&) const = default;

 private:
  using Doing = LocationScan::Doing;

  /// What was asked for; `about` is the number of a place, but for a claim.
  enum class What : std::uint32_t {
    claim = 1,
    page = 2,   // of Square
    moved = 3,  // a place that goes on
    left = 4,   // a place that this job is done with
    keys = 5,
    days = 6,
    members = 7,
  };

  /// A place, its number, and whom it may ask.
  struct Turn {
    const runtime::RunContext& context;
    std::uint32_t number;
    LocationScan& place;
    runtime::InFlightCommands& in_flight;
    io::Commands& out;

    void d1(What what, std::initializer_list<store::Statement> statements, json::Writer& query,
            const std::string& list = {}) const;
  };

  [[nodiscard]] std::int64_t open_places() const;
  [[nodiscard]] bool can_go_on(const LocationScan& place,
                               const runtime::InFlightCommands& in_flight) const;
  void claim(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
             io::Commands& out);
  void take_claim(const runtime::PendingCommand& pending, const io::Outcome& outcome);
  void begin(const Turn& turn) const;
  void release(runtime::InFlightCommands& in_flight, io::Commands& out);

  // What Square says: reader_pages.cpp.
  void take_reply(const Turn& turn, const net::Reply& reply);
  static void refused(const Turn& turn, const net::Reply& reply);
  static void take_location(const Turn& turn, json::Value location, const std::string& note);
  static void take_page(const Turn& turn, json::Value body);
  static void move_on(const Turn& turn, const std::string& rows, json::Writer& change);
  /// Why a place is left alone for a while.
  struct Setback {
    std::int64_t delay_ms = -1;  // -1: longer with each attempt
    bool counts = false;         // as an attempt
    bool refused = false;        // another try brings the same, as far as anybody can tell
    std::string why;
  };
  static void wait(const Turn& turn, Setback setback);
  static void unreadable(const Turn& turn, const char* what);
  static void take_place(LocationScan& place, json::Value row);

  // What is made of it: reader_groups.cpp.
  static void ask_keys(const Turn& turn);
  static void take_keys(const Turn& turn, json::Value rows);
  static void ask_days(const Turn& turn);
  void take_days(const Turn& turn, const io::Outcome& outcome);
  void go_on_planning(const Turn& turn, const std::string& groups);

  std::list<LocationScan> places_;
  std::int64_t claims_ = 0;
  bool claiming_ = false;
  std::string claim_token_;
  std::int64_t claim_asked_ms_ = 0;
  bool exhausted_ = false;  // the last claim found fewer places than it asked for
  std::int64_t pages_ = 0;
  std::int64_t planned_ = 0;
};

}  // namespace pos::audit
