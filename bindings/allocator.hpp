// How the modules' memory is cut into blocks: what operator new and delete do in there, apart from
// where the memory comes from, so that a native test can hold it to what it promises.
//
// Small blocks come in a few sizes; a freed one waits on the list of its size for the next of that
// size. Large ones are runs of whole pages: the first that fits, out of a list in the order of
// addresses, in which neighbours that are free become one.

#pragma once

#include <cstddef>
#include <cstdint>

namespace pos::memory {

constexpr std::size_t page = 64 * 1024;

/// What stands before each block's bytes, and keeps them aligned.
struct alignas(16) Block {
  std::size_t size;  // with this header
  Block* next;       // of a free one
};

constexpr std::size_t size_of_class(int number) {
  return std::size_t{number % 2 == 0 ? 32u : 48u} << (number / 2);  // 32, 48, 64, 96, 128, …
}

constexpr int classes = 19;
constexpr std::size_t largest_small = size_of_class(classes - 1);
static_assert(largest_small == 16 * 1024);

/// `Source` is where memory comes from: `begin()` and `end()` of what is there at first, and
/// `grow(pages)`, which gives so many more, behind all that it gave before, or ends the program.
template <typename Source>
class Allocator {
 public:
  void* allocate(std::size_t bytes) {
    // Otherwise the sums below would come round to small ones.
    if (bytes > SIZE_MAX - 2 * page) Source::exhausted();
    const std::size_t size = bytes + sizeof(Block);
    Block* const block =
        size <= largest_small ? take_small(size) : take_run((size + page - 1) / page * page);
    return block + 1;
  }

  void release(void* bytes) {
    if (bytes == nullptr) return;
    Block* const block = static_cast<Block*>(bytes) - 1;
    if (block->size > largest_small) return give_back_run(block);
    Block*& list = free_small_[class_of(block->size)];
    block->next = list;
    list = block;
  }

 private:
  static int class_of(std::size_t size) {
    int number = 0;
    while (size_of_class(number) < size) ++number;
    return number;
  }

  static char* end_of(Block* run) { return reinterpret_cast<char*>(run) + run->size; }

  void give_back_run(Block* run) {
    // To the first that is not wholly before it, and so touches it or comes after it.
    Block** at = &free_runs_;
    while (*at != nullptr && end_of(*at) < reinterpret_cast<char*>(run)) at = &(*at)->next;
    if (*at != nullptr && end_of(*at) == reinterpret_cast<char*>(run)) {
      (*at)->size += run->size;
      run = *at;
    } else {
      run->next = *at;
      *at = run;
    }
    if (end_of(run) == reinterpret_cast<char*>(run->next)) {
      run->size += run->next->size;
      run->next = run->next->next;
    }
  }

  Block* take_run(std::size_t size) {
    for (Block** at = &free_runs_; *at != nullptr; at = &(*at)->next) {
      Block* const run = *at;
      if (run->size < size) continue;
      if (run->size == size) {
        *at = run->next;
        return run;
      }
      // From its end, so that the rest stays where it is in the list.
      run->size -= size;
      auto* const taken = reinterpret_cast<Block*>(end_of(run));
      taken->size = size;
      return taken;
    }
    auto* const run = reinterpret_cast<Block*>(Source::grow(size / page));
    run->size = size;
    return run;
  }

  Block* cut(std::size_t size) {
    if (room_ == nullptr) {
      constexpr std::uintptr_t mask = alignof(Block) - 1;
      room_ = reinterpret_cast<char*>((reinterpret_cast<std::uintptr_t>(Source::begin()) + mask) &
                                      ~mask);
      room_end_ = Source::end();
    }
    if (static_cast<std::size_t>(room_end_ - room_) < size) {
      room_ = reinterpret_cast<char*>(take_run(more_room));
      room_end_ = room_ + more_room;
    }
    auto* const block = reinterpret_cast<Block*>(room_);
    room_ += size;
    block->size = size;
    return block;
  }

  Block* take_small(std::size_t size) {
    const int number = class_of(size);
    Block* const block = free_small_[number];
    if (block == nullptr) return cut(size_of_class(number));
    free_small_[number] = block->next;
    return block;
  }

  static constexpr std::size_t more_room = 4 * page;

  Block* free_small_[classes] = {};
  Block* free_runs_ = nullptr;

  // Where small blocks are cut from.
  char* room_ = nullptr;
  char* room_end_ = nullptr;
};

}  // namespace pos::memory
