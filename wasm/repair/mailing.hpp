// Credits and mails: drafts for those whose repair is at rest, and sends what was approved.
#pragma once

#include "io/command.hpp"
#include "io/outcome.hpp"
#include "json/writer.hpp"
#include "repair/errands.hpp"
#include "repair/mail_drafting.hpp"
#include "repair/mail_sending.hpp"
#include "repair/options.hpp"

namespace pos::repair {

class Mailing {
 public:
  /// Takes what came of an errand of its own.
  void receive(const Charge& charge, const Errand& errand, const io::Outcome& outcome,
               Errands& errands, io::Commands& out);
  /// Begins what can be begun now. When it begins nothing and nothing is out, it is over.
  void advance(const Charge& charge, Errands& errands, io::Commands& out);
  /// Writes members of the job's answer: what it did.
  void report(json::Writer& out) const;

  bool operator==(const Mailing&) const = default;

 private:
  MailDrafting drafting_;  // first
  MailSending sending_;    // then
};

}  // namespace pos::repair
