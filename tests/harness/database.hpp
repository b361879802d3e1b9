// A D1 for native tests: real SQLite with the real migrations, D1's limits, and a clock that the
// test sets.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/statements.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace world {

class Database {
 public:
  /// An in-memory database with every migration applied.
  Database();
  /// One with the files of migrations/ up to and including number `last`.
  explicit Database(int last);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// What `julianday('now')` is made of, in Unix milliseconds.
  std::int64_t now_ms = 1'795'000'000'000;
  /// Added to the clock after each statement of a batch: D1's statements do not share one now.
  std::int64_t drift_ms_per_statement = 0;
  /// What `randomblob()` is drawn from: the same number, the same blobs.
  std::uint64_t random_state = 1;

  /// Runs the statements in one transaction and returns the JSON that the shell would hand to the
  /// core: one array of rows per statement, a row being an array. Throws on an SQL error, with the
  /// transaction rolled back.
  std::string batch(const std::vector<pos::store::Statement>& statements,
                    const std::vector<std::string>& parameters);

  /// Runs plain SQL, as a producer or an operator with a console would.
  void execute(const std::string& sql);
  /// One statement with bound texts. It stays prepared, as those of the two below do.
  void execute(const std::string& sql, const std::vector<std::string>& parameters);
  /// The first column of the first row, "" for NULL or no row.
  std::string text(const std::string& sql);
  std::string text(const std::string& sql, const std::vector<std::string>& parameters);
  std::int64_t integer(const std::string& sql);
  std::int64_t integer(const std::string& sql, const std::vector<std::string>& parameters);
  /// The number of the newest migration file.
  [[nodiscard]] static int last_migration();
  /// Applies one migration file by its number.
  void migrate(int number);
  /// Forgets every row that is not there after the migrations: as new, but for what it costs.
  void empty();
  /// From now on a batch runs this text where the core asks for that statement.
  void replace(pos::store::Statement statement, const std::string& sql);

  /// Under this name another connection of this process sees the same tables.
  [[nodiscard]] const std::string& uri() const { return uri_; }
  /// What the last batch changed, one count of rows per statement.
  [[nodiscard]] const std::vector<int>& changes() const { return changes_; }

 private:
  sqlite3_stmt* prepare(std::string_view sql);
  sqlite3_stmt* kept(const std::string& sql);
  void note_tables() noexcept;
  std::string rows(sqlite3_stmt* statement, const std::vector<std::string>& parameters, int count);

  std::string uri_;
  sqlite3* handle_ = nullptr;
  std::array<sqlite3_stmt*, pos::store::statement_limit> prepared_{};
  std::unordered_map<std::string, sqlite3_stmt*> kept_;
  std::vector<int> changes_;
};

}  // namespace world
