// Numbers as the modules read them: an amount that comes round to another one would charge a guest
// wrongly.
#include <doctest/doctest.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bindings/digits.hpp"

namespace digits_test {

struct Read {
  std::uint64_t number;
  std::size_t length;
  bool fits;
  bool operator==(const Read&) const = default;
};

Read read(const std::string& text, std::uint64_t most = UINT64_MAX) {
  char* end = nullptr;
  errno = 0;
  const std::uint64_t number = pos::digits::read(text.c_str(), &end, most);
  return {number, static_cast<std::size_t>(end - text.c_str()), errno == 0};
}

TEST_CASE("each digit of a number counts, up to the first character that is none") {
  CHECK(read("0") == Read{0, 1, true});
  CHECK(read("9") == Read{9, 1, true});
  CHECK(read("1234567890") == Read{1234567890, 10, true});
  CHECK(read("28250,") == Read{28250, 5, true});
  CHECK(read("12.5") == Read{12, 2, true});
  CHECK(read("70/") == Read{70, 2, true});
  CHECK(read("70:") == Read{70, 2, true});
  CHECK(read("") == Read{0, 0, true});
}

TEST_CASE("a number that passes what fits is told apart, and the largest one that fits is not") {
  CHECK(read("18446744073709551615") == Read{UINT64_MAX, 20, true});
  CHECK_FALSE(read("18446744073709551616").fits);
  CHECK_FALSE(read("18446744073709551625").fits);
  CHECK_FALSE(read("99999999999999999999").fits);
  CHECK(read("18446744073709551609") == Read{UINT64_MAX - 6, 20, true});
  CHECK(read("100", 100) == Read{100, 3, true});
  CHECK_FALSE(read("101", 100).fits);
  CHECK(read("109", 109).fits);
  CHECK_FALSE(read("110", 109).fits);
}

TEST_CASE("a number below zero is read to the lowest there is") {
  const auto negative = [](const std::string& text) {
    char* end = nullptr;
    errno = 0;
    const std::int64_t number = pos::digits::read_negative(text.c_str(), &end);
    return std::pair{errno == 0 ? number : 1, static_cast<std::size_t>(end - text.c_str())};
  };
  CHECK(negative("-1") == std::pair{std::int64_t{-1}, std::size_t{2}});
  CHECK(negative("-0") == std::pair{std::int64_t{0}, std::size_t{2}});
  CHECK(negative("-28250}") == std::pair{std::int64_t{-28250}, std::size_t{6}});
  CHECK(negative("-9223372036854775807") == std::pair{-INT64_MAX, std::size_t{20}});
  CHECK(negative("-9223372036854775808") == std::pair{INT64_MIN, std::size_t{20}});
  CHECK(negative("-9223372036854775809").first == 1);
}

}  // namespace digits_test
