#include "config/variable.hpp"

#include <utility>

#include "base/text.hpp"

namespace pos {
namespace {

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  if (host.substr(0, 4) != "127.") return false;
  int dots = 0;
  for (const char c : host) {
    if (c == '.') ++dots;
    if (c != '.' && !is_digit(c)) return false;
  }
  return dots == 3;
}

bool is_host_text(std::string_view host) {
  for (const char c : host) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
    if (!plain && c != '.' && c != '-' && c != ':' && c != '[' && c != ']') return false;
  }
  return !host.empty();
}

/// The host of an origin without its port; an IPv6 address keeps its brackets.
std::string_view host_of(std::string_view authority) {
  if (!authority.empty() && authority.front() == '[') {
    return authority.substr(0, authority.find(']') + 1);
  }
  return authority.substr(0, authority.find(':'));
}

}  // namespace

void complain(std::string& problems, const char* problem) {
  append(problems, problems.empty() ? "" : "; ");
  append(problems, problem);
}

void expected(std::string& problems, const char* name, const char* what, const std::string& got) {
  complain(problems, name);
  append(problems, concat(": expected ", what, ", got \"", got, "\""));
}

std::string spelling(json::Value value) {
  std::string text;
  if (value.is(json::Kind::integer)) {
    append(text, value.integer());
  } else {
    append(text, value.text());
  }
  return text;
}

std::int64_t milliseconds(std::string_view text) {
  constexpr std::size_t most_digits = 9;
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  std::int64_t thousandths = 0;
  if (dot != std::string_view::npos) {
    const std::string_view fraction = text.substr(dot + 1);
    thousandths = fraction.size() <= 3 ? number_of(fraction) : -1;
    for (std::size_t digits = fraction.size(); digits < 3; ++digits) thousandths *= 10;
  }
  const std::int64_t seconds = whole.size() <= most_digits ? number_of(whole) : -1;
  return seconds < 0 || thousandths < 0 ? -1 : seconds * 1000 + thousandths;
}

void read_origin(json::Value value, const char* name, std::string& target, std::string& problems) {
  std::string text = spelling(value);
  if (text.empty()) return;
  if (text.back() == '/') text.pop_back();
  const std::string_view url = text;
  const bool https = url.substr(0, 8) == "https://";
  const bool http = url.substr(0, 7) == "http://";
  const std::string_view authority = url.substr(https ? 8 : http ? 7 : 0);
  if ((!https && !http) || !is_host_text(authority)) {
    const std::string what = concat("an origin such as ", target, ", without a path");
    expected(problems, name, what.c_str(), text);
    return;
  }
  if (http && !is_loopback(host_of(authority))) {
    expected(problems, name, "https, for the host is not loopback", text);
    return;
  }
  target = std::move(text);
}

}  // namespace pos
