// The text of one token while nlohmann's lexer reads it, a character at a time.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace pos::json {

/// Takes the place of std::string in nlohmann's lexer. libc++ keeps std::string::push_back in its
/// library, and a call for every character was a quarter of the time of parsing in WebAssembly.
class TokenBuffer {
 public:
  using value_type = char;

  void push_back(char c) {
    // One byte always stays free, for the zero that data() promises.
    if (size_ + 1 == capacity_) [[unlikely]]
      grow();
    bytes_[size_++] = c;
  }
  void clear() { size_ = 0; }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

  /// The characters with a zero behind them, as the C library's number readers want them.
  char* data() {
    bytes_[size_] = '\0';
    return bytes_.get();
  }

 private:
  static constexpr std::size_t first_capacity = 256;

  /// Out of line: nlohmann's lexer has some hundred places that push a character.
  [[gnu::noinline]] void grow() {
    std::unique_ptr<char[]> larger(new char[2 * capacity_]);
    std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
    capacity_ *= 2;
  }

  std::size_t capacity_ = first_capacity;
  std::size_t size_ = 0;
  std::unique_ptr<char[]> bytes_{new char[first_capacity]};
};

}  // namespace pos::json
