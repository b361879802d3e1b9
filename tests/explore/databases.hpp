// Databases as values. Each is numbered by its content, and what a batch makes of one is worked out
// on real SQLite once and remembered: a million schedules need a few thousand transactions.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "explore/interned.hpp"
#include "harness/database.hpp"
#include "io/command.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace explore {

using DbId = std::uint32_t;
using BatchId = std::uint32_t;

/// A statement's text with a clause taken out of it, or another put in its place.
struct Patch {
  std::string statement;  // by its name in the catalogue; "" means every statement with that clause
  std::string clause;
  std::string instead;
};

/// How the database differs from the one that the migrations make.
struct Schema {
  std::string sql;      // run after the migrations
  std::string adopted;  // rows of the oldest schema, that the later migrations find
  std::vector<Patch> patches;
  bool past = false;  // what is repaired is part of it, too
};

/// A row of one table: its columns, the key's first, numbers as text. The audit's id is not among
/// them, but the last one says how many lines of the same order are older: more does not follow.
/// The same holds for the log of repairs.
struct Row {
  std::uint8_t table = 0;
  std::vector<std::optional<std::string>> columns;
};

enum class Table : std::uint8_t {
  queue = 0,
  claims = 1,
  ledger = 2,
  audit = 3,
  accounts = 4,
  cursors = 5,
  sequence = 6,  // the queue's next id
  events = 7,    // of webhooks
  codes = 8,     // that nobody has seen before
  hosts = 9,     // claims of the host's, which no statement of ours names
  // Only where the past is repaired.
  repairs = 10,
  repair_log = 11,
  repair_orders = 12,
  groups = 13,  // of an audit
  audits = 14,
  places = 15,  // of an audit
};
constexpr std::size_t table_count = 16;
constexpr std::size_t tables_of_a_push = 10;

class Databases {
 public:
  /// Throws if a patch does not fit: an ablation that removes nothing proves nothing.
  Databases(Texts& texts, const Schema& schema);
  ~Databases();
  Databases(const Databases&) = delete;
  Databases& operator=(const Databases&) = delete;

  struct Answer {
    DbId after = 0;
    TextId results = 0;     // the JSON that the shell would hand to the core
    std::string refused;    // SQLite's words, where it refuses the batch; nothing is changed then
    bool disturbs = false;  // it has changed a claim of the host's, or of a stranger
  };

  [[nodiscard]] DbId fresh() const { return fresh_; }
  /// The number of a batch by its content.
  BatchId batch(const pos::io::D1Command& command);
  [[nodiscard]] const pos::io::D1Command& command(BatchId id) const { return batches_[id]; }

  /// Runs the batch at that time of D1's clock, which moves on by `drift_ms` behind each statement.
  const Answer& run(DbId before, BatchId batch, std::int64_t now_ms, std::int64_t drift_ms);
  /// Runs plain SQL, as a producer or an operator with a console would.
  const Answer& edit(DbId before, const std::string& sql, std::int64_t now_ms);

  /// The database without its history: no audit but an operator's marks, no calls that are over, no
  /// times of rows' making.
  /// The core's tick behaves on one as on the other, and many histories have one essence.
  DbId essence(DbId id);

  /// The database with its rows as `change` leaves the list of them.
  template <typename Change>
  DbId with_rows(DbId id, Change change) {
    std::vector<Row> rows;
    for (const std::uint32_t number : databases_[id]) rows.push_back(rows_[number]);
    change(rows);
    std::vector<std::uint32_t> numbers;
    numbers.reserve(rows.size());
    for (const Row& each : rows) numbers.push_back(number_of(each));
    return number_of(std::move(numbers));
  }

  [[nodiscard]] const std::vector<std::uint32_t>& rows_of(DbId id) const { return databases_[id]; }
  [[nodiscard]] const std::vector<Row>& all_rows() const { return rows_; }
  [[nodiscard]] const Row& row(std::uint32_t number) const { return rows_[number]; }

  [[nodiscard]] std::size_t count() const { return databases_.size(); }
  [[nodiscard]] std::size_t batches_run() const { return answers_.size(); }
  /// How often each statement ran, and how often it read or changed something.
  [[nodiscard]] const std::array<std::uint64_t, pos::store::statement_limit>& ran() const {
    return ran_;
  }
  [[nodiscard]] const std::array<std::uint64_t, pos::store::statement_limit>& mattered() const {
    return mattered_;
  }

 private:
  struct Access {
    sqlite3_stmt* read = nullptr;
    sqlite3_stmt* insert = nullptr;
    sqlite3_stmt* remove = nullptr;
  };

  void load(DbId id);
  DbId store();
  /// Its claims of others, by their numbers.
  [[nodiscard]] std::vector<std::uint32_t> others_claims(DbId id) const;
  std::uint32_t number_of(const Row& row);
  DbId number_of(std::vector<std::uint32_t> rows);
  void prepare();
  void change(sqlite3_stmt* statement, const Row& row, std::size_t columns);
  void count_what_mattered(const pos::io::D1Command& command, const std::string& results);

  static std::unique_ptr<world::Database> made(const Schema& schema);

  Texts& texts_;
  std::size_t tables_;  // those that are part of the value
  std::unique_ptr<world::Database> made_;
  world::Database& database_;
  sqlite3* loader_ = nullptr;  // of the same tables, without triggers
  std::array<Access, table_count> access_{};
  DbId loaded_ = 0;
  DbId fresh_ = 0;

  std::vector<Row> rows_;
  std::unordered_map<std::string, std::uint32_t> row_numbers_;
  std::vector<std::vector<std::uint32_t>> databases_;
  std::unordered_map<std::vector<std::uint32_t>, DbId, HashOfNumbers> database_numbers_;
  std::unordered_map<std::uint32_t, std::uint32_t> essences_;  // of rows
  std::vector<pos::io::D1Command> batches_;
  std::unordered_map<std::string, BatchId> batch_numbers_;
  std::unordered_map<std::array<std::uint64_t, 3>, Answer, HashOfNumbers> answers_;
  std::unordered_map<std::array<std::uint64_t, 3>, Answer, HashOfNumbers> edits_;
  std::array<std::uint64_t, pos::store::statement_limit> ran_{};
  std::array<std::uint64_t, pos::store::statement_limit> mattered_{};
};

}  // namespace explore
