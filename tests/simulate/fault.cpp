#include "simulate/fault.hpp"

namespace simulate {

const char* to_string(Fault fault) {
  switch (fault) {
    case Fault::timeout:
      return "timeout";
    case Fault::timeout_applied:
      return "timeout, applied";
    case Fault::reset:
      return "reset";
    case Fault::reset_applied:
      return "reset, applied";
    case Fault::server_error:
      return "5xx";
    case Fault::server_error_applied:
      return "5xx, applied";
    case Fault::torn:
      return "torn body";
    case Fault::torn_applied:
      return "torn body, applied";
    case Fault::late:
      return "lands late";
    case Fault::throttled:
      return "429";
    case Fault::throttled_applied:
      return "429, applied";
    case Fault::unauthorized:
      return "401";
    case Fault::refused:
      return "definite no";
    case Fault::conflict:
      return "key conflict";
    case Fault::other_total:
      return "other total";
    case Fault::d1_failed:
      return "D1 failed";
    case Fault::d1_lost:
      return "D1 done, reported failed";
    case Fault::d1_late:
      return "D1 done late, reported failed";
    case Fault::d1_drift:
      return "D1 clock drifts in a batch";
    case Fault::killed:
      return "worker killed";
    case Fault::killed_mute:
      return "worker killed before it spoke";
    case Fault::paused:
      return "isolate paused";
    case Fault::clock_wrong:
      return "worker's clock wrong";
    case Fault::clock_step:
      return "D1 clock stepped";
    case Fault::cron_twice:
      return "cron twice";
    case Fault::cron_overlaps:
      return "cron overlaps";
    case Fault::cron_missed:
      return "cron missed";
    case Fault::time_jump:
      return "time jump";
    case Fault::redeploy:
      return "redeploy";
    case Fault::outage:
      return "outage";
    case Fault::wrong_read:
      return "wrongly empty read";
    case Fault::told:
      return "told by a webhook";
    case Fault::enqueued_again:
      return "enqueued again";
    case Fault::other_content:
      return "enqueued with other content";
    case Fault::other_restaurant:
      return "enqueued by another restaurant";
    case Fault::replaced:
      return "INSERT OR REPLACE";
    case Fault::deleted:
      return "row deleted";
    case Fault::reset_by_hand:
      return "row reset by SQL";
    case Fault::put_to_rest:
      return "row put to rest by SQL";
    case Fault::edited:
      return "payload edited";
    case Fault::malformed:
      return "malformed payload";
    case Fault::next_revision:
      return "next revision";
    case Fault::drained:
      return "drain by hand";
    case Fault::replayed:
      return "replay";
    case Fault::canceled:
      return "cancel";
    case Fault::marked_done:
      return "mark-done";
    case Fault::canceled_there:
      return "canceled at Square";
    case Fault::entered_by_hand:
      return "entered by hand, mark-done";
  }
  return "";
}

}  // namespace simulate
