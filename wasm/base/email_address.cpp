#include "base/email_address.hpp"

#include "base/json/utf8.hpp"

namespace pos {
namespace {

constexpr std::size_t address_most = 254;
constexpr std::size_t local_most = 64;
constexpr std::size_t sender_most = 320;

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

bool is_plain(std::string_view text) {
  for (const char c : text) {
    const bool graphic = c > ' ' && c <= '~';
    if (!graphic || std::string_view("<>()[]\\,;:\"@").find(c) != std::string_view::npos) {
      return false;
    }
  }
  return !text.empty();
}

}  // namespace

bool is_address(std::string_view text) {
  const std::size_t at = text.find('@');
  // Where there is no @, it is further away than any number.
  if (at > local_most || text.size() > address_most) return false;
  const std::string_view domain = text.substr(at + 1);
  const bool dotted = domain.find('.') != std::string_view::npos && domain.front() != '.' &&
                      domain.back() != '.' && domain.find("..") == std::string_view::npos;
  return is_plain(text.substr(0, at)) && is_plain(domain) && dotted;
}

std::string_view name_of_sender(std::string_view text) {
  const std::size_t open = text.find('<');
  if (open == std::string_view::npos) return {};
  std::string_view name = text.substr(0, open);
  while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
  return name;
}

bool is_sender(std::string_view text) {
  if (text.size() > sender_most) return false;
  const std::size_t open = text.find('<');
  if (open == std::string_view::npos) return is_address(text);
  if (text.back() != '>') return false;
  for (const char c : text.substr(0, open)) {
    if (is_control(c) || std::string_view("\"\\>,;:@").find(c) != std::string_view::npos) {
      return false;
    }
  }
  return !name_of_sender(text).empty() && is_address(text.substr(open + 1, text.size() - open - 2));
}

std::string in_one_line(std::string_view text, std::size_t most) {
  std::string line(json::cut(text, most));
  for (char& c : line) {
    if (is_control(c)) c = ' ';
  }
  return line;
}

}  // namespace pos
