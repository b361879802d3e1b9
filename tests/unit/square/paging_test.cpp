// A list that circles, or that always names another page, comes to an end, and is never taken for
// one that was read whole.
#include "square/paging.hpp"

#include <doctest/doctest.h>

#include <string>

#include "audit/scan/location_scan.hpp"
#include "base/json/value.hpp"
#include "square/limits.hpp"
#include "square/listing.hpp"

namespace paging_test {

using pos::audit::ScanPosition;
using pos::square::Paging;

TEST_CASE("a list whose cursors come again is noticed before it was walked three times") {
  for (int circle = 1; circle <= 40; ++circle) {
    for (int before = 0; before <= 40; before += 8) {
      CAPTURE(circle);
      CAPTURE(before);
      Paging paging;
      int pages = 0;
      for (bool followed = true; followed; ++pages) {
        const int at = pages < before ? pages : before + (pages - before) % circle;
        followed = paging.follow("c" + std::to_string(at), 1'000'000);
        REQUIRE(pages < 3 * (before + circle) + 3);
      }
      // Each page of it was new once.
      CHECK(pages > before + circle);
    }
  }
}

TEST_CASE("an honest list is followed to its end, however long it is") {
  Paging paging;
  for (int i = 0; i < 999; ++i) REQUIRE(paging.follow("c" + std::to_string(i), 1000));
  CHECK(paging.follow("", 1000));
  CHECK(paging.pages() == 1000);
}

TEST_CASE("a list that always has a fresh cursor ends with the pages that a list can have") {
  Paging paging;
  for (int i = 1; i < 1000; ++i) REQUIRE(paging.follow("c" + std::to_string(i), 1000));
  CHECK_FALSE(paging.follow("c1000", 1000));
}

TEST_CASE("a list that is begun again may name its cursors again, and its pages still count") {
  Paging paging;
  REQUIRE(paging.follow("100", 4));
  paging.begin_again();
  REQUIRE(paging.follow("100", 4));
  REQUIRE(paging.pages() == 2);
  REQUIRE(paging.follow("200", 4));
  CHECK_FALSE(paging.follow("300", 4));
}

TEST_CASE("where a list stands outlives the worker that follows it") {
  Paging paging;
  REQUIRE(paging.follow("a", 100));
  Paging stored(paging.pages(), paging.mark());
  CHECK(stored == paging);
  CHECK_FALSE(stored.follow("a", 100));
}

TEST_CASE("a list of an audit has an end although each page brings something later") {
  ScanPosition at;
  std::int64_t pages = 1;
  while (at.follow("c" + std::to_string(pages), pages)) ++pages;
  CHECK(pages == 50'000);
}

TEST_CASE("a list of an audit that brings nothing later has an end, whatever its cursors are") {
  ScanPosition at;
  REQUIRE(at.follow("c0", 7));
  std::int64_t pages = 1;
  while (at.follow("c" + std::to_string(pages), pages % 2 == 0 ? 7 : 3)) ++pages;
  CHECK(pages == 50);
  CHECK(at.last_ms == 7);
  // The last page of a list may be as empty as it likes.
  ScanPosition last;
  for (int i = 0; i < 49; ++i) REQUIRE(last.follow("c" + std::to_string(i), 0));
  CHECK(last.follow("", 0));
}

TEST_CASE("a page that brings something later begins the count of idle pages from the start") {
  ScanPosition at;
  for (int i = 0; i < 500; ++i) {
    REQUIRE(at.follow("c" + std::to_string(i), i / 40));
  }
}

TEST_CASE("a cursor that no URL can hold is none: the list cannot be read") {
  const auto whole = [](std::size_t length) {
    pos::json::Document page;
    REQUIRE(page.parse(R"({"refunds":[],"cursor":")" + std::string(length, 'c') + "\"}"));
    return pos::square::is_whole_list(page.root(), "refunds");
  };
  CHECK(whole(pos::square::cursor_most));
  CHECK_FALSE(whole(pos::square::cursor_most + 1));
}

}  // namespace paging_test
