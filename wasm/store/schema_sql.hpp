// What is asked of a database before, or instead of, anything else.
#pragma once

namespace pos::store::sql {

// The names of the tables that tell one schema of ours from another, with a space between them. It
// asks for no table of ours, so that it works where there is none.
constexpr char schema_look[] =
    "SELECT coalesce(group_concat(name, ' '), '') AS names FROM sqlite_master "
    "WHERE type = 'table' AND name IN ('pos_sync_queue', 'pos_sync_queue_v0', 'pos_sync_ledger', "
    "'pos_sync_schema')";

// Fails, and takes its whole batch back, on a database with another version than 1: SQLite repeats
// a path that is none in its error. The text is what fault_of() looks for.
constexpr char schema_guard[] =
    "SELECT json_extract('{}', CASE max(version) WHEN 1 THEN '$' ELSE 'pos_sync_schema version ' "
    "|| coalesce(max(version), 'none') END) AS version FROM pos_sync_schema";

// When a tick last began, and when this was installed, in milliseconds before now.
constexpr char ready_tick[] =
    "SELECT @now - @last_tick AS tick_age_ms, (SELECT @now - created_at FROM pos_accounts "
    "WHERE restaurant_id = '' AND provider = 'square') AS age_ms";

}  // namespace pos::store::sql
