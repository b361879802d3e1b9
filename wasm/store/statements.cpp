#include "store/statements.hpp"

#include "base/json/writer.hpp"
#include "store/fragments.hpp"

namespace pos::store {
namespace {

const Entry& entry(Statement statement) {
  for (const Part part : parts()) {
    for (const Entry& each : part) {
      if (each.statement == statement) return each;
    }
  }
  __builtin_trap();  // not in this module: the first test that runs it finds out
}

}  // namespace

std::string_view name_of(Statement statement) { return entry(statement).name; }
std::string sql_of(Statement statement) { return written_out(entry(statement).sql); }
int parameters_of(Statement statement) { return entry(statement).parameters; }

std::string catalogue_json() {
  json::Writer out;
  out.begin_object();
  for (const Part part : parts()) {
    for (const Entry& each : part) {
      out.key(each.name).begin_object();
      out.member("sql", written_out(each.sql)).member("parameters", each.parameters);
      out.end_object();
    }
  }
  out.end_object();
  return out.take();
}

}  // namespace pos::store
