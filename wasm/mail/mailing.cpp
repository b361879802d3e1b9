#include "mail/mailing.hpp"

namespace pos::mail {

void Mailing::receive(const runtime::Charge& charge, const runtime::Errand& errand,
                      const io::Outcome& outcome, runtime::Errands& errands, io::Commands& out) {
  if (MailSending::owns(errand)) {
    sending_.receive(charge, errand, outcome, errands, out);
  } else {
    drafting_.receive(charge, errand, outcome, errands, out);
  }
}

void Mailing::advance(const runtime::Charge& charge, runtime::Errands& errands, io::Commands& out) {
  if (!drafting_.over()) drafting_.advance(charge, errands, out);
  if (drafting_.over() && errands.failure().empty()) sending_.advance(charge, errands, out);
}

void Mailing::report(json::Writer& out) const {
  out.object("mailed").member("drafted", drafting_.drafted()).member("sent", sending_.sent());
  out.member("waiting", sending_.waiting()).member("dead", sending_.dead()).end_object();
}

}  // namespace pos::mail
