// Writes the credit and the draft of a mail for each restaurant of an audit whose repairs are at
// rest and are not told of yet.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/command.hpp"
#include "io/outcome.hpp"
#include "mail/letter.hpp"
#include "runtime/in_flight.hpp"
#include "runtime/run_context.hpp"

namespace pos::mail {

class MailDrafting {
 public:
  void receive(const runtime::RunContext& context, const runtime::PendingCommand& pending,
               const io::Outcome& outcome, runtime::InFlightCommands& in_flight, io::Commands& out);
  void advance(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
               io::Commands& out);

  /// Nothing is left to be drafted in this invocation.
  [[nodiscard]] bool over() const { return step_ == Step::over; }
  [[nodiscard]] std::int64_t drafted() const { return drafted_; }

  bool operator==(const MailDrafting&) const = default;

 private:
  /// One restaurant of an audit, as it was read.
  struct Draft {
    std::string audit_id;
    std::string restaurant_id;
    std::string id;         // of the mail
    std::string signature;  // of what it is made from
    std::string email;
    std::string credits;  // the figures of all that was approved, a JSON list
    Facts facts;
    std::int64_t dates_out = 0;  // that the shell is asked for

    bool operator==(const Draft&) const = default;
  };

  enum class Step : std::uint8_t { ready = 0, working = 1, over = 2 };
  enum What : std::uint32_t { wanting = 0, first_day = 1, last_day = 2, writing = 3 };

  void ask(runtime::InFlightCommands& in_flight, io::Commands& out);
  void read(const runtime::RunContext& context, json::Value rows,
            runtime::InFlightCommands& in_flight, io::Commands& out);
  void read_draft(const runtime::RunContext& context, json::Value row,
                  runtime::InFlightCommands& in_flight, io::Commands& out);
  void write(const runtime::RunContext& context, std::uint32_t about,
             runtime::InFlightCommands& in_flight, io::Commands& out);
  void finish_one();

  Step step_ = Step::ready;
  std::vector<Draft> drafts_;   // of the page
  std::size_t unfinished_ = 0;  // of them
  std::string after_audit_;     // the last one of the page before
  std::string after_restaurant_;
  std::int64_t writes_ = 0;
  std::int64_t drafted_ = 0;
};

}  // namespace pos::mail
