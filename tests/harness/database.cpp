#include "harness/database.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>

#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "harness/history.hpp"

namespace world {
namespace {

/// julianday() for the world's clock; texts other than 'now' go to SQLite's own, on a connection
/// that nobody has overridden.
void julianday(sqlite3_context* context, int count, sqlite3_value** values) {
  auto* self = static_cast<Database*>(sqlite3_user_data(context));
  const auto* text = count > 0 ? sqlite3_value_text(values[0]) : nullptr;
  if (text == nullptr) return sqlite3_result_null(context);
  if (std::string_view(reinterpret_cast<const char*>(text)) == "now") {
    // As SQLite computes it: of whole milliseconds.
    return sqlite3_result_double(context,
                                 static_cast<double>(self->now_ms + 210866760000000) / 86400000.0);
  }
  sqlite3* plain = nullptr;
  sqlite3_stmt* statement = nullptr;
  sqlite3_open(":memory:", &plain);
  sqlite3_prepare_v2(plain, "SELECT julianday(?1)", -1, &statement, nullptr);
  sqlite3_bind_value(statement, 1, values[0]);
  sqlite3_step(statement);
  sqlite3_result_value(context, sqlite3_column_value(statement, 0));
  sqlite3_finalize(statement);
  sqlite3_close(plain);
}

/// CURRENT_TIMESTAMP by the world's clock, in whole seconds as SQLite's own.
void current_timestamp(sqlite3_context* context, int /*count*/, sqlite3_value** /*values*/) {
  auto* self = static_cast<Database*>(sqlite3_user_data(context));
  const std::time_t seconds = static_cast<std::time_t>(self->now_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  sqlite3_result_text(context, text, static_cast<int>(size), SQLITE_TRANSIENT);
}

/// randomblob(), in an order that the test repeats.
void randomblob(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
  auto* self = static_cast<Database*>(sqlite3_user_data(context));
  std::string blob(static_cast<std::size_t>(std::max(1, sqlite3_value_int(values[0]))), '\0');
  for (char& each : blob) {
    self->random_state = self->random_state * 6364136223846793005ULL + 1442695040888963407ULL;
    each = static_cast<char>(self->random_state >> 56);
  }
  sqlite3_result_blob(context, blob.data(), static_cast<int>(blob.size()), SQLITE_TRANSIENT);
}

/// workerd's limits (its src/util/sqlite.c++), so that native is no more lenient than D1.
void limit_like_d1(sqlite3* handle) {
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, 4 << 20);
  sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, 100'000);
  sqlite3_limit(handle, SQLITE_LIMIT_COLUMN, 100);
  sqlite3_limit(handle, SQLITE_LIMIT_EXPR_DEPTH, 100);
  sqlite3_limit(handle, SQLITE_LIMIT_COMPOUND_SELECT, 5);
  sqlite3_limit(handle, SQLITE_LIMIT_VDBE_OP, 25'000);
  sqlite3_limit(handle, SQLITE_LIMIT_FUNCTION_ARG, 32);
  sqlite3_limit(handle, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50);
  sqlite3_limit(handle, SQLITE_LIMIT_VARIABLE_NUMBER, 100);
  sqlite3_limit(handle, SQLITE_LIMIT_TRIGGER_DEPTH, 10);
}

void write_column(pos::json::Writer& out, sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      out.integer(sqlite3_column_int64(statement, column));
      return;
    case SQLITE_NULL:
      out.null();
      return;
    case SQLITE_FLOAT: {
      std::ostringstream text;
      text << sqlite3_column_double(statement, column);
      out.raw(text.str());
      return;
    }
    default:
      out.string({reinterpret_cast<const char*>(sqlite3_column_text(statement, column)),
                  static_cast<std::size_t>(sqlite3_column_bytes(statement, column))});
  }
}

/// The catalogue is written out once, as the shell does it.
const std::string& prepared_text(pos::store::Statement statement) {
  static const auto texts = [] {
    std::vector<std::string> all(pos::store::statement_limit);
    for (const pos::store::Part part : pos::store::parts()) {
      for (const pos::store::Entry& each : part) {
        all[static_cast<std::size_t>(each.statement)] = pos::store::sql_of(each.statement);
      }
    }
    return all;
  }();
  return texts[static_cast<std::size_t>(statement)];
}

/// Databases as the migrations have left them, by the last of these: what costs most of a test is
/// copied, and not done once more.
class Templates {
 public:
  Templates() = default;
  Templates(const Templates&) = delete;
  Templates& operator=(const Templates&) = delete;
  ~Templates() {
    for (const auto& [last, kept] : known_) sqlite3_close(kept);
  }

  /// Fills an empty database; false if there is none to copy from yet.
  bool copy(int last, sqlite3* target) {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(last);
    if (found == known_.end()) return false;
    fill(target, found->second);
    return true;
  }
  void keep(int last, sqlite3* source) {
    const std::lock_guard lock(mutex_);
    sqlite3*& kept = known_[last];
    if (kept != nullptr) return;
    sqlite3_open(":memory:", &kept);
    fill(kept, source);
  }

 private:
  static void fill(sqlite3* target, sqlite3* source) {
    sqlite3_backup* backup = sqlite3_backup_init(target, "main", source, "main");
    if (backup == nullptr) throw std::runtime_error(sqlite3_errmsg(target));
    const int ended = sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
    if (ended != SQLITE_DONE) throw std::runtime_error("a database could not be copied");
  }

  std::mutex mutex_;
  std::map<int, sqlite3*> known_;
};

Templates& templates() {
  static Templates all;
  return all;
}

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Database::Database() : Database(last_migration()) {}

int Database::last_migration() {
  const std::filesystem::path folder = std::filesystem::path(POS_SYNC_SOURCE_DIR) / "migrations";
  int last = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    last = std::max(last, std::atoi(entry.path().filename().string().c_str()));
  }
  return last;
}

Database::Database(int last) {
  static std::atomic<int> opened = 0;
  uri_ = "file:world-" + std::to_string(opened++) + "?mode=memory&cache=shared";
  sqlite3_open_v2(uri_.c_str(), &handle_,
                  SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, nullptr);
  limit_like_d1(handle_);
  sqlite3_create_function(handle_, "julianday", 1, SQLITE_UTF8, this, julianday, nullptr, nullptr);
  sqlite3_create_function(handle_, "current_timestamp", 0, SQLITE_UTF8, this, current_timestamp,
                          nullptr, nullptr);
  sqlite3_create_function(handle_, "randomblob", 1, SQLITE_UTF8, this, randomblob, nullptr,
                          nullptr);
  if (templates().copy(last, handle_)) return;
  for (int number = 1; number <= last; ++number) migrate(number);
  templates().keep(last, handle_);
}

// What stands in it now, table by table.
void Database::note_tables() noexcept {
  try {
    std::vector<std::string> names;
    sqlite3_stmt* list = prepare(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY "
        "name");
    while (sqlite3_step(list) == SQLITE_ROW) {
      names.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(list, 0)));
    }
    sqlite3_finalize(list);
    for (const std::string& each : names) {
      sqlite3_stmt* all = prepare("SELECT * FROM \"" + each + "\"");
      const std::string found = rows(all, {}, 0);
      sqlite3_finalize(all);
      if (found != "[]") on_history(pos::concat("table ", each, " ", found));
    }
  } catch (const std::exception& error) {
    on_history(error.what());
  }
}

Database::~Database() {
  if (on_history) note_tables();
  for (sqlite3_stmt* each : prepared_) sqlite3_finalize(each);
  for (const auto& [sql, statement] : kept_) sqlite3_finalize(statement);
  sqlite3_close_v2(handle_);
}

void Database::migrate(int number) {
  const std::filesystem::path folder = std::filesystem::path(POS_SYNC_SOURCE_DIR) / "migrations";
  std::string prefix = std::to_string(number);
  prefix.insert(0, 4 - prefix.size(), '0');
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().rfind(prefix + "_", 0) == 0) {
      execute(file_text(entry.path()));
      return;
    }
  }
  throw std::out_of_range("no migration " + prefix);
}

void Database::execute(const std::string& sql) {
  char* message = nullptr;
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &message) != SQLITE_OK) {
    const std::string words = message != nullptr ? message : "SQL error";
    sqlite3_free(message);
    throw std::runtime_error(words);
  }
}

void Database::execute(const std::string& sql, const std::vector<std::string>& parameters) {
  static_cast<void>(rows(kept(sql), parameters, static_cast<int>(parameters.size())));
}

void Database::empty() {
  execute(
      "DELETE FROM pos_sync_queue; DELETE FROM pos_sync_claims; "
      "DELETE FROM pos_sync_ledger; DELETE FROM pos_sync_audit; DELETE FROM sqlite_sequence; "
      "DELETE FROM pos_accounts WHERE restaurant_id <> '' OR provider <> 'square'; "
      "UPDATE pos_accounts SET location_id = NULL, token = NULL, state = 'active', "
      "paused_until = 0, pause_reason = '', pause_detail = '', unknown_run = 0, breaker_opens = 0, "
      "refresh_token = NULL, token_version = 0, token_expires_at = NULL, token_renewed_at = NULL, "
      "renewal_holder = '', renewal_at = 0, renewal_error = '', pace = 0, refused_since = NULL, "
      "refusal = '', "
      "refusal_run = 0, refusal_began_at = NULL, served_at = NULL; "
      "DELETE FROM pos_sync_unknown_codes; DELETE FROM pos_webhook_events; "
      "DELETE FROM pos_repairs; DELETE FROM pos_repair_orders; DELETE FROM pos_repair_log; "
      "UPDATE pos_sync_cursors SET position = ''");
}

sqlite3_stmt* Database::kept(const std::string& sql) {
  const auto known = kept_.find(sql);
  if (known != kept_.end()) return known->second;
  return kept_[sql] = prepare(sql);
}

sqlite3_stmt* Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr) !=
      SQLITE_OK) {
    throw std::runtime_error(std::string(sqlite3_errmsg(handle_)) + " in " + std::string(sql));
  }
  return statement;
}

void Database::replace(pos::store::Statement statement, const std::string& sql) {
  sqlite3_stmt*& place = prepared_[static_cast<std::size_t>(statement)];
  sqlite3_finalize(place);
  place = nullptr;
  place = prepare(sql);
}

std::string Database::rows(sqlite3_stmt* statement, const std::vector<std::string>& parameters,
                           int count) {
  for (int i = 0; i < count; ++i) {
    const std::string& value = parameters.at(static_cast<std::size_t>(i));
    sqlite3_bind_text(statement, i + 1, value.data(), static_cast<int>(value.size()),
                      SQLITE_STATIC);
  }
  pos::json::Writer out;
  out.begin_array();
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    out.begin_array();
    for (int i = 0; i < sqlite3_column_count(statement); ++i) write_column(out, statement, i);
    out.end_array();
  }
  out.end_array();
  const std::string words = sqlite3_errmsg(handle_);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (code != SQLITE_DONE) throw std::runtime_error(words + " in " + sqlite3_sql(statement));
  return out.take();
}

std::string Database::batch(const std::vector<pos::store::Statement>& statements,
                            const std::vector<std::string>& parameters) {
  pos::json::Writer out;
  out.begin_array();
  changes_.clear();
  execute("BEGIN", {});
  try {
    for (const pos::store::Statement each : statements) {
      sqlite3_stmt*& statement = prepared_[static_cast<std::size_t>(each)];
      if (statement == nullptr) statement = prepare(prepared_text(each));
      const int before = sqlite3_total_changes(handle_);
      out.raw(rows(statement, parameters, pos::store::parameters_of(each)));
      changes_.push_back(sqlite3_total_changes(handle_) - before);
      now_ms += drift_ms_per_statement;
    }
  } catch (...) {
    execute("ROLLBACK", {});
    throw;
  }
  execute("COMMIT", {});
  out.end_array();
  if (on_history) on_history(out.text());
  return out.take();
}

std::string Database::text(const std::string& sql, const std::vector<std::string>& parameters) {
  sqlite3_stmt* statement = kept(sql);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    sqlite3_bind_text(statement, static_cast<int>(i) + 1, parameters[i].data(),
                      static_cast<int>(parameters[i].size()), SQLITE_STATIC);
  }
  std::string value;
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) {
    const auto* found = sqlite3_column_text(statement, 0);
    if (found != nullptr) value = reinterpret_cast<const char*>(found);
  }
  const std::string words = sqlite3_errmsg(handle_);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE) throw std::runtime_error(words + " in " + sql);
  return value;
}

std::int64_t Database::integer(const std::string& sql, const std::vector<std::string>& parameters) {
  const std::string value = text(sql, parameters);
  return value.empty() ? 0 : std::stoll(value);
}

std::string Database::text(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    throw std::runtime_error(std::string(sqlite3_errmsg(handle_)) + " in " + sql);
  }
  std::string value;
  if (sqlite3_step(statement) == SQLITE_ROW) {
    const auto* found = sqlite3_column_text(statement, 0);
    if (found != nullptr) value = reinterpret_cast<const char*>(found);
  }
  sqlite3_finalize(statement);
  return value;
}

std::int64_t Database::integer(const std::string& sql) {
  const std::string value = text(sql);
  return value.empty() ? 0 : std::stoll(value);
}

}  // namespace world
