// What bindings/abi.h promises, natively: whoever breaks its rules is stopped, and nobody reads
// another job's bytes.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstring>
#include <string>

#include "bindings/abi.h"

namespace abi_test {

std::string lend(const std::string& bytes) {
  std::memcpy(pos_input(static_cast<std::uint32_t>(bytes.size())), bytes.data(), bytes.size());
  return bytes;
}

/// A frame without attachments.
std::string frame(const std::string& header) {
  const auto size = static_cast<std::uint32_t>(header.size());
  std::string bytes(4, '\0');
  std::memcpy(bytes.data(), &size, 4);
  return bytes + header;
}

std::string output(std::uint32_t size) {
  return {reinterpret_cast<const char*>(pos_output()), size};
}

std::string start(const std::string& header) {
  const std::string bytes = lend(frame(header));
  return output(pos_start(static_cast<std::uint32_t>(bytes.size())));
}

/// Whether a call ends the process that makes it, as it traps in a module.
template <typename Call>
bool aborts(Call call) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    call();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

const std::string ready =
    R"({"job":"http","route":"ready","path":{},"query":{},"body_bytes":0,"variables":{},"secrets":[],)"
    R"("id":"x","seed":"00000000000000000000000000000000","authorized":true,"token_problem":""})";

TEST_CASE("the module says which version of the contract it speaks") {
  CHECK(pos_abi_version() == 1);
}

TEST_CASE(
    "a frame that is larger than what was lent ends the host that wrote it, for it has written "
    "elsewhere") {
  const std::string bytes(100'000, ' ');
  lend(bytes);
  CHECK_FALSE(aborts([] { pos_start(100'000); }));
  CHECK(aborts([] { pos_start(100'001); }));
  CHECK(aborts([] { pos_step(100'001); }));
  // A smaller one was lent the same buffer, which is as large as it was.
  pos_input(10);
  CHECK_FALSE(aborts([] { pos_start(100'000); }));
  CHECK(aborts([] { pos_start(100'001); }));
}

TEST_CASE("the buffer that is lent stays where it is until a larger one is asked for") {
  std::uint8_t* const first = pos_input(200'000);
  std::memset(first, 7, 200'000);
  CHECK(pos_input(200'000) == first);
  CHECK(pos_input(1) == first);
  CHECK(first[199'999] == 7);
  std::uint8_t* const larger = pos_input(400'000);
  std::memset(larger, 8, 400'000);
  CHECK(pos_input(400'000) == larger);
  CHECK(larger[399'999] == 8);
}

TEST_CASE("a job that is started takes nothing over from the one before") {
  const std::string first = start(ready);
  CHECK(first.find("\"do\":\"d1\"") != std::string::npos);
  // In the middle of it: had the second one its state, it would go on, and not begin.
  CHECK(start(ready) == first);
  const std::string wrong = start("{");
  CHECK(wrong.find("\"do\":\"done\"") != std::string::npos);
  // What the one before waited for is nobody's any more.
  const std::size_t at = first.find("\"id\":") + 5;
  const std::string id = first.substr(at, first.find_first_of(",}", at) - at);
  const std::string outcome = lend(frame(R"({"elapsed_ms":0,"outcomes":[{"id":)" + id +
                                         R"(,"of":"d1","error":"no such table: x"}]})"));
  const std::string answer = output(pos_step(static_cast<std::uint32_t>(outcome.size())));
  CHECK(answer.find("\"do\"") == std::string::npos);
  // Of the job that it is for, it is not nothing.
  start(ready);
  lend(outcome);
  const std::string heard = output(pos_step(static_cast<std::uint32_t>(outcome.size())));
  CHECK(heard.find("\"do\"") != std::string::npos);
}

TEST_CASE("the output is that of the last call") {
  const std::string first = start(ready);
  const std::string statements = output(pos_statements());
  CHECK(statements.front() == '{');
  CHECK(statements.find("\"claim.take\"") != std::string::npos);
  CHECK(statements.find(first) == std::string::npos);
}

}  // namespace abi_test
