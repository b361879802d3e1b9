#include "repair/mailing.hpp"

namespace pos::repair {

void Mailing::receive(const Charge&, const Errand&, const io::Outcome&, Errands&, io::Commands&) {}

void Mailing::advance(const Charge&, Errands&, io::Commands&) {}

void Mailing::report(json::Writer&) const {}

}  // namespace pos::repair
