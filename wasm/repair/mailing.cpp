#include "repair/mailing.hpp"

namespace pos::repair {

void Mailing::receive(const Charge& charge, const Errand& errand, const io::Outcome& outcome,
                      Errands& errands, io::Commands& out) {
  if (MailSending::owns(errand)) {
    sending_.receive(charge, errand, outcome, errands, out);
  } else {
    drafting_.receive(charge, errand, outcome, errands, out);
  }
}

void Mailing::advance(const Charge& charge, Errands& errands, io::Commands& out) {
  if (!drafting_.over()) drafting_.advance(charge, errands, out);
  if (drafting_.over() && errands.failure().empty()) sending_.advance(charge, errands, out);
}

void Mailing::report(json::Writer& out) const {
  out.object("mailed").member("drafted", drafting_.drafted()).member("sent", sending_.sent());
  out.member("waiting", sending_.waiting()).member("dead", sending_.dead()).end_object();
}

}  // namespace pos::repair
