// What the C and C++ runtimes would otherwise pull in. Their own versions of these functions print
// a message or end a process, which a module does through functions that it imports; ours trap, and
// the module imports nothing. Only in the wasm modules.

#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace {

[[noreturn]] void trap() { __builtin_trap(); }

void* allocate(std::size_t size) {
  // Memory that cannot grow any more is the end of the job, and a null that nobody expects would be
  // written through: address 0 is an ordinary address in WebAssembly.
  void* const memory = std::malloc(size);
  if (memory == nullptr) trap();
  return memory;
}

}  // namespace

// libc++'s own would ask a new-handler and then abort with a message.
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }

// Replacing operator new obliges us to replace these as well.
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

// nlohmann's lexer shows an unexpected byte as "<U+%.4X>". libc's printf would bring streams,
// floating point and a third of the module with it; this one knows hexadecimal, and nothing else is
// asked.
extern "C" int snprintf(char* out, std::size_t size, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  std::size_t length = 0;
  const auto put = [&](char c) {
    if (length + 1 < size) out[length] = c;
    ++length;
  };
  for (const char* at = format; *at != '\0'; ++at) {
    if (*at != '%') {
      put(*at);
      continue;
    }
    unsigned width = 0;
    for (++at; *at == '.' || (*at >= '0' && *at <= '9'); ++at) {
      if (*at != '.') width = width * 10 + static_cast<unsigned>(*at - '0');
    }
    if (*at != 'x' && *at != 'X') trap();
    const char* const digits = *at == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    const unsigned value = va_arg(arguments, unsigned);
    for (unsigned place = 8; place-- > 0;) {
      if (place < width || (value >> (4 * place)) != 0) put(digits[(value >> (4 * place)) & 0xF]);
    }
  }
  va_end(arguments);
  if (size > 0) out[length < size ? length : size - 1] = '\0';
  return static_cast<int>(length);
}

#if defined(__EMSCRIPTEN__)

// Emscripten's abort cannot be replaced, but it ends here; its own _Exit imports proc_exit.
extern "C" void _Exit(int) { trap(); }

// The memory's growth is told to an imported function, for JavaScript glue that we do not have.
extern "C" void emscripten_notify_memory_growth(std::size_t) {}

#else

// Debian builds compiler-rt's 128-bit division with stack protectors; wasi-libc's handler for them
// writes to a stream.
extern "C" {
extern std::size_t __stack_chk_guard;
std::size_t __stack_chk_guard = 0x5EC0DE5E;
[[noreturn]] void __stack_chk_fail() { trap(); }
}

// wasi-libc's own writes to a stream and exits the process.
extern "C" void abort() { trap(); }

// libc++ and libc++abi explain an abort on standard error before they do it.
_LIBCPP_BEGIN_NAMESPACE_STD
[[noreturn]] void __libcpp_verbose_abort(const char*, ...) noexcept { trap(); }
_LIBCPP_END_NAMESPACE_STD
extern "C" [[noreturn]] void __abort_message(const char*, ...) { trap(); }

#endif

// libc++abi's own explains itself before it aborts.
extern "C" [[noreturn]] void __cxa_pure_virtual() { trap(); }
