#include "mail/mailing.hpp"

namespace pos::mail {

void Mailing::receive(const runtime::RunContext& context, const runtime::PendingCommand& pending,
                      const io::Outcome& outcome, runtime::InFlightCommands& in_flight,
                      io::Commands& out) {
  if (MailSending::owns(pending)) {
    sending_.receive(context, pending, outcome, in_flight, out);
  } else {
    drafting_.receive(context, pending, outcome, in_flight, out);
  }
}

void Mailing::advance(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
                      io::Commands& out) {
  if (!drafting_.over()) drafting_.advance(context, in_flight, out);
  if (drafting_.over() && in_flight.failure().empty()) sending_.advance(context, in_flight, out);
}

void Mailing::report(json::Writer& out) const {
  out.object("mailed").member("drafted", drafting_.drafted()).member("sent", sending_.sent());
  out.member("waiting", sending_.waiting()).member("dead", sending_.dead()).end_object();
}

}  // namespace pos::mail
