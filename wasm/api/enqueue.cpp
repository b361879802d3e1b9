#include "api/enqueue.hpp"

#include <utility>

#include "base/json/utf8.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "identity/fingerprint.hpp"
#include "runtime/http_answer.hpp"
#include "runtime/text_field.hpp"
#include "square/broken_text.hpp"
#include "square/field.hpp"
#include "square/provider.hpp"

namespace pos::api {
namespace {

using store::Statement;

// Somebody else may change the order between our look and our guarded write; then we look again.
constexpr std::uint32_t rounds_most = 3;

constexpr Statement reading[] = {Statement::order_evidence};
constexpr Statement writing[] = {Statement::enqueue_line, Statement::enqueue_row,
                                 Statement::enqueue_ledger, Statement::operator_read,
                                 Statement::order_evidence};
// Where the answers are among them.
constexpr std::size_t line_at = 3;
constexpr std::size_t evidence_at = 4;

/// Copies a text member; complains if it is there and no text.
void read_text(json::Value body, const char* name, std::string& target, FieldErrors& findings) {
  const json::Value value = body[name];
  if (!value.present()) return;
  if (value.is(json::Kind::string)) {
    target = value.text();
  } else {
    findings.add(name, "expected a text");
  }
}

void refuse_unknown_members(json::Value body, FieldErrors& findings) {
  for (json::Value each = body.first(); !each.is(json::Kind::missing); each = each.next()) {
    if (!has_word("order_id provider restaurant_id revision payload", each.key())) {
      findings.add(concat(each.key()), "unknown field");
    }
  }
}

}  // namespace

void Enqueue::start(io::Commands& out) {
  if (!read_body(out)) return;
  const std::string query =
      evidence_query(identity_.order_id, identity_.provider, identity_.revision, &restaurant_id_);
  dialogue_.ask(reading, token(), query, out);
}

bool Enqueue::read_body(io::Commands& out) {
  json::Document document;
  FieldErrors findings;
  if (!document.parse(request_.body)) {
    const std::string error = document.error();
    const std::string mended = json::mended(request_.body);
    if (mended != request_.body && document.parse(mended)) {
      square::name_broken_texts(document.root(), findings);
    }
    if (findings.empty())
      return !runtime::problem(out, 400, concat("the body is no JSON text: ", error));
    runtime::invalid(out, findings.take());
    return false;
  }
  const json::Value body = document.root();
  if (!body.is(json::Kind::object)) {
    return !runtime::problem(out, 400, "expected a JSON object with order_id and payload");
  }
  identity_.provider = "square";
  read_text(body, "order_id", identity_.order_id, findings);
  read_text(body, "provider", identity_.provider, findings);
  read_text(body, "restaurant_id", restaurant_id_, findings);
  if (!runtime::is_addressable(identity_.order_id))
    findings.add("order_id", runtime::not_addressable);
  if (!runtime::is_addressable(restaurant_id_))
    findings.add("restaurant_id", runtime::not_addressable);
  const json::Value revision = body["revision"];
  if (revision.is(json::Kind::integer)) {
    identity_.revision = revision.integer();
  } else if (revision.present()) {
    findings.add("revision", "expected an integer from 1 to 9007199254740991");
  }
  refuse_unknown_members(body, findings);
  const json::Value payload = body["payload"];
  for (const FieldError& each : square::check_order(identity_, payload)) {
    const bool of_identity =
        each.field == "order_id" || each.field == "provider" || each.field == "revision";
    const bool whole = of_identity || each.field == "payload";
    findings.add(concat(whole ? "" : "payload.", each.field), each.message);
  }
  payload_ = canonical_json(payload);
  square::check_size(payload_.size(), findings);
  if (!findings.empty()) {
    runtime::invalid(out, findings.take());
    return false;
  }
  fingerprint_ = pos::fingerprint(payload, restaurant_id_);
  return true;
}

void Enqueue::step(const io::Input& input, io::Commands& out) {
  json::Value results;
  if (!dialogue_.answered(input, results, out)) return;
  if (writing_ && results.at(line_at).first().at(0).integer() != 0) {
    accept(out, 201, "pending");
    return;
  }
  const Evidence evidence =
      read_evidence(results.at(writing_ ? evidence_at : std::size_t{0}).first());
  if (judge(evidence, out)) return;
  if (++rounds_ > rounds_most) {
    runtime::problem(out, 503, "the order keeps changing; ask again", 1);
  } else {
    write(evidence, out);
  }
}

// Answers if something stands against taking the order in, or if it is in already.
bool Enqueue::judge(const Evidence& evidence, io::Commands& out) const {
  const push::Ledger& ledger = evidence.ledger;
  const QueueRow& active = evidence.active;
  const std::int64_t next = evidence.newest_revision + 1;
  const auto refuse = [&](const char* why) { return runtime::problem(out, 409, why); };
  const auto refuse_open = [&](std::int64_t revision) {
    return runtime::problem(out, 409,
                            concat("revision ", revision, " of this order is not at rest"));
  };
  const auto refuse_other = [&](const std::string& restaurant, const char* how) {
    return runtime::problem(out, 409,
                            concat("restaurant \"", restaurant, "\" has ", how, " this order id"));
  };

  if (active.id != 0) {
    if (active.revision != identity_.revision) return refuse_open(active.revision);
    if (active.restaurant_id != restaurant_id_) {
      return refuse_other(active.restaurant_id, "enqueued");
    }
    if (fingerprint_of(active.payload, active.restaurant_id) == fingerprint_) {
      return accept(out, 200, active.status.c_str());
    }
    return refuse("another content is enqueued under this order id");
  }
  if (evidence.known && (ledger.frozen || ledger.booked_at != 0)) {
    if (ledger.restaurant_id != restaurant_id_ && !ledger.fingerprint.empty()) {
      return refuse_other(ledger.restaurant_id, "used");
    }
    const bool same = ledger.fingerprint.empty() || ledger.fingerprint == fingerprint_;
    if (!same && (ledger.booked_at != 0 || ledger.in_doubt())) {
      return refuse("another content was sent under this order id");
    }
    if (ledger.booked_at != 0) return accept(out, 200, "success");
  }
  if (evidence.claim != "free") {
    return runtime::problem(out, 409, "a worker holds this order; its outcome is not known yet",
                            evidence.held_ms / 1000 + 1);
  }
  if (evidence.known && ledger.in_doubt()) {
    return refuse("it is in doubt whether this order is booked already; replay it");
  }
  if (evidence.open_revision != 0) return refuse_open(evidence.open_revision);
  if (evidence.known && ledger.frozen) {
    return runtime::problem(
        out, 409,
        concat("this revision was refused or canceled; enqueue the order as revision ", next));
  }
  if (evidence.newest_revision > identity_.revision) {
    return runtime::problem(
        out, 409, concat("a later revision is known; enqueue the order as revision ", next));
  }
  return false;
}

// Frozen at the door, unless no location is configured yet: the tick freezes it
// then.
void Enqueue::write(const Evidence& evidence, io::Commands& out) {
  writing_ = true;
  const std::string& location =
      evidence.location_id.empty() ? request_.settings.location_id : evidence.location_id;
  square::Mapping mapping;
  json::Document payload;
  if (!location.empty() && payload.parse(payload_)) {
    mapping =
        square::map_order(identity_, payload.root(), location, request_.settings.square_version);
  }
  json::Writer order;
  order.begin_object().member("order_id", identity_.order_id);
  order.member("provider", identity_.provider).member("revision", identity_.revision);
  order.member("restaurant_id", restaurant_id_).member("payload", payload_);
  order.member("fingerprint", fingerprint_).member("actor", "http").member("event", "enqueued");
  if (!request_.role.empty()) {
    json::Writer detail;
    detail.begin_object().member("role", request_.role).end_object();
    order.member("detail", detail.text());
  }
  order.member_if_any("request", mapping.request);
  order.end_object();

  dialogue_.ask(writing, token(), order.take(), out);
}

std::string Enqueue::token() const { return concat("op:", request_.id); }

bool Enqueue::accept(io::Commands& out, int status, const char* row_status) const {
  json::Writer body;
  body.begin_object().member("order_id", identity_.order_id);
  body.member("provider", identity_.provider).member("restaurant_id", restaurant_id_);
  body.member("revision", identity_.revision).member("status", row_status).end_object();
  io::DoneCommand done{status, body.take(), 0, {}};
  const bool active = std::string_view(row_status) != "success";
  if (active && request_.settings.push_on_enqueue) done.next = push_at_once();
  out.emplace_back(std::move(done));
  return true;
}

// Also where the order was in already: the producer may ask again because the first push died. It
// is claimed as by any tick, so that a push too many finds nothing to do.
std::string Enqueue::push_at_once() const {
  json::Writer job;
  job.begin_object().member("job", "tick").member("door", "order");
  job.member("order_id", identity_.order_id).member("provider", identity_.provider).end_object();
  return job.take();
}

}  // namespace pos::api
