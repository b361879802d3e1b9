// What the C and C++ runtimes would otherwise pull in. Their own versions of these functions print
// a message or end a process, which a module does through functions that it imports; ours trap, and
// the module imports nothing. Others are here because the runtimes' are large and we need next to
// nothing of them. Only in the wasm modules.

#include <cstdint>
#include <cstdlib>

#include "bindings/digits.hpp"

namespace {

[[noreturn]] void trap() { __builtin_trap(); }

}  // namespace

extern "C" {

unsigned long long __wrap_strtoull(const char* text, char** end, int) {
  return pos::digits::read(text, end, UINT64_MAX);
}

// The lexer comes here only with a minus in front.
long long __wrap_strtoll(const char* text, char** end, int) {
  return pos::digits::read_negative(text, end);
}

}  // extern "C"

#if defined(__EMSCRIPTEN__)

// Emscripten's abort cannot be replaced, but it ends here; its own _Exit imports proc_exit.
extern "C" void _Exit(int) { trap(); }

#else

// wasi-libc's own writes to a stream and exits the process.
extern "C" void abort() { trap(); }

// libc++ and libc++abi explain an abort on standard error before they do it.
_LIBCPP_BEGIN_NAMESPACE_STD
[[noreturn]] void __libcpp_verbose_abort(const char*, ...) noexcept { trap(); }
_LIBCPP_END_NAMESPACE_STD
extern "C" [[noreturn]] void __abort_message(const char*, ...) { trap(); }

#endif

// What type infos begin with. Those of the exceptions that nlohmann makes come out of libc++abi,
// and with them three kilobytes of what nothing here can ask for: it is all built without them.
extern "C" {
extern const void* const class_type_info[3] __asm__("_ZTVN10__cxxabiv117__class_type_infoE");
const void* const class_type_info[3] = {};
extern const void* const si_class_type_info[3] __asm__("_ZTVN10__cxxabiv120__si_class_type_infoE");
const void* const si_class_type_info[3] = {};
}

// libc++abi's own explains itself before it aborts.
extern "C" [[noreturn]] void __cxa_pure_virtual() { trap(); }
