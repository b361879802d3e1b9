// What a tick does for the past once its orders are pushed: repairs what was approved, sends mails
// that were approved, reads on in audits. A value, like every job.
#pragma once

#include <cstdint>
#include <string>

#include "audit/scan/reader.hpp"
#include "io/command.hpp"
#include "io/outcome.hpp"
#include "mail/mailing.hpp"
#include "repair/executor.hpp"
#include "runtime/in_flight.hpp"
#include "runtime/run_context.hpp"

namespace pos::jobs {

class RepairTick {
 public:
  RepairTick() = default;
  RepairTick(runtime::RunContext context, std::int64_t spent_ms, std::int64_t spent_subrequests);

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const RepairTick&) const = default;

 private:
  /// In this order, those that have something to do: what is in doubt comes before an audit, which
  /// can wait for as long as it likes.
  enum class Phase : std::uint8_t { asking = 0, repairing = 1, mailing = 2, reading = 3, over = 4 };

  void receive(const runtime::PendingCommand& pending, const io::Outcome& outcome,
               io::Commands& out);
  void advance(io::Commands& out);
  void finish(io::Commands& out);

  runtime::RunContext context_;
  runtime::InFlightCommands in_flight_;
  Phase phase_ = Phase::asking;
  bool reads_ = false;
  bool mends_ = false;
  bool mails_ = false;
  bool purges_ = false;
  audit::AuditReader reading_;
  repair::RepairExecutor executor_;
  mail::Mailing mailing_;
};

}  // namespace pos::jobs
