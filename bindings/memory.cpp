// The modules' allocator: operator new and delete over memory.grow, and nothing else; libc's is
// nine kilobytes. An instance lives for one job, so what counts is that freed memory is used again,
// not that it is given back. Only in the wasm modules.
//
// Small blocks come in a few sizes; a freed one waits on the list of its size for the next of that
// size. Large ones are runs of whole pages: the first that fits, out of a list in the order of
// addresses, in which neighbours that are free become one.

#include <cstddef>
#include <cstdint>
#include <new>

// The linker's: behind all data and the stack.
extern "C" char __heap_base;  // NOLINT(bugprone-reserved-identifier)

namespace {

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

Block* free_small[classes];
Block* free_runs;

// Where small blocks are cut from.
char* room = nullptr;
char* room_end = nullptr;
constexpr std::size_t more_room = 4 * page;

int class_of(std::size_t size) {
  int number = 0;
  while (size_of_class(number) < size) ++number;
  return number;
}

char* end_of(Block* run) { return reinterpret_cast<char*>(run) + run->size; }

void give_back_run(Block* run) {
  // To the first that is not wholly before it, and so touches it or comes after it.
  Block** at = &free_runs;
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
  for (Block** at = &free_runs; *at != nullptr; at = &(*at)->next) {
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
  const std::size_t grown = __builtin_wasm_memory_grow(0, size / page);
  // Memory that cannot grow is the end of the job, and a null that nobody expects would be written
  // through: address 0 is an ordinary address in WebAssembly.
  if (grown == SIZE_MAX) __builtin_trap();
  auto* const run = reinterpret_cast<Block*>(grown * page);
  run->size = size;
  return run;
}

Block* cut(std::size_t size) {
  if (room == nullptr) {
    constexpr std::uintptr_t mask = alignof(Block) - 1;
    room = reinterpret_cast<char*>((reinterpret_cast<std::uintptr_t>(&__heap_base) + mask) & ~mask);
    room_end = reinterpret_cast<char*>(__builtin_wasm_memory_size(0) * page);
  }
  if (static_cast<std::size_t>(room_end - room) < size) {
    room = reinterpret_cast<char*>(take_run(more_room));
    room_end = room + more_room;
  }
  auto* const block = reinterpret_cast<Block*>(room);
  room += size;
  block->size = size;
  return block;
}

Block* take_small(std::size_t size) {
  const int number = class_of(size);
  Block* const block = free_small[number];
  if (block == nullptr) return cut(size_of_class(number));
  free_small[number] = block->next;
  return block;
}

void* allocate(std::size_t bytes) {
  // Otherwise the sums below would come round to small ones.
  if (bytes > SIZE_MAX - 2 * page) __builtin_trap();
  const std::size_t size = bytes + sizeof(Block);
  Block* const block =
      size <= largest_small ? take_small(size) : take_run((size + page - 1) / page * page);
  return block + 1;
}

void release(void* bytes) {
  if (bytes == nullptr) return;
  Block* const block = static_cast<Block*>(bytes) - 1;
  if (block->size > largest_small) return give_back_run(block);
  Block*& list = free_small[class_of(block->size)];
  block->next = list;
  list = block;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }

// For Emscripten, to which 16 bytes are more than the ordinary alignment. Nothing here asks for
// more.
void* operator new(std::size_t size, std::align_val_t) { return allocate(size); }
void* operator new[](std::size_t size, std::align_val_t) { return allocate(size); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
