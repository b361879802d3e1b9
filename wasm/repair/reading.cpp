#include "repair/reading.hpp"

namespace pos::repair {

void Reading::receive(const Charge&, const Errand&, const io::Outcome&, Errands&, io::Commands&) {}

void Reading::advance(const Charge&, Errands&, io::Commands&) {}

void Reading::report(json::Writer&) const {}

}  // namespace pos::repair
