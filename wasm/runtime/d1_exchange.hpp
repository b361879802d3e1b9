// The back and forth of a route with D1. Every batch that a route asks for can be asked again
// unchanged: it reads, or its writes are guarded by an audit line of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "io/command.hpp"
#include "io/outcome.hpp"

namespace pos::runtime {

class D1Exchange {
 public:
  /// What has come of a batch so far.
  enum class Answer : std::uint8_t {
    none = 0,
    results = 1,
    failed = 2,
    refused = 3,  // by a constraint or a trigger: nothing was changed, and asked again nothing is
  };

  /// The statements get `key` as ?1 and `query` as ?2. A database of another schema refuses them.
  void ask(std::span<const store::Statement> statements, std::string key, std::string query,
           io::Commands& out);

  /// The results of the last statement that was asked, or of one `before` it.
  [[nodiscard]] static json::Value last_of(json::Value results, std::size_t before = 0);

  /// Takes the batch's results from `input`, if they are there. A database that did not answer is
  /// asked again after a pause, a few times; one that lacks our tables is asked what it is instead.
  [[nodiscard]] Answer receive(const io::Input& input, json::Value& results, io::Commands& out);
  /// Why it failed, in words that say what to do.
  [[nodiscard]] const std::string& failure() const { return failure_; }

  /// True if `input` holds the batch's results. What failed is answered with 503 and its reason,
  /// and with 409 what a constraint or a trigger has refused.
  [[nodiscard]] bool answered(const io::Input& input, json::Value& results, io::Commands& out);

  /// Answers the request with why its batch has failed.
  void answer_failure(io::Commands& out) const;

  bool operator==(const D1Exchange&) const = default;

 private:
  [[nodiscard]] Answer on_failure(std::string_view error, io::Commands& out);
  void ask_again(io::Commands& out);

  io::D1Command batch_;
  io::CommandId next_id_ = 1;
  std::uint32_t tries_ = 0;
  bool diagnosing_ = false;  // the batch that is out asks which schema the database has
  bool transient_ = false;
  std::string failure_;  // D1's words while it is diagnosed
};

}  // namespace pos::runtime
