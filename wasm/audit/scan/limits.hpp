// How long an audit waits for one of its places before it is planned without it.
#pragma once

#include <cstdint>

#include "ablation/layer.hpp"
#include "base/duration.hpp"
#include "base/json/writer.hpp"

namespace pos::audit {

/// Refusals of one place without a page between them, and how long they go on at least: a token
/// that was revoked at noon can be replaced by the evening.
constexpr std::int64_t most_refusals = 5;
constexpr std::int64_t least_refused_ms = 6 * hour_ms;
/// The same of whatever kept a place from being read: outages, a paused account.
constexpr std::int64_t most_failures = 24;
constexpr std::int64_t least_failing_ms = 7 * day_ms;

/// Members of an object ?2, as the fragment `hopeless` takes them.
inline void write_bounds(json::Writer& out) {
  const bool bounded = ablation::intact(ablation::Layer::audit_bound);
  out.member("most_refusals", bounded ? most_refusals : INT64_MAX);
  out.member("most_failures", bounded ? most_failures : INT64_MAX);
  out.member("refused_ms", least_refused_ms).member("failing_ms", least_failing_ms);
}

}  // namespace pos::audit
