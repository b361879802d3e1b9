#include "explore/databases.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "base/json/value.hpp"

namespace explore {
namespace {

struct Shape {
  std::string_view table;
  std::string_view columns;
  std::size_t keys;
  std::string_view where;    // which of the table's rows are part of the value
  std::string_view place{};  // where a row stands among others, instead of the number it has
};

/// Of the columns of pos_sync_audit.
constexpr std::size_t event_of_a_line = 4;

constexpr std::array<Shape, table_count> shapes = {{
    {"pos_sync_queue",
     "id, order_id, provider, restaurant_id, revision, payload, status, attempts, "
     "next_attempt_at, external_order_id, external_payment_id, last_error, created_at, updated_at",
     1, ""},
    {"pos_sync_claims",
     "claim_key, holder, claimed_at, lease_until, settled_at, row_id, order_id, provider, "
     "revision, takeovers",
     1, ""},
    {"pos_sync_ledger",
     "order_id, provider, revision, restaurant_id, fingerprint, request, first_sent_at, "
     "last_sent_at, in_doubt_since, look_because, absent_at, booked_at, external_order_id, "
     "external_payment_id, total_differs, refused_at, refusals",
     3, ""},
    {"pos_sync_audit",
     "order_id, provider, revision, token, event, at, actor, from_status, to_status, detail", 5, "",
     "(SELECT count(*) FROM pos_sync_audit older WHERE older.order_id = pos_sync_audit.order_id "
     "AND older.provider = pos_sync_audit.provider "
     "AND older.revision = pos_sync_audit.revision AND older.id < pos_sync_audit.id)"},
    {"pos_accounts",
     "restaurant_id, provider, location_id, token, state, paused_until, pause_reason, "
     "unknown_run, breaker_opens, refresh_token, token_version, token_expires_at, "
     "token_renewed_at, renewal_holder, renewal_at, renewal_error, pace, pause_detail, "
     "refused_since, refusal, refusal_run, refusal_began_at, served_at, "
     "created_at, updated_at, name, email, language, time_zone",
     2, ""},
    {"pos_sync_cursors", "name, position", 1, ""},
    {"sqlite_sequence", "name, seq", 1, " WHERE name = 'pos_sync_queue'"},
    {"pos_webhook_events", "event_id, type, location_id, external_order_id, taken_by, received_at",
     1, ""},
    {"pos_sync_unknown_codes", "code, seen, first_seen_at, last_seen_at", 1, ""},
    {"cron_idempotency_claims", "claim_key, claimed_at", 1, ""},
    {"pos_repairs",
     "provider, action, target, audit_id, group_id, restaurant_id, location_id, "
     "external_order_id, survivor_order_id, amount, currency, fee, source_type, approved_by, "
     "state, reason, generation, request, first_sent_at, last_sent_at, in_doubt_since, "
     "look_because, absent_at, external_refund_id, attempts, next_attempt_at, holder, claimed_at, "
     "lease_until, done_at, created_at, updated_at, told_by, approved, approved_role, approved_at, "
     "seal",
     3, ""},
    {"pos_repair_log", "target, token, event, audit_id, at, actor, from_state, to_state, detail", 3,
     "",
     "(SELECT count(*) FROM pos_repair_log older WHERE older.target = pos_repair_log.target "
     "AND older.id < pos_repair_log.id)"},
    {"pos_repair_orders",
     "provider, external_order_id, group_key, role, audit_id, group_id, approved_at", 2, ""},
    {"pos_audit_groups",
     "audit_id, group_id, edition, location_id, restaurant_id, confidence, first_at, plan, "
     "approved_at, approved_by",
     2, ""},
    {"pos_audits",
     "id, provider, from_at, to_at, window_ms, edition, amended, actor, why_again, asked, "
     "approved_at, created_at",
     1, ""},
    {"pos_audit_places",
     "audit_id, location_id, restaurant_id, edition, step, cursor, name, email, language, "
     "time_zone, currency, pages, orders, payments, groups, figures, fingerprint, notes, holder, "
     "lease_until, next_attempt_at, attempts, last_error, failures, failing_since, refusals, "
     "refused_since, left_out_at, left_out_by, left_out_because, began_at, updated_at",
     2, ""},
}};

// What a host may have among its claims, in whatever state: dated, without a date, with one that is
// none, and those of its older pusher for the very orders of a world.
constexpr const char* hosts_claims =
    "INSERT INTO cron_idempotency_claims (claim_key, claimed_at) VALUES "
    "('payout:2026-W48', NULL), ('digest', 'soon'), ('tick:A.1', 1), ('', ''), "
    "('pos-sync:A1:square', '2026-10-01 03:00:00'), "
    "('pos-sync:A1:square:2026-11-18', '2026-11-18 23:59:59')";

// More rows than any exploration meets.
constexpr std::int64_t rows_most = 1'000'000'000;

std::size_t column_count(const Shape& shape) {
  return 1 + static_cast<std::size_t>(std::count(shape.columns.begin(), shape.columns.end(), ','));
}

/// "a, b, c" -> "a = ?1 AND b = ?2"
std::string key_clause(const Shape& shape) {
  std::string clause;
  std::size_t at = 0;
  for (std::size_t i = 1; i <= shape.keys; ++i) {
    const std::size_t end = std::min(shape.columns.find(',', at), shape.columns.size());
    if (i > 1) clause += " AND ";
    clause.append(shape.columns.substr(at, end - at)).append(" = ?").append(std::to_string(i));
    at = end + 2;
  }
  return clause;
}

std::string insert_text(const Shape& shape) {
  std::string text = "INSERT INTO ";
  text.append(shape.table).append(" (").append(shape.columns);
  if (!shape.place.empty()) text += ", id";
  text += ") VALUES (";
  const std::size_t count = column_count(shape) + (shape.place.empty() ? 0 : 1);
  for (std::size_t i = 1; i <= count; ++i) {
    text += (i > 1 ? ", ?" : "?") + std::to_string(i);
  }
  return text + ")";
}

/// One text for a row, different for different rows.
std::string spelled(const Row& row) {
  std::string text(1, static_cast<char>('a' + row.table));
  for (const auto& column : row.columns) {
    text += '\x1f';
    text += column ? *column : std::string("\x1e");
  }
  return text;
}

sqlite3_stmt* prepared(sqlite3* handle, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK) {
    throw std::runtime_error(std::string(sqlite3_errmsg(handle)) + " in " + sql);
  }
  return statement;
}

std::vector<std::pair<pos::store::Statement, std::string_view>> every_statement() {
  std::vector<std::pair<pos::store::Statement, std::string_view>> all;
  for (const pos::store::Part part : pos::store::parts()) {
    for (const pos::store::Entry& each : part) all.emplace_back(each.statement, each.name);
  }
  return all;
}

void patch(world::Database& database, const std::vector<Patch>& patches) {
  std::vector<bool> fits(patches.size(), false);
  for (const auto& [statement, name] : every_statement()) {
    std::string sql = pos::store::sql_of(statement);
    bool changed = false;
    for (std::size_t p = 0; p < patches.size(); ++p) {
      const Patch& each = patches[p];
      if (!each.statement.empty() && each.statement != name) continue;
      for (std::size_t at = sql.find(each.clause); at != std::string::npos;
           at = sql.find(each.clause, at + each.instead.size())) {
        sql.replace(at, each.clause.size(), each.instead);
        fits[p] = changed = true;
      }
    }
    if (changed) database.replace(statement, sql);
  }
  for (std::size_t p = 0; p < patches.size(); ++p) {
    if (!fits[p]) throw std::runtime_error("no statement has the clause " + patches[p].clause);
  }
}

}  // namespace

std::unique_ptr<world::Database> Databases::made(const Schema& schema) {
  if (schema.adopted.empty()) return std::make_unique<world::Database>();
  auto old = std::make_unique<world::Database>(1);
  old->execute(schema.adopted);
  for (int number = 2; number <= world::Database::last_migration(); ++number) old->migrate(number);
  return old;
}

Databases::Databases(Texts& texts, const Schema& schema)
    : texts_(texts),
      tables_(schema.past ? table_count : tables_of_a_push),
      made_(made(schema)),
      database_(*made_) {
  database_.execute(hosts_claims);
  if (!schema.sql.empty()) database_.execute(schema.sql);
  patch(database_, schema.patches);
  sqlite3_open_v2(database_.uri().c_str(), &loader_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI,
                  nullptr);
  // What is loaded has been through its triggers already.
  sqlite3_db_config(loader_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  // The sequence has a row once something was inserted.
  database_.execute(
      "INSERT INTO sqlite_sequence (name, seq) SELECT 'pos_sync_queue', 0 WHERE NOT EXISTS "
      "(SELECT 1 FROM sqlite_sequence WHERE name = 'pos_sync_queue')");
  // A column that is not part of the value would be lost between two moves.
  for (std::size_t i = 0; i < tables_; ++i) {
    const Shape& shape = shapes[i];
    const std::int64_t there = database_.integer("SELECT count(*) FROM pragma_table_info('" +
                                                 std::string(shape.table) + "')");
    const std::size_t mine = column_count(shape) + (shape.place.empty() ? 0 : 1);
    if (there != static_cast<std::int64_t>(mine)) {
      throw std::runtime_error(std::string(shape.table) + " has columns that are not read here");
    }
  }
  prepare();
  fresh_ = loaded_ = store();
}

Databases::~Databases() {
  for (const Access& each : access_) {
    sqlite3_finalize(each.read);
    sqlite3_finalize(each.insert);
    sqlite3_finalize(each.remove);
  }
  sqlite3_close_v2(loader_);
}

void Databases::prepare() {
  for (std::size_t i = 0; i < tables_; ++i) {
    const Shape& shape = shapes[i];
    std::string read = "SELECT ";
    read.append(shape.columns);
    if (!shape.place.empty()) read.append(", ").append(shape.place);
    read.append(" FROM ").append(shape.table).append(shape.where);
    std::string remove = "DELETE FROM ";
    remove.append(shape.table).append(" WHERE ").append(key_clause(shape));
    access_[i] = {prepared(loader_, read), prepared(loader_, insert_text(shape)),
                  prepared(loader_, remove)};
  }
}

BatchId Databases::batch(const pos::io::D1Command& command) {
  std::string content;
  for (const pos::store::Statement each : command.statements) {
    content += static_cast<char>(each);
  }
  for (const std::string& each : command.parameters) content += '\x1f' + each;
  const auto [found, is_new] =
      batch_numbers_.emplace(std::move(content), static_cast<BatchId>(batches_.size()));
  if (is_new) batches_.push_back(command);
  return found->second;
}

const Databases::Answer& Databases::run(DbId before, BatchId batch, std::int64_t now_ms,
                                        std::int64_t drift_ms) {
  const std::array<std::uint64_t, 3> key = {(std::uint64_t{before} << 32) | batch,
                                            static_cast<std::uint64_t>(now_ms),
                                            static_cast<std::uint64_t>(drift_ms)};
  const auto found = answers_.find(key);
  if (found != answers_.end()) return found->second;

  load(before);
  database_.now_ms = now_ms;
  database_.drift_ms_per_statement = drift_ms;
  Answer answer;
  const pos::io::D1Command& command = batches_[batch];
  try {
    const std::string results = database_.batch(command.statements, command.parameters);
    answer.results = texts_.id(results);
    count_what_mattered(command, results);
    answer.after = store();
    answer.disturbs = others_claims(before) != others_claims(answer.after);
  } catch (const std::runtime_error& error) {
    answer.refused = error.what();
    answer.after = before;
  }
  loaded_ = answer.after;
  return answers_.emplace(key, std::move(answer)).first->second;
}

const Databases::Answer& Databases::edit(DbId before, const std::string& sql, std::int64_t now_ms) {
  const std::array<std::uint64_t, 3> key = {before, texts_.id(sql),
                                            static_cast<std::uint64_t>(now_ms)};
  const auto found = edits_.find(key);
  if (found != edits_.end()) return found->second;
  load(before);
  database_.now_ms = now_ms;
  Answer answer;
  try {
    database_.execute(sql);
  } catch (const std::runtime_error& error) {
    answer.refused = error.what();
  }
  answer.after = loaded_ = store();
  return edits_.emplace(key, std::move(answer)).first->second;
}

void Databases::count_what_mattered(const pos::io::D1Command& command, const std::string& results) {
  pos::json::Document document;
  if (!document.parse(results)) throw std::logic_error(document.error());
  pos::json::Value rows = document.root().first();
  for (std::size_t i = 0; i < command.statements.size(); ++i) {
    const auto statement = static_cast<std::size_t>(command.statements[i]);
    ++ran_[statement];
    if (rows.size() > 0 || database_.changes()[i] > 0) ++mattered_[statement];
    rows = rows.next();
  }
}

void Databases::change(sqlite3_stmt* statement, const Row& row, std::size_t columns) {
  for (std::size_t i = 0; i < columns; ++i) {
    const auto& column = row.columns[i];
    const int place = static_cast<int>(i) + 1;
    // Text becomes a number where the column is one.
    if (column) {
      sqlite3_bind_text(statement, place, column->data(), static_cast<int>(column->size()),
                        SQLITE_STATIC);
    } else {
      sqlite3_bind_null(statement, place);
    }
  }
  const int code = sqlite3_step(statement);
  sqlite3_reset(statement);
  if (code != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(loader_));
}

// Only the rows that differ are touched.
void Databases::load(DbId id) {
  if (id == loaded_) return;
  const auto& from = databases_[loaded_];
  const auto& to = databases_[id];
  std::vector<std::uint32_t> gone;
  std::vector<std::uint32_t> come;
  std::set_difference(from.begin(), from.end(), to.begin(), to.end(), std::back_inserter(gone));
  std::set_difference(to.begin(), to.end(), from.begin(), from.end(), std::back_inserter(come));
  sqlite3_exec(loader_, "BEGIN", nullptr, nullptr, nullptr);
  for (const std::uint32_t each : gone) {
    change(access_[rows_[each].table].remove, rows_[each], shapes[rows_[each].table].keys);
  }
  // The sequence last: inserting a row of the queue may move it.
  std::stable_sort(come.begin(), come.end(), [&](std::uint32_t a, std::uint32_t b) {
    return rows_[a].table < rows_[b].table;
  });
  for (const std::uint32_t each : come) {
    const Row& row = rows_[each];
    const auto sequence = static_cast<std::uint8_t>(Table::sequence);
    if (row.table == sequence) change(access_[sequence].remove, row, 1);
    if (shapes[row.table].place.empty()) {
      change(access_[row.table].insert, row, row.columns.size());
    } else {
      // A number of its own, and above those that stand before it.
      Row numbered = row;
      std::string& place = *numbered.columns.back();
      place = std::to_string(std::stoll(place) * rows_most + each);
      change(access_[row.table].insert, numbered, numbered.columns.size());
    }
  }
  sqlite3_exec(loader_, "COMMIT", nullptr, nullptr, nullptr);
  loaded_ = id;
}

DbId Databases::store() {
  std::vector<std::uint32_t> all;
  Row row;
  for (std::size_t table = 0; table < tables_; ++table) {
    sqlite3_stmt* read = access_[table].read;
    while (sqlite3_step(read) == SQLITE_ROW) {
      row.table = static_cast<std::uint8_t>(table);
      row.columns.clear();
      for (int i = 0; i < sqlite3_column_count(read); ++i) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(read, i));
        if (text == nullptr) {
          row.columns.emplace_back();
        } else {
          row.columns.emplace_back(
              std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(read, i))));
        }
      }
      all.push_back(number_of(row));
    }
    sqlite3_reset(read);
  }
  return number_of(std::move(all));
}

// Those of strangers stand among ours, and name no order.
std::vector<std::uint32_t> Databases::others_claims(DbId id) const {
  constexpr std::size_t key = 0;
  constexpr std::size_t order_id = 6;
  std::vector<std::uint32_t> others;
  for (const std::uint32_t number : databases_[id]) {
    const Row& each = rows_[number];
    const auto table = static_cast<Table>(each.table);
    // A settle that comes behind a purge leaves a claim of ours that names no order.
    const bool stranger = table == Table::claims && !each.columns[order_id] &&
                          each.columns[key]->rfind("tick:", 0) != 0 &&
                          each.columns[key]->rfind("pos-sync:", 0) != 0;
    if (table == Table::hosts || stranger) others.push_back(number);
  }
  return others;
}

std::uint32_t Databases::number_of(const Row& row) {
  const auto [found, is_new] =
      row_numbers_.emplace(spelled(row), static_cast<std::uint32_t>(rows_.size()));
  if (is_new) rows_.push_back(row);
  return found->second;
}

DbId Databases::number_of(std::vector<std::uint32_t> rows) {
  std::sort(rows.begin(), rows.end());
  const auto [found, is_new] =
      database_numbers_.emplace(rows, static_cast<DbId>(databases_.size()));
  if (is_new) databases_.push_back(std::move(rows));
  return found->second;
}

DbId Databases::essence(DbId id) {
  constexpr std::uint32_t nothing = 0xFFFFFFFF;
  std::vector<std::uint32_t> rows;
  for (const std::uint32_t number : std::vector<std::uint32_t>(databases_[id])) {
    auto known = essences_.find(number);
    if (known == essences_.end()) {
      Row row = rows_[number];
      const auto table = static_cast<Table>(row.table);
      const bool call = table == Table::claims && row.columns[0]->rfind("tick:", 0) == 0;
      // created_at and updated_at are the last two columns of both.
      if (table == Table::queue || table == Table::accounts) {
        *(row.columns.end() - 1) = *(row.columns.end() - 2) = "0";
      }
      // That an operator has marked an order, or taken that back, excuses what stands nowhere.
      const bool mark =
          table == Table::audit && row.columns[event_of_a_line]->rfind("mark", 0) == 0;
      const bool past = call || (table == Table::audit && !mark) || table == Table::codes;
      known = essences_.emplace(number, past ? nothing : number_of(row)).first;
    }
    if (known->second != nothing) rows.push_back(known->second);
  }
  return number_of(std::move(rows));
}

}  // namespace explore
