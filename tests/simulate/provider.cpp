// Square as a worker meets it: the network and the provider's own troubles.
#include <algorithm>

#include "base/text.hpp"
#include "simulate/running.hpp"
#include "simulate/simulation.hpp"
#include "simulate/violation.hpp"

namespace simulate {
namespace {

std::string errors(const char* category, const char* code) {
  return pos::concat(R"({"errors":[{"category":")", category, R"(","code":")", code,
                     R"(","detail":"as the seed wants it"}]})");
}

/// Answers that are not to what was asked, or contradict themselves: to know nothing is to know
/// better. They tell of an order and a payment of somebody else's.
constexpr const char* contradictions[] = {
    R"({"order":{"id":"O)",
    (R"({"order":{"id":"O-else","location_id":"L1","reference_id":"else","state":"OPEN",)"
     R"("metadata":{"pos_sync":"else"},"total_money":{"amount":35000,"currency":"TRY"}},)"
     R"("payment":{"id":"P-else","status":"COMPLETED","order_id":"O-else","location_id":"L1",)"
     R"("amount_money":{"amount":35000,"currency":"TRY"},)"
     R"("total_money":{"amount":35000,"currency":"TRY"}}})"),
    R"({"order":{"id":"O-else","state":"OPEN"},"payment":{"id":"P-else","status":"COMPLETED"}})",
    R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"NOT_FOUND"}]})",
    (R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"INVALID_VALUE"}],)"
     R"("order":{"id":"O-else","state":"OPEN"},"payment":{"id":"P-else","status":"COMPLETED"}})")};

/// What Square says of a payment that came to nothing.
std::string failed_payment(const std::string& body, std::int64_t at_ms) {
  std::string text = world::payment_reply({"P-no", body, at_ms});
  const std::string_view done = "COMPLETED";
  return text.replace(text.find(done), done.size(), "FAILED");
}

std::string path_of(const world::Asked& asked) {
  return asked.url.substr(asked.url.find('/', asked.url.find("://") + 3));
}

}  // namespace

bool Simulation::draw_request(Fault& drawn) {
  if (!faults_) return false;
  if (now_ms_ < outage_until_ms_ && luck_.percent(90)) {
    drawn = outage_;
    return true;
  }
  if (happens(Fault::outage)) {
    outage_ = luck_.pick({Fault::timeout, Fault::timeout_applied, Fault::server_error,
                          Fault::unauthorized, Fault::throttled});
    outage_until_ms_ = now_ms_ + luck_.skewed(6 * profile_.cron_ms);
  }
  return profile_.draw(luck_, Fault::timeout, first_of_d1, drawn);
}

/// The answer to a request that went wrong; what it hides is another question.
Simulation::Answer Simulation::bad_answer(Fault fault) {
  switch (fault) {
    case Fault::server_error:
    case Fault::server_error_applied: {
      const int status = luck_.pick({500, 502, 503, 504, 404});
      if (status == 404) return {404, R"({"message":"no route matched"})", ""};
      return {status,
              luck_.percent(50) ? errors("API_ERROR", "INTERNAL_SERVER_ERROR")
                                : "<html>Bad gateway</html>",
              ""};
    }
    case Fault::throttled:
    case Fault::throttled_applied: {
      const std::int64_t seconds = luck_.skewed(3600);
      const std::int64_t form = luck_.up_to(2);
      return {429, errors("RATE_LIMIT_ERROR", "RATE_LIMITED"),
              form == 0   ? pos::concat(R"("retry_after":")", seconds, "\",")
              : form == 1 ? R"("retry_after":"Sun, 06 Nov 1994 08:49:37 GMT",)"
                            R"("date":"Sun, 06 Nov 1994 08:48:00 GMT",)"
                          : ""};
    }
    case Fault::unauthorized:
      return {401, errors("AUTHENTICATION_ERROR", "UNAUTHORIZED"), ""};
    default:
      return {200, luck_.pick(contradictions), ""};
  }
}

// It changes nothing, so it is no flight: it may go wrong as often as it likes, and come late.
void Simulation::read_square(const Job& job, const world::Asked& asked) {
  const std::string path = path_of(asked);
  const std::string body = asked.body;
  const std::int64_t id = asked.id;
  const std::int64_t given_up = now_ms_ + profile_.settings.push_timeout_ms;
  Fault fault = Fault::timeout;
  const bool goes_wrong = draw_request(fault);
  const std::int64_t lands = std::min(now_ms_ + latency(), given_up);
  const std::int64_t heard = lands + latency();
  say(pos::concat(job->invocation.id(), " reads ", path, goes_wrong ? ": " : "",
                  goes_wrong ? to_string(fault) : ""));
  if (goes_wrong) note(fault);
  const auto answers = [&](std::int64_t at_ms, const Answer& said) {
    agenda_.at(at_ms, [=, this] { hear(job, id, said); });
  };
  const auto fails = [&](std::int64_t at_ms, const char* failure) {
    agenda_.at(at_ms, [=, this] { fail_request(job, id, failure); });
  };
  if (goes_wrong) {
    switch (fault) {
      case Fault::timeout:
      case Fault::timeout_applied:
      case Fault::late:
        return fails(given_up, "timeout");
      case Fault::reset:
      case Fault::reset_applied:
        return fails(lands, "broken");
      case Fault::server_error:
      case Fault::server_error_applied:
      case Fault::torn:
      case Fault::torn_applied:
      case Fault::throttled:
      case Fault::throttled_applied:
      case Fault::unauthorized:
        return answers(heard, bad_answer(fault));
      default:
        break;  // what else there is befalls what changes something
    }
  }
  agenda_.at(lands, [=, this] {
    // More than one of these in a run, and two looks could both be wrong.
    if (!erred_ && happens(Fault::wrong_read)) {
      erred_ = true;
      square_.wrongly_empty = 1;
    }
    const world::SquareReply said = square_.apply(path, body, now_ms_);
    square_.wrongly_empty = 0;
    if (heard >= given_up) {
      agenda_.at(std::max(given_up, now_ms_), [=, this] { fail_request(job, id, "timeout"); });
    } else {
      agenda_.at(heard, [=, this] { hear(job, id, {said.status, said.body, ""}); });
    }
  });
}

void Simulation::ask_square(const Job& job, const world::Asked& asked) {
  ++tally_.requests;
  if (world::is_read(world::call_of(path_of(asked)))) {
    ++tally_.reads;
    return read_square(job, asked);
  }
  set_clock();
  const std::size_t flight = flights_.start(asked, now_ms_);
  ground_.oracle.before_request(flights_.at(flight).order_id, job->invocation.max_attempts());
  const pos::Settings& times = profile_.settings;
  const std::int64_t start = now_ms_;
  const std::int64_t given_up = start + times.push_timeout_ms;
  const std::int64_t id = asked.id;

  Fault fault = Fault::timeout;
  const bool goes_wrong = draw_request(fault);
  const std::int64_t lands = std::min(start + latency(), given_up);
  const std::int64_t heard = lands + latency();
  say(pos::concat(job->invocation.id(), " sends ", flights_.at(flight).path, " ",
                  flights_.at(flight).order_id, " r", flights_.at(flight).revision, " as #",
                  static_cast<std::int64_t>(flight), goes_wrong ? ": " : "",
                  goes_wrong ? to_string(fault) : ""));
  if (goes_wrong) note(fault);

  const auto answers = [&](const Answer& said, bool definite) {
    agenda_.at(heard, [=, this] { reply(job, id, flight, said, definite); });
  };
  const auto fails = [&](std::int64_t at_ms, const char* failure) {
    agenda_.at(at_ms, [=, this] { fail_request(job, id, failure); });
  };
  if (!goes_wrong || fault == Fault::other_total) {
    const Fault how = goes_wrong ? fault : Fault::timeout_applied;
    return agenda_.at(lands, [=, this] {
      world::SquareModel::Reply said;
      land(flight, how, said);
      if (heard >= given_up) {
        agenda_.at(std::max(given_up, now_ms_), [=, this] { fail_request(job, id, "timeout"); });
      } else {
        agenda_.at(heard, [=, this] {
          reply(job, id, flight, {said.status, said.body, ""}, true);
        });
      }
    });
  }

  const std::int64_t broken = start + luck_.up_to(times.push_timeout_ms);
  switch (fault) {
    case Fault::timeout_applied:
      land_later(flight, fault, lands);
      [[fallthrough]];
    case Fault::timeout:
      return fails(given_up, "timeout");
    case Fault::reset_applied:
      land_later(flight, fault, std::min(lands, broken));
      [[fallthrough]];
    case Fault::reset:
      return fails(broken, "broken");
    case Fault::late: {
      // As late as it can: its worker knows no more, and may be dead.
      const std::int64_t most = times.quiet_ms - (given_up - start);
      land_later(flight, fault,
                 start + times.quiet_ms - (luck_.percent(40) ? 0 : luck_.up_to(most)));
      return luck_.percent(50) ? fails(given_up, "timeout") : fails(broken, "broken");
    }
    case Fault::server_error_applied:
      land_later(flight, fault, luck_.percent(50) ? lands : start + luck_.up_to(times.quiet_ms));
      [[fallthrough]];
    case Fault::server_error:
      return answers(bad_answer(fault), false);
    case Fault::torn_applied:
      land_later(flight, fault, lands);
      [[fallthrough]];
    case Fault::torn:
      return answers(bad_answer(fault), false);
    case Fault::throttled_applied:
      land_later(flight, fault, lands);
      [[fallthrough]];
    case Fault::throttled:
      return answers(bad_answer(fault), false);
    case Fault::unauthorized:
      return answers(bad_answer(fault), true);
    case Fault::refused:
      flights_.at(flight).refused = true;
      if (flights_.at(flight).path == "/v2/payments" && luck_.percent(50)) {
        return answers({200, failed_payment(flights_.at(flight).body, now_ms_), ""}, true);
      }
      return answers({400, errors("INVALID_REQUEST_ERROR", "VALUE_TOO_LONG"), ""}, true);
    case Fault::conflict:
      return answers({400, errors("INVALID_REQUEST_ERROR", "IDEMPOTENCY_KEY_REUSED"), ""}, true);
    default:
      return;
  }
}

void Simulation::land_later(std::size_t flight, Fault fault, std::int64_t at_ms) {
  agenda_.at(at_ms, [this, flight, fault] {
    world::SquareModel::Reply nobody_hears;
    land(flight, fault, nobody_hears);
  });
}

void Simulation::land(std::size_t flight, Fault fault, world::SquareModel::Reply& reply) {
  const Flight request = flights_.at(flight);
  const std::size_t orders = square_.orders.size();
  const std::size_t payments = square_.payments.size();
  square_.adds_to_total = fault == Fault::other_total ? 1 : 0;
  reply = square_.apply(request.path, request.body, now_ms_, request.started_ms);
  const bool placed = square_.orders.size() > orders;
  const bool paid = square_.payments.size() > payments;
  say(pos::concat("#", static_cast<std::int64_t>(flight), " of ", request.order_id,
                  placed ? " becomes "
                  : paid ? " pays as "
                         : " is known, or refused ",
                  placed ? square_.orders.back().id
                  : paid ? square_.payments.back().id
                         : pos::concat(std::int64_t{reply.status})));
  if (placed) {
    flights_.placed(request, square_.orders.back().id);
    ++tally_.at_square;
    ground_.oracle.placed(square_.orders.back());
    if (happens(Fault::told)) {
      const world::Booking order = square_.orders.back();
      const std::int64_t times = luck_.between(1, 2);
      for (std::int64_t i = 0; i < times; ++i) {
        const std::int64_t after = luck_.skewed(profile_.settings.lease_ms);
        agenda_.at(now_ms_ + after, [this, order] { tell(order); });
      }
    }
  }
  if (paid) {
    const auto order =
        std::find_if(square_.orders.begin(), square_.orders.end(),
                     [&](const auto& each) { return each.id == square_.payments.back().order_id; });
    if (order == square_.orders.end()) {
      throw Violation(invariant::no_defect, request.order_id, "a payment of no order");
    }
    ground_.oracle.paid(square_.payments.back(), *order);
  }
}

void Simulation::reply(const Job& job, std::int64_t command, std::size_t flight, const Answer& said,
                       bool definite) {
  if (job->invocation.over()) return;
  // The worker hears it when it goes on; until then nothing new of this order can start.
  if (definite) flights_.at(flight).answered = true;
  say(pos::concat(job->invocation.id(), " hears ", std::int64_t{said.status}, " to #",
                  static_cast<std::int64_t>(flight)));
  hear(job, command, said);
}

void Simulation::hear(const Job& job, std::int64_t command, const Answer& said) {
  answer(job, command,
         pos::concat("\"of\":\"fetch\",", said.more, "\"status\":", std::int64_t{said.status},
                     ",\"body_bytes\":", static_cast<std::int64_t>(said.body.size())),
         said.body);
}

void Simulation::fail_request(const Job& job, std::int64_t command, const char* failure) {
  answer(job, command,
         pos::concat(R"("of":"fetch","failure":")", failure, R"(","detail":"no whole reply")"));
}

}  // namespace simulate
