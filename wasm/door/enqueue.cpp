#include "door/enqueue.hpp"

#include <utility>

#include "door/answer.hpp"
#include "identity/fingerprint.hpp"
#include "json/writer.hpp"
#include "square/provider.hpp"

namespace pos::door {
namespace {

using store::Statement;

// Somebody else may change the order between our look and our guarded write; then we look again.
constexpr std::uint32_t rounds_most = 3;

// Where the answers are in the writing batch.
constexpr std::size_t line_at = 3;
constexpr std::size_t evidence_at = 4;

std::string fingerprint_of(const std::string& payload, const std::string& restaurant_id) {
  json::Document document;
  return document.parse(payload) ? pos::fingerprint(document.root(), restaurant_id) : std::string();
}

/// Copies a text member; complains if it is there and no text.
void read_text(json::Value body, std::string_view name, std::string& target,
               std::vector<square::FieldError>& errors) {
  const json::Value value = body[name];
  if (!value.present()) return;
  if (value.is(json::Kind::string)) {
    target = value.text();
  } else {
    errors.push_back({std::string(name), "expected a text"});
  }
}

void refuse_unknown_members(json::Value body, std::vector<square::FieldError>& errors) {
  for (json::Value each = body.first(); !each.is(json::Kind::missing); each = each.next()) {
    const std::string_view name = each.key();
    if (name != "order_id" && name != "provider" && name != "restaurant_id" && name != "revision" &&
        name != "payload") {
      errors.push_back({std::string(name), "unknown field"});
    }
  }
}

io::DoneCommand refused(const std::string& why) { return problem(409, why); }

std::string revision_words(std::int64_t revision) { return "revision " + std::to_string(revision); }

}  // namespace

io::Commands Enqueue::start() {
  io::Commands out;
  if (!read_body(out)) return out;
  io::D1Command batch;
  batch.statements = {Statement::order_evidence};
  batch.parameters = {token(), evidence_query(identity_.order_id, identity_.provider,
                                              identity_.revision, &restaurant_id_)};
  dialogue_.ask(std::move(batch), out);
  return out;
}

bool Enqueue::read_body(io::Commands& out) {
  json::Document document;
  if (!document.parse(request_.body)) {
    out.emplace_back(problem(400, "the body is no JSON text: " + document.error()));
    return false;
  }
  const json::Value body = document.root();
  if (!body.is(json::Kind::object)) {
    out.emplace_back(problem(400, "expected a JSON object with order_id and payload"));
    return false;
  }
  std::vector<square::FieldError> errors;
  identity_.provider = "square";
  read_text(body, "order_id", identity_.order_id, errors);
  read_text(body, "provider", identity_.provider, errors);
  read_text(body, "restaurant_id", restaurant_id_, errors);
  if (body["revision"].present()) {
    if (body["revision"].is(json::Kind::integer)) {
      identity_.revision = body["revision"].integer();
    } else {
      errors.push_back({"revision", "expected an integer of 1 or more"});
    }
  }
  refuse_unknown_members(body, errors);
  const json::Value payload = body["payload"];
  for (square::FieldError& each : square::check_order(identity_, payload)) {
    const bool of_identity =
        each.field == "order_id" || each.field == "provider" || each.field == "revision";
    if (!of_identity && each.field != "payload") each.field.insert(0, "payload.");
    errors.push_back(std::move(each));
  }
  payload_ = canonical_json(payload);
  if (payload_.size() > square::max_payload_bytes) {
    errors.push_back({"payload", "expected at most " + std::to_string(square::max_payload_bytes) +
                                     " bytes, got " + std::to_string(payload_.size())});
  }
  if (!errors.empty()) {
    out.emplace_back(invalid(errors));
    return false;
  }
  fingerprint_ = pos::fingerprint(payload, restaurant_id_);
  return true;
}

io::Commands Enqueue::step(const io::Input& input) {
  io::Commands out;
  json::Value results;
  if (!dialogue_.answered(input, results, out)) return out;
  if (writing_ && results.at(line_at).first().at(0).integer() != 0) {
    out.emplace_back(accepted(201, "pending"));
    return out;
  }
  const Evidence evidence =
      read_evidence(results.at(writing_ ? evidence_at : std::size_t{0}).first());
  if (auto verdict = judge(evidence)) {
    out.emplace_back(std::move(*verdict));
  } else if (++rounds_ > rounds_most) {
    out.emplace_back(problem(503, "the order keeps changing; ask again", 1));
  } else {
    write(evidence, out);
  }
  return out;
}

// What stands against taking the order in; nothing if it is new.
std::optional<io::DoneCommand> Enqueue::judge(const Evidence& evidence) const {
  const push::Ledger& ledger = evidence.ledger;
  const QueueRow& active = evidence.active;
  const std::string next = revision_words(evidence.newest_revision + 1);

  if (active.id != 0 && active.revision != identity_.revision) {
    return refused(revision_words(active.revision) + " of this order is not at rest");
  }
  if (active.id != 0) {
    if (active.restaurant_id != restaurant_id_) {
      return refused("restaurant \"" + active.restaurant_id + "\" has enqueued this order id");
    }
    if (fingerprint_of(active.payload, active.restaurant_id) == fingerprint_) {
      return accepted(200, active.status);
    }
    return refused("another content is enqueued under this order id");
  }
  if (evidence.known && (ledger.frozen || ledger.booked_at != 0)) {
    if (ledger.restaurant_id != restaurant_id_ && !ledger.fingerprint.empty()) {
      return refused("restaurant \"" + ledger.restaurant_id + "\" has used this order id");
    }
    const bool same = ledger.fingerprint.empty() || ledger.fingerprint == fingerprint_;
    if (!same && (ledger.booked_at != 0 || ledger.in_doubt())) {
      return refused("another content was sent under this order id");
    }
    if (ledger.booked_at != 0) return accepted(200, "success");
  }
  if (evidence.claim != "free") {
    const std::int64_t wait = evidence.held_ms / 1000 + 1;
    return problem(409, "a worker holds this order; its outcome is not known yet", wait);
  }
  if (evidence.known && ledger.in_doubt()) {
    return refused("it is in doubt whether this order is booked already; replay it");
  }
  if (evidence.open_revision != 0) {
    return refused(revision_words(evidence.open_revision) + " of this order is not at rest");
  }
  if (evidence.known && ledger.frozen) {
    return refused("this revision was refused or canceled; enqueue the order as " + next);
  }
  if (evidence.newest_revision > identity_.revision) {
    return refused("a later revision is known; enqueue the order as " + next);
  }
  return std::nullopt;
}

// Frozen at the door, unless nobody has said yet where it is to be booked: the tick freezes it
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
  if (!mapping.request.empty()) order.member("request", mapping.request);
  order.end_object();

  io::D1Command batch;
  batch.statements = {Statement::enqueue_line, Statement::enqueue_row, Statement::enqueue_ledger,
                      Statement::operator_read, Statement::order_evidence};
  batch.parameters = {token(), order.take()};
  dialogue_.ask(std::move(batch), out);
}

std::string Enqueue::token() const { return "op:" + request_.id; }

io::DoneCommand Enqueue::accepted(int status, std::string_view row_status) const {
  json::Writer out;
  out.begin_object().member("order_id", identity_.order_id);
  out.member("provider", identity_.provider).member("restaurant_id", restaurant_id_);
  out.member("revision", identity_.revision).member("status", row_status).end_object();
  return answer(status, out.take());
}

}  // namespace pos::door
