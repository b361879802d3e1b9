#include "runtime/d1_exchange.hpp"

#include <utility>

#include "base/text.hpp"
#include "runtime/http_answer.hpp"
#include "store/schema.hpp"

namespace pos::runtime {
namespace {

constexpr std::uint32_t tries_most = 3;
constexpr std::int64_t pause_ms = 100;

}  // namespace

void D1Exchange::ask(std::span<const store::Statement> statements, std::string key,
                     std::string query, io::Commands& out) {
  batch_.statements.assign(statements.begin(), statements.end());
  // Behind the others, in their transaction: on another schema none of them has done anything.
  batch_.statements.push_back(store::Statement::schema_guard);
  batch_.parameters.clear();
  batch_.parameters.push_back(std::move(key));
  batch_.parameters.push_back(std::move(query));
  tries_ = 0;
  ask_again(out);
}

void D1Exchange::ask_again(io::Commands& out) {
  batch_.id = next_id_++;
  out.emplace_back(batch_);
}

// What a missing table or binding says is definite: to ask again would only take time.
D1Exchange::Answer D1Exchange::on_failure(std::string_view error, io::Commands& out) {
  using store::DatabaseFault;
  if (diagnosing_) {
    failure_ = store::fault_words(DatabaseFault::incomplete, failure_, {});
    return Answer::failed;
  }
  const DatabaseFault fault = store::fault_of(error);
  switch (fault) {
    case DatabaseFault::unavailable:
      if (++tries_ < tries_most) {
        out.emplace_back(io::SleepCommand{next_id_++, pause_ms << tries_});
        return Answer::none;
      }
      transient_ = true;
      failure_ = concat("the database did not answer (", store::fault_words(fault, error, {}),
                        "); ask again: nothing is done twice");
      return Answer::failed;
    case DatabaseFault::incomplete:
      diagnosing_ = true;
      failure_ = error;
      batch_.statements = {store::Statement::schema_look};
      ask_again(out);
      return Answer::none;
    case DatabaseFault::refused:
      failure_ = concat(store::fault_words(fault, error, {}), ". Nothing was changed");
      return Answer::refused;
    case DatabaseFault::unbound:
    case DatabaseFault::other_version:
      failure_ = store::fault_words(fault, error, {});
      return Answer::failed;
  }
  return Answer::failed;
}

D1Exchange::Answer D1Exchange::receive(const io::Input& input, json::Value& results,
                                       io::Commands& out) {
  for (const io::Outcome& each : input.outcomes) {
    if (each.kind == io::OutcomeKind::d1_done && each.id == batch_.id) {
      results = each.results;
      if (!diagnosing_) return Answer::results;
      failure_ = store::fault_words(store::DatabaseFault::incomplete, failure_,
                                    results.first().first().first().text());
      return Answer::failed;
    }
    if (each.kind == io::OutcomeKind::slept) {
      ask_again(out);
    } else if (each.kind == io::OutcomeKind::d1_failed && each.id == batch_.id) {
      const Answer answer = on_failure(each.error, out);
      if (answer != Answer::none) return answer;
    }
  }
  return Answer::none;
}

json::Value D1Exchange::last_of(json::Value results, std::size_t before) {
  return results.at(results.size() - 2 - before);
}

void D1Exchange::answer_failure(io::Commands& out) const {
  problem(out, 503, failure_, transient_ ? 1 : 0);
}

bool D1Exchange::answered(const io::Input& input, json::Value& results, io::Commands& out) {
  switch (receive(input, results, out)) {
    case Answer::none:
      return false;
    case Answer::results:
      return true;
    case Answer::failed:
      answer_failure(out);
      return false;
    case Answer::refused:
      problem(out, 409, failure_);
      return false;
  }
  return false;
}

}  // namespace pos::runtime
