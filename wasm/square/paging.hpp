// Following a list of Square's from page to page. A cursor is Square's word, and Square can be
// wrong: a list whose cursor comes again, or that always has another page, must come to an end, and
// must never pass for one that was read whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace pos::square {

class Paging {
 public:
  Paging() = default;
  /// As it was stored.
  Paging(std::int64_t pages, std::string mark) : pages_(pages), mark_(std::move(mark)) {}

  /// Takes where the page that was read says that the next one begins; "" behind the last page.
  /// False: the list circles, or is longer than `most` pages, and is none that has an end.
  [[nodiscard]] bool follow(std::string_view next, std::int64_t most);
  /// The same list is read from another place on, under new cursors. Its pages still count.
  void begin_again() { mark_.clear(); }

  [[nodiscard]] std::int64_t pages() const { return pages_; }
  [[nodiscard]] const std::string& mark() const { return mark_; }

  bool operator==(const Paging&) const = default;

 private:
  std::int64_t pages_ = 0;
  std::string mark_;  // a digest of the cursor that one page brought, of a page further and further
};

}  // namespace pos::square
