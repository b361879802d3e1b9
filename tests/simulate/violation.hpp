// A promise that a run has found broken.
#pragma once

#include <stdexcept>
#include <string>

namespace simulate {

/// The promises that every run is held to. Each has the name that a failure prints.
namespace invariant {
inline constexpr char one_effect[] = "at most one effect";
inline constexpr char one_active_row[] = "one active row";
inline constexpr char no_false_success[] = "no false success";
inline constexpr char dead_is_not_there[] = "dead means not there";
inline constexpr char doubt_is_kept[] = "doubt is kept";
inline constexpr char same_bytes[] = "bytes per key never change";
inline constexpr char one_key[] = "one key per order and operation";
inline constexpr char one_in_flight[] = "never two requests of one order in flight";
inline constexpr char one_line[] = "one line per transition";
inline constexpr char bounded_attempts[] = "bounded attempts";
inline constexpr char comes_to_rest[] = "every order comes to rest";
inline constexpr char says_why[] = "a dead row says why";
/// No statement fails, and every job comes to its end.
inline constexpr char no_defect[] = "the core does not fail";

inline constexpr const char* all[] = {
    one_effect,    one_active_row, no_false_success, dead_is_not_there, doubt_is_kept,
    same_bytes,    one_key,        one_in_flight,    one_line,          bounded_attempts,
    comes_to_rest, says_why,       no_defect};
}  // namespace invariant

class Violation : public std::runtime_error {
 public:
  Violation(const char* invariant, std::string order_id, const std::string& words)
      : std::runtime_error(words), invariant_(invariant), order_id_(std::move(order_id)) {}

  [[nodiscard]] const char* invariant() const { return invariant_; }
  /// "" where it is not about one order.
  [[nodiscard]] const std::string& order_id() const { return order_id_; }

 private:
  const char* invariant_;
  std::string order_id_;
};

}  // namespace simulate
