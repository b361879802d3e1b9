#include "store/schema.hpp"

#include "base/text.hpp"
#include "store/refusal.hpp"
#include "store/schema_sql.hpp"

namespace pos::store {
namespace {

// SQLite's words for what is not there, and the shell's where nothing is bound.
constexpr const char* not_there[] = {"no such table", "no such column", "no such index",
                                     "has no column named", "ON CONFLICT clause does not match"};
constexpr Entry schema_entries[] = {
    {Statement::schema_look, "schema.look", sql::schema_look, 0},
    {Statement::schema_guard, "schema.guard", sql::schema_guard, 0},
};
constexpr Entry readiness_entries[] = {
    {Statement::ready_tick, "ready.tick", sql::ready_tick, 0},
};

constexpr const char* not_bound = "no D1 database is bound";
constexpr const char* other_schema = "pos_sync_schema version ";

bool mentions(std::string_view text, const char* words) {
  return text.find(words) != std::string_view::npos;
}

/// A table that is missing and is none of ours: a trigger of the host's wants it. SQLite names the
/// schema of what a trigger refers to, and ours all begin alike.
bool is_of_host(std::string_view error) {
  constexpr std::string_view missing = "no such table: main.";
  const std::size_t at = error.find(missing);
  return at != std::string_view::npos && error.substr(at + missing.size(), 4) != "pos_";
}

/// Why tables of ours are missing, as far as the names of those that are there tell.
const char* advice(std::string_view tables) {
  const bool has_version = has_word(tables, "pos_sync_schema");
  if (has_word(tables, "pos_sync_queue_v0") ||
      (!has_version && has_word(tables, "pos_sync_ledger"))) {
    return "the database has an earlier schema of pos-sync, which this worker does not know: "
           "`npm run doctor -- --database NAME` says how to go on";
  }
  if (has_version) {
    return "the schema of pos-sync is not whole: run `npx wrangler d1 migrations apply D1_OPS "
           "--remote` (under `wrangler dev`: --local), and if that changes nothing, "
           "`npm run doctor -- --database NAME`";
  }
  return "the migrations of pos-sync were not applied to this database: run `npx wrangler d1 "
         "migrations apply D1_OPS --remote` (under `wrangler dev`: --local)";
}

}  // namespace

DatabaseFault fault_of(std::string_view error) {
  if (mentions(error, not_bound)) return DatabaseFault::unbound;
  if (mentions(error, other_schema)) return DatabaseFault::other_version;
  if (is_of_content(error) || is_of_host(error)) return DatabaseFault::refused;
  for (const char* each : not_there) {
    if (mentions(error, each)) return DatabaseFault::incomplete;
  }
  return DatabaseFault::unavailable;
}

std::string fault_words(DatabaseFault fault, std::string_view error, std::string_view tables) {
  switch (fault) {
    case DatabaseFault::unavailable:
      return concat("D1: ", error);
    case DatabaseFault::refused:
      return concat(
          "the database refuses this, by a trigger, a constraint or an index, or because a value "
          "is "
          "too large (",
          error, "): `npm run doctor -- --database NAME` names what of yours is in the way");
    case DatabaseFault::unbound:
      return concat(
          "no D1 database is bound as D1_OPS: add a [[d1_databases]] section with binding = "
          "\"D1_OPS\" to wrangler.toml, and deploy again");
    case DatabaseFault::incomplete:
      return concat(advice(tables), " (", error, ")");
    case DatabaseFault::other_version: {
      std::string_view number = error.substr(error.find(other_schema));
      number.remove_prefix(std::string_view(other_schema).size());
      std::size_t digits = 0;
      while (digits < number.size() && is_digit(number[digits])) ++digits;
      return concat("the database has version ", digits > 0 ? number.substr(0, digits) : "(none)",
                    " of pos-sync's schema, and this worker knows version ", schema_version,
                    ": apply the migrations and deploy the worker of one release");
    }
  }
  __builtin_unreachable();
}

Part schema_statements() { return schema_entries; }

Part readiness_statements() { return readiness_entries; }

}  // namespace pos::store
