// The frames that a shell exchanges with the core, seen from the shell: what bindings/core.js does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/statements.hpp"

namespace world {

/// Header and attachments as one frame.
[[nodiscard]] std::string frame_of(std::string_view header, std::string_view attachments = {});

/// A command that a job asks for.
struct Asked {
  std::string what;  // d1, fetch, sleep, log, done
  std::int64_t id = 0;
  std::vector<pos::store::Statement> statements;
  std::vector<std::string> parameters;
  std::string url;
  std::string square_version;
  std::string body;
  std::int64_t duration_ms = 0;
  std::int64_t status = 0;
  std::string next_order;  // done: the order that is to be pushed at once
};

/// The commands of an answer of the core's; throws where it is no frame.
[[nodiscard]] std::vector<Asked> read_commands(std::string_view answer);

/// A file of records: a tag, the length as u32 little-endian, the bytes. `s` starts a job in a new
/// instance, `i` is what it is fed, and behind each stands `o`, its answer.
class Trace {
 public:
  void note(char tag, std::string_view frame);
  void append(const Trace& other) { bytes_ += other.bytes_; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace world
