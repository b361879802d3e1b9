// What a tick does for the past once its orders are pushed: repairs what was approved, sends mails
// that were approved, reads on in audits. A value, like every job.
#pragma once

#include <cstdint>
#include <string>

#include "io/command.hpp"
#include "io/outcome.hpp"
#include "repair/errands.hpp"
#include "repair/mailing.hpp"
#include "repair/mending.hpp"
#include "repair/options.hpp"
#include "repair/reading.hpp"

namespace pos::repair {

class Work {
 public:
  Work() = default;
  Work(Charge charge, std::int64_t spent_ms, std::int64_t spent_subrequests);

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const Work&) const = default;

 private:
  /// In this order, those that have something to do: what is in doubt comes before an audit, which
  /// can wait for as long as it likes.
  enum class Phase : std::uint8_t { asking = 0, mending = 1, mailing = 2, reading = 3, over = 4 };

  void receive(const Errand& errand, const io::Outcome& outcome, io::Commands& out);
  void advance(io::Commands& out);
  void finish(io::Commands& out);

  Charge charge_;
  Errands errands_;
  Phase phase_ = Phase::asking;
  bool reads_ = false;
  bool mends_ = false;
  bool mails_ = false;
  bool purges_ = false;
  Reading reading_;
  Mending mending_;
  Mailing mailing_;
};

}  // namespace pos::repair
