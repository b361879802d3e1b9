// One variable: how it is read, and what is said where it is wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json/value.hpp"

namespace pos {

/// Adds a problem to those that there are, with "; " in between.
void complain(std::string& problems, const char* problem);
/// `NAME: expected …, got "…"`
void expected(std::string& problems, const char* name, const char* what, const std::string& got);

/// The spelling of a variable, whether it was declared as a text or as a number; "" if absent.
[[nodiscard]] std::string spelling(json::Value value);
/// Seconds with at most three fraction digits, as milliseconds; -1 if it is no such number.
[[nodiscard]] std::int64_t milliseconds(std::string_view text);

/// Reads the origin of a server that is sent a token: https, or http where it is loopback; without
/// a path. Leaves `target` alone where there is none, or a wrong one.
void read_origin(json::Value value, const char* name, std::string& target, std::string& problems);

}  // namespace pos
