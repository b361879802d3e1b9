#include "simulate/crash.hpp"

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace simulate {
namespace {

// Written out before anything can go wrong: a handler of a signal may do next to nothing.
thread_local std::array<char, 128> last_words{};

void say_last_words(int signal) {
  const ssize_t written = write(STDERR_FILENO, last_words.data(), strlen(last_words.data()));
  static_cast<void>(written);
  static_cast<void>(std::signal(signal, SIG_DFL));
  static_cast<void>(raise(signal));
}

}  // namespace

void name_seed_of_crash() {
  for (const int each : {SIGABRT, SIGSEGV, SIGILL, SIGFPE, SIGBUS}) {
    static_cast<void>(std::signal(each, say_last_words));
  }
}

void now_running(std::uint64_t seed) {
  const int length = std::snprintf(last_words.data(), last_words.size(),
                                   "\nCRASHED: the core does not fail\n"
                                   "Again: npm run simulate -- --seed %llu\n",
                                   static_cast<unsigned long long>(seed));
  static_cast<void>(length);
}

}  // namespace simulate
