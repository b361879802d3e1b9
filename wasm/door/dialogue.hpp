// The back and forth of a route with D1. Every batch that a route asks for can be asked again
// unchanged: it reads, or its writes are guarded by an audit line of their own.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "io/command.hpp"
#include "io/outcome.hpp"

namespace pos::door {

class Dialogue {
 public:
  /// The statements get `key` as ?1 and `query` as ?2.
  void ask(std::span<const store::Statement> statements, std::string key, std::string query,
           io::Commands& out);

  /// True if `input` holds the batch's results. A failure is asked again after a pause, and at last
  /// answered with 503.
  [[nodiscard]] bool answered(const io::Input& input, json::Value& results, io::Commands& out);

  bool operator==(const Dialogue&) const = default;

 private:
  void ask_again(io::Commands& out);

  io::D1Command batch_;
  io::CommandId next_id_ = 1;
  std::uint32_t tries_ = 0;
};

}  // namespace pos::door
