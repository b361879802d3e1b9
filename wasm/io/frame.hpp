// The wire form of commands and outcomes: a JSON header with raw bytes behind it, so that bodies
// are neither escaped nor parsed twice.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/json/value.hpp"
#include "base/json/writer.hpp"
#include "io/command.hpp"
#include "io/outcome.hpp"

namespace pos::io {

/// A frame taken apart: u32 little-endian header length, header, attachments. Attachments are used
/// up front to back, by the lengths that the header names (`*_bytes`).
class FrameReader {
 public:
  explicit FrameReader(std::string_view frame);

  [[nodiscard]] bool valid() const { return valid_; }
  [[nodiscard]] json::Value header() const { return document_.root(); }
  /// The next attachment; "" where the frame has no such many bytes left.
  [[nodiscard]] std::string_view take(std::int64_t bytes);

 private:
  json::Document document_;
  std::string_view attachments_;
  bool valid_ = false;
};

/// Reads {"elapsed_ms", "outcomes": [...]}; what it returns points into `reader`.
[[nodiscard]] Input read_input(FrameReader& reader);

/// Writes {"secret"} or {"sealed", "bound_to"}.
void write_credential(json::Writer& out, const Credential& credential);

/// Writes {"commands": [...]} with statement parameters and bodies as attachments.
[[nodiscard]] std::string write_commands(const Commands& commands);

}  // namespace pos::io
