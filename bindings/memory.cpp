// The modules' allocator: operator new and delete over memory.grow, and nothing else; libc's is
// nine kilobytes. An instance lives for one job, so what counts is that freed memory is used again,
// not that it is given back. Only in the wasm modules.

#include <cstddef>
#include <cstdint>
#include <new>

#include "bindings/allocator.hpp"

// The linker's: behind all data and the stack.
extern "C" char __heap_base;  // NOLINT(bugprone-reserved-identifier)

namespace {

/// The module's linear memory.
struct Linear {
  [[noreturn]] static void exhausted() { __builtin_trap(); }
  static char* begin() { return &__heap_base; }
  static char* end() {
    return reinterpret_cast<char*>(__builtin_wasm_memory_size(0) * pos::memory::page);
  }
  static char* grow(std::size_t pages) {
    const std::size_t grown = __builtin_wasm_memory_grow(0, pages);
    // Memory that cannot grow is the end of the job, and an unexpected null would be
    // written through: address 0 is an ordinary address in WebAssembly.
    if (grown == SIZE_MAX) exhausted();
    return reinterpret_cast<char*>(grown * pos::memory::page);
  }
};

constinit pos::memory::Allocator<Linear> memory;

}  // namespace

void* operator new(std::size_t size) { return memory.allocate(size); }
void* operator new[](std::size_t size) { return memory.allocate(size); }
void operator delete(void* bytes) noexcept { memory.release(bytes); }
void operator delete[](void* bytes) noexcept { memory.release(bytes); }
void operator delete(void* bytes, std::size_t) noexcept { memory.release(bytes); }
void operator delete[](void* bytes, std::size_t) noexcept { memory.release(bytes); }

// For Emscripten, to which 16 bytes are more than the ordinary alignment. Nothing here asks for
// more.
void* operator new(std::size_t size, std::align_val_t) { return memory.allocate(size); }
void* operator new[](std::size_t size, std::align_val_t) { return memory.allocate(size); }
void operator delete(void* bytes, std::align_val_t) noexcept { memory.release(bytes); }
void operator delete[](void* bytes, std::align_val_t) noexcept { memory.release(bytes); }
void operator delete(void* bytes, std::size_t, std::align_val_t) noexcept { memory.release(bytes); }
void operator delete[](void* bytes, std::size_t, std::align_val_t) noexcept {
  memory.release(bytes);
}
