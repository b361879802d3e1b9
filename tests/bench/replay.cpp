// Plays a recorded job of the module that repairs, natively:
// pos_replay <file> <frames that are timed>. The file is frames, each behind its length (u32,
// little-endian). Writes one JSON object: the CPU that the first frames took, by how much the
// process has grown, and a digest of all that came out.
#include <sys/resource.h>  // which says whether this is glibc

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "jobs/repair_job.hpp"

namespace {

double cpu_ms() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

/// The most memory that the process has had. What getrusage says is inherited from whoever started
/// it, where Linux has it.
std::int64_t resident_bytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word != "VmHWM:") continue;
    std::int64_t kilobytes = 0;
    status >> kilobytes;
    return kilobytes * 1024;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

bool read_frame(std::ifstream& file, std::string& frame) {
  unsigned char size[4];
  if (!file.read(reinterpret_cast<char*>(size), 4)) return false;
  frame.resize(size[0] | std::size_t{size[1]} << 8 | std::size_t{size[2]} << 16 |
               std::size_t{size[3]} << 24);
  return static_cast<bool>(file.read(frame.data(), static_cast<std::streamsize>(frame.size())));
}

/// FNV-1a of 64 bits.
void digest_more(std::uint64_t& digest, const std::string& text) {
  for (const char c : text) {
    digest ^= static_cast<unsigned char>(c);
    digest *= 0x100000001b3;
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::fputs("usage: pos_replay <file> <frames that are timed>\n", stderr);
    return 2;
  }
#if defined(__GLIBC__)
  // As the modules' own allocator has it: what is freed is used again, not given back. A page costs
  // megabytes for a moment, and to have them zeroed each time was more than half of the time.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
  std::ifstream file(words[1], std::ios::binary);
  const long timed = std::strtol(words[2], nullptr, 10);
  std::string frame;
  // As large as any: what the job itself needs is what is counted.
  frame.resize(std::size_t{1} << 20, '\0');
  const std::int64_t before = resident_bytes();
  pos::jobs::RepairJob job;
  std::uint64_t digest = 0xcbf29ce484222325;
  double ms = 0;
  std::int64_t grown = 0;
  for (long number = 0; read_frame(file, frame); ++number) {
    const double began = cpu_ms();
    const std::string out =
        number == 0 ? pos::jobs::start(frame, job) : pos::jobs::step(job, frame);
    if (number < timed) ms += cpu_ms() - began;
    if (number + 1 == timed) grown = resident_bytes() - before;
    digest_more(digest, out);
  }
  std::printf("{\"ms\":%.3f,\"bytes\":%lld,\"digest\":\"%016llx\"}\n", ms,
              static_cast<long long>(grown), static_cast<unsigned long long>(digest));
  return 0;
}
