// What a repairing job has asked the shell for and waits for: D1 batches that are asked again when
// their reply is lost, requests within the slots and budgets of one invocation. It knows nothing of
// what they are about.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <list>
#include <optional>
#include <string>

#include "config/settings.hpp"
#include "io/command.hpp"
#include "io/outcome.hpp"

namespace pos::runtime {

/// Something that was asked for, as its owner knows it.
struct PendingCommand {
  std::uint32_t purpose = 0;  // the owner's own enum
  std::uint32_t subject = 0;  // which of the owner's things
  bool failed = false;        // a D1 batch that could not be asked again any more
};

class InFlightCommands {
 public:
  InFlightCommands() = default;
  /// `spent_ms` and `spent_subrequests` are what the invocation has used up before this job.
  InFlightCommands(const Settings& settings, std::int64_t spent_ms, std::int64_t spent_subrequests);

  /// The time by the shell's monotonic clock, since the job began. It never goes back.
  void advance_clock(std::int64_t elapsed_ms);
  [[nodiscard]] std::int64_t elapsed_ms() const { return elapsed_ms_; }

  /// Asks for a batch whose statements take these parameters, the first ones of them each. It must
  /// be repeatable: a failure says nothing about whether it was committed. A database of another
  /// schema refuses it.
  void d1(std::uint32_t purpose, std::uint32_t subject,
          std::initializer_list<store::Statement> statements,
          std::initializer_list<std::string> parameters, io::Commands& out);
  /// The results of the last of a batch's statements.
  [[nodiscard]] static json::Value last_of(json::Value results);
  /// Sends a request; its id and its timeout are filled in.
  void fetch(std::uint32_t purpose, std::uint32_t subject, io::FetchCommand command,
             io::Commands& out);
  /// Asks when the days of a time zone begin.
  void days(std::uint32_t purpose, std::uint32_t subject, io::DayBoundariesCommand command,
            io::Commands& out);

  /// Asks for signatures, or whether they hold.
  void sign(std::uint32_t purpose, std::uint32_t subject, io::SignCommand command,
            io::Commands& out);

  /// Comes back after that long.
  void pause(std::uint32_t purpose, std::uint32_t subject, std::int64_t duration_ms,
             io::Commands& out);

  /// Whether a slot is free, and time and subrequests suffice for one more request and for writing
  /// down what comes of it.
  [[nodiscard]] bool can_send_now() const;
  /// The same, were all slots free: if not, nothing more will be sent in this invocation.
  [[nodiscard]] bool has_budget() const;
  /// Keeps so many requests and D1 calls for what comes later in the invocation.
  void keep_back(std::int64_t subrequests) { kept_back_ = subrequests; }
  /// How many requests and D1 calls the invocation has left.
  [[nodiscard]] std::int64_t subrequests_left() const { return subrequests_left_; }
  /// Whether a request that starts now ends within `lease_ms` since `asked_at_ms`, quiet time and
  /// clock step included.
  [[nodiscard]] bool fits_lease(std::int64_t asked_at_ms) const;

  /// What an outcome answers; nothing if it is none of ours, or if the batch is asked once more.
  [[nodiscard]] std::optional<PendingCommand> take(const io::Outcome& outcome, io::Commands& out);

  /// Nothing is out.
  [[nodiscard]] bool idle() const { return waiting_.empty(); }
  /// D1 could not be reached, in these words; "" if it could.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  /// What to do about a database that will go on failing; "" where to ask again may help.
  [[nodiscard]] std::string lasting_failure() const { return lasts_ ? failure_ : std::string(); }

  [[nodiscard]] std::int64_t requests() const { return requests_; }
  [[nodiscard]] std::int64_t d1_calls() const { return d1_calls_; }

  bool operator==(const InFlightCommands&) const = default;

 private:
  struct Waiting {
    io::CommandId id = 0;
    std::uint32_t purpose = 0;
    std::uint32_t subject = 0;
    std::uint32_t tries = 0;
    bool is_request = false;
    bool pausing = false;   // its batch failed, and is asked again after a sleep
    bool looking = false;   // tables of ours are missing: D1 is asked which are there
    io::D1Command command;  // to be asked again, unchanged

    bool operator==(const Waiting&) const = default;
  };

  void ask(Waiting& waiting, io::Commands& out);
  Waiting& wait_for(std::uint32_t purpose, std::uint32_t subject);
  [[nodiscard]] bool looks(Waiting& waiting, const io::Outcome& outcome, io::Commands& out);
  [[nodiscard]] std::int64_t requests_out() const;

  std::int64_t concurrency_ = 1;
  std::int64_t timeout_ms_ = 0;
  std::int64_t lease_ms_ = 0;
  std::int64_t quiet_ms_ = 0;
  std::int64_t wall_left_ms_ = 0;
  std::int64_t subrequests_left_ = 0;
  std::int64_t kept_back_ = 0;

  std::int64_t elapsed_ms_ = 0;
  io::CommandId next_id_ = 1;
  std::int64_t requests_ = 0;
  std::int64_t d1_calls_ = 0;
  std::string failure_;
  bool lasts_ = false;
  std::list<Waiting> waiting_;
};

}  // namespace pos::runtime
