#include "store/refusal.hpp"

namespace pos::store {

bool is_of_content(std::string_view error) {
  // SQLite, "Result and Error Codes", and the words that go with them; D1 passes on both.
  constexpr std::string_view signs[] = {"SQLITE_TOOBIG",     "too big",         "SQLITE_CONSTRAINT",
                                        "constraint failed", "SQLITE_MISMATCH", "datatype mismatch",
                                        "malformed JSON",    "integer overflow"};
  for (const std::string_view sign : signs) {
    if (error.find(sign) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace pos::store
