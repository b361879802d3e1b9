// What a test plays, as text: each command of the core, each answer of the database, and what
// stands in it at the end. recorded.hpp keeps a digest of it for each test.
#pragma once

#include <functional>
#include <string_view>

#include "io/command.hpp"

namespace world {

/// Who listens on this thread; empty: nobody does.
inline thread_local std::function<void(std::string_view line)> on_history;

/// Set by a test whose length depends on the build: what it plays is not recorded.
inline bool history_varies = false;

/// Numbers the requests of routes within a test, so that each has an id of its own.
inline int next_request = 1;

/// Tells whoever listens what the core has asked for.
void note(const pos::io::Commands& commands);

}  // namespace world
