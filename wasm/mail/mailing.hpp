// Credits and mails: drafts for those whose repair is at rest, and sends what was approved.
#pragma once

#include "base/json/writer.hpp"
#include "io/command.hpp"
#include "io/outcome.hpp"
#include "mail/drafting.hpp"
#include "mail/sending.hpp"
#include "runtime/in_flight.hpp"
#include "runtime/run_context.hpp"

namespace pos::mail {

class Mailing {
 public:
  /// Takes what came of an pending of its own.
  void receive(const runtime::RunContext& context, const runtime::PendingCommand& pending,
               const io::Outcome& outcome, runtime::InFlightCommands& in_flight, io::Commands& out);
  /// Begins what can be begun now. When it begins nothing and nothing is out, it is over.
  void advance(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
               io::Commands& out);
  /// Writes members of the job's answer: what it did.
  void report(json::Writer& out) const;

  bool operator==(const Mailing&) const = default;

 private:
  MailDrafting drafting_;  // first
  MailSending sending_;    // then
};

}  // namespace pos::mail
