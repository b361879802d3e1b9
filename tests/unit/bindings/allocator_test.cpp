// The allocator of the wasm modules, on memory that a test owns: what a job holds in it are orders
// and payments, and two blocks that shared a byte would send one guest's order to another.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "bindings/allocator.hpp"

namespace allocator_test {

using pos::memory::Allocator;
using pos::memory::page;

constexpr std::size_t most_pages = 512;
constexpr std::size_t first_pages = 2;

/// No source could have so much; this one has not.
struct Exhausted {};
struct NoMore {};

/// Memory as WebAssembly has it: pages behind one another. What is there at first begins at an odd
/// address.
struct Pages {
  static char* base() {
    alignas(page) static char bytes[most_pages * page];
    return bytes;
  }
  static inline std::size_t given = first_pages;

  [[noreturn]] static void exhausted() { throw Exhausted{}; }
  static char* begin() { return base() + 1; }
  static char* end() { return base() + first_pages * page; }
  static char* grow(std::size_t pages) {
    if (pages > most_pages - given) throw NoMore{};
    char* const grown = base() + given * page;
    given += pages;
    return grown;
  }
};

struct Fresh : Allocator<Pages> {
  Fresh() { Pages::given = first_pages; }
};

std::uintptr_t address(const void* bytes) { return reinterpret_cast<std::uintptr_t>(bytes); }

/// The bytes of a run of so many pages that its user gets.
constexpr std::size_t run_of(std::size_t pages) { return pages * page - 16; }

TEST_CASE("no two blocks of a job share a byte, whatever it takes and gives back") {
  std::mt19937 dice(7);
  const auto memory = std::make_unique<Fresh>();
  struct Held {
    unsigned char* bytes;
    std::size_t size;
    unsigned char mark;
  };
  std::vector<Held> held;
  const auto is_whole = [](const Held& each) {
    return std::all_of(each.bytes, each.bytes + each.size,
                       [&](unsigned char b) { return b == each.mark; });
  };
  std::size_t wrong = 0;
  for (int step = 0; step < 6000; ++step) {
    if (!held.empty() && (held.size() > 60 || dice() % 2 == 0)) {
      const std::size_t at = dice() % held.size();
      if (!is_whole(held[at])) ++wrong;
      memory->release(held[at].bytes);
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(at));
      continue;
    }
    const std::size_t size = dice() % 4 == 0 ? dice() % (3 * page) : dice() % 600;
    auto* const bytes = static_cast<unsigned char*>(memory->allocate(size));
    if (address(bytes) % 16 != 0 || address(bytes) < address(Pages::begin())) ++wrong;
    if (address(bytes) + size > address(Pages::base() + Pages::given * page)) ++wrong;
    const auto mark = static_cast<unsigned char>(dice());
    std::memset(bytes, mark, size);
    held.push_back({bytes, size, mark});
  }
  for (const Held& each : held) {
    if (!is_whole(each)) ++wrong;
  }
  CHECK(wrong == 0);
  // 61 blocks of at most three pages: what was given back was used again.
  CHECK(Pages::given < 300);
}

TEST_CASE("a block takes the smallest size that holds it, so that memory goes round") {
  // Each size of class with its header of 16 bytes: so many bytes fit, and one more takes the next.
  std::size_t size = 32;
  std::size_t next = 48;
  while (size <= 16 * 1024) {
    for (const std::size_t bytes : {size - 16, size == 32 ? 0 : size - 16 - 1}) {
      Fresh memory;
      const auto first = address(memory.allocate(bytes));
      CHECK(address(memory.allocate(bytes)) - first == size);
    }
    if (size < 16 * 1024) {
      Fresh memory;
      const auto first = address(memory.allocate(size - 16 + 1));
      CHECK(address(memory.allocate(size - 16 + 1)) - first == next);
    }
    const std::size_t after = 2 * size;
    size = next;
    next = after;
  }
}

TEST_CASE("what is larger than the largest of these is whole pages, as few as hold it") {
  for (const auto& [bytes, pages] :
       std::vector<std::pair<std::size_t, std::size_t>>{{16 * 1024 - 16 + 1, 1},
                                                        {run_of(1), 1},
                                                        {run_of(1) + 1, 2},
                                                        {run_of(7), 7},
                                                        {run_of(7) + 1, 8}}) {
    Fresh memory;
    const auto first = address(memory.allocate(bytes));
    CHECK(first == address(Pages::base() + first_pages * page) + 16);
    CHECK(Pages::given == first_pages + pages);
    memory.allocate(bytes);
    CHECK(Pages::given == first_pages + 2 * pages);
  }
  Fresh memory;
  memory.allocate(16 * 1024 - 16);
  CHECK(Pages::given == first_pages);
}

TEST_CASE("what was given back is taken again by the next of its size, the last one first") {
  for (const std::size_t bytes : {1u, 100u, 5000u, 16368u}) {
    Fresh memory;
    void* const first = memory.allocate(bytes);
    void* const second = memory.allocate(bytes);
    memory.release(first);
    memory.release(second);
    CHECK(memory.allocate(bytes) == second);
    CHECK(memory.allocate(bytes) == first);
    CHECK(memory.allocate(bytes) != first);
  }
  Fresh memory;
  void* const small = memory.allocate(10);
  memory.release(small);
  // Another size is another list.
  CHECK(memory.allocate(100) != small);
  memory.release(nullptr);
  CHECK(memory.allocate(10) == small);
}

TEST_CASE("a job that gives back what it takes does not grow") {
  for (const std::size_t bytes :
       {std::size_t{40}, std::size_t{9000}, run_of(1), run_of(5), std::size_t{300000}}) {
    Fresh memory;
    memory.release(memory.allocate(bytes));
    const std::size_t given = Pages::given;
    for (int times = 0; times < 2000; ++times) memory.release(memory.allocate(bytes));
    CHECK(Pages::given == given);
  }
}

TEST_CASE("the room for small blocks is used to its last byte, and grows by four pages") {
  Fresh memory;
  // From the first aligned address, 16 bytes behind the odd one: what is left is 131056 = 16 * 8191
  // bytes.
  const auto first = address(memory.allocate(16)) - 16;
  CHECK(first == address(Pages::base()) + 16);
  std::size_t left = first_pages * page - 16 - 32;
  while (left >= 8192 + 48) {
    memory.allocate(8192 - 16);
    left -= 8192;
  }
  while (left > 48 && left != 64) {
    memory.allocate(16);
    left -= 32;
  }
  const std::size_t last = left;
  CHECK((last == 48 || last == 64 || last == 32));
  memory.allocate(last - 16);
  CHECK(Pages::given == first_pages);
  const auto beyond = address(memory.allocate(16));
  CHECK(Pages::given == first_pages + 4);
  CHECK(beyond == address(Pages::base() + first_pages * page) + 16);
  // Four pages hold four times four of the largest small ones, less the one above.
  for (int i = 0; i < 15; ++i) memory.allocate(16368);
  CHECK(Pages::given == first_pages + 4);
  memory.allocate(16368);
  CHECK(Pages::given == first_pages + 8);
}

TEST_CASE("runs that lie side by side become one again, in whatever order they are given back") {
  std::array<int, 4> order{0, 1, 2, 3};
  do {
    Fresh memory;
    std::array<void*, 4> runs{};
    for (auto& run : runs) run = memory.allocate(run_of(3));
    memory.allocate(run_of(1));  // so that they do not touch what comes behind
    const std::size_t given = Pages::given;
    for (const int at : order) memory.release(runs[static_cast<std::size_t>(at)]);
    void* const whole = memory.allocate(run_of(12));
    CHECK(whole == runs[0]);
    CHECK(Pages::given == given);
    memory.allocate(run_of(1));
    CHECK(Pages::given == given + 1);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("runs that do not touch stay apart, or what lies between them would be given away") {
  std::array<int, 3> order{0, 2, 4};
  do {
    Fresh memory;
    std::array<unsigned char*, 5> runs{};
    for (auto& run : runs) run = static_cast<unsigned char*>(memory.allocate(run_of(3)));
    std::memset(runs[1], 1, run_of(3));
    std::memset(runs[3], 3, run_of(3));
    const std::size_t given = Pages::given;
    for (const int at : order) memory.release(runs[static_cast<std::size_t>(at)]);
    // The last one touches nothing, and is no larger than it was.
    memory.allocate(run_of(4));
    CHECK(Pages::given == given + 4);
    for (int times = 0; times < 3; ++times) {
      std::memset(memory.allocate(run_of(3)), 9, run_of(3));
    }
    CHECK(Pages::given == given + 4);
    CHECK(std::count(runs[1], runs[1] + run_of(3), 1) == static_cast<std::ptrdiff_t>(run_of(3)));
    CHECK(std::count(runs[3], runs[3] + run_of(3), 3) == static_cast<std::ptrdiff_t>(run_of(3)));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("the first run that is large enough is used, from its end, and the rest of it stays") {
  Fresh memory;
  auto* const small = static_cast<char*>(memory.allocate(run_of(2)));
  memory.allocate(run_of(1));
  auto* const large = static_cast<char*>(memory.allocate(run_of(5)));
  memory.allocate(run_of(1));
  memory.release(large);
  memory.release(small);
  const std::size_t given = Pages::given;
  CHECK(memory.allocate(run_of(3)) == large + 2 * page);
  CHECK(memory.allocate(run_of(1)) == small + page);
  CHECK(memory.allocate(run_of(2)) == large);
  CHECK(memory.allocate(run_of(1)) == small);
  CHECK(Pages::given == given);
}

TEST_CASE("what no memory holds ends the job, and is no small block") {
  Fresh memory;
  for (const std::size_t bytes :
       {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 16, SIZE_MAX - page, SIZE_MAX - 2 * page + 1}) {
    CHECK_THROWS_AS(memory.allocate(bytes), Exhausted);
  }
  // What can be counted in pages is asked for.
  for (const std::size_t bytes : {SIZE_MAX - 2 * page, SIZE_MAX / 2, most_pages * page}) {
    CHECK_THROWS_AS(memory.allocate(bytes), NoMore);
  }
  CHECK(Pages::given == first_pages);
}

}  // namespace allocator_test
