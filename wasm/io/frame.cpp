#include "io/frame.hpp"

#include <cstring>
#include <list>

#include "base/json/writer.hpp"
#include "base/text.hpp"

namespace pos::io {
namespace {

constexpr std::size_t length_bytes = 4;

std::uint32_t read_length(std::string_view frame) {
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    length |= static_cast<std::uint32_t>(static_cast<unsigned char>(frame[i])) << (8 * i);
  }
  return length;
}

net::Transport transport_of(json::Value failure) {
  if (failure.equals("timeout")) return net::Transport::timeout;
  if (failure.equals("too_large")) return net::Transport::too_large;
  if (failure.equals("no_credential")) return net::Transport::no_credential;
  return net::Transport::broken;
}

Outcome read_reply(json::Value entry, FrameReader& reader) {
  Outcome outcome;
  outcome.kind = OutcomeKind::replied;
  outcome.reply.detail = entry["detail"].text();
  if (entry["status"].present()) {
    outcome.reply.transport = net::Transport::replied;
    outcome.reply.status = static_cast<int>(entry["status"].integer());
    outcome.reply.retry_after = entry["retry_after"].text();
    outcome.reply.date = entry["date"].text();
    outcome.reply.body = reader.take(entry["body_bytes"].integer());
  } else {
    outcome.reply.transport = transport_of(entry["failure"]);
  }
  return outcome;
}

Outcome read_outcome(json::Value entry, FrameReader& reader) {
  Outcome outcome;
  const json::Value what = entry["of"];
  if (what.equals("fetch")) {
    outcome = read_reply(entry, reader);
  } else if (what.equals("d1") || what.equals("seal") || what.equals("sign")) {
    const bool d1 = what.equals("d1");
    outcome.results = entry["results"];
    outcome.error = entry["error"].text();
    outcome.kind = outcome.results.present() ? (d1 ? OutcomeKind::d1_done : OutcomeKind::sealed)
                   : d1                      ? OutcomeKind::d1_failed
                                             : OutcomeKind::not_sealed;
  }
  if (what.equals("days")) {
    outcome.results = entry["results"];
    outcome.kind =
        outcome.results.present() ? OutcomeKind::day_boundaries : OutcomeKind::unknown_time_zone;
  }
  outcome.id = static_cast<CommandId>(entry["id"].integer());
  return outcome;
}

/// Writes commands into a header, and remembers what has to stand behind it.
class CommandWriter {
 public:
  CommandWriter() { header_.begin_object().array("commands"); }

  void operator()(const D1Command& command) {
    begin("d1").member("id", command.id).array("statements");
    for (const store::Statement each : command.statements) header_.string(store::name_of(each));
    header_.end_array().array("parameter_bytes");
    for (const std::string& each : command.parameters) attach(each);
    header_.end_array().end_object();
  }

  void operator()(const FetchCommand& command) {
    constexpr const char* methods[] = {"POST", "GET", "PUT"};
    begin("fetch").member("id", command.id);
    header_.member("method", methods[static_cast<std::size_t>(command.method)]);
    header_.member("url", command.url);
    if (!command.credential.secret.empty() || !command.credential.sealed.empty()) {
      header_.key("credential");
      write_credential(header_, command.credential);
    }
    if (!command.fillings.empty()) header_.key("fillings").raw(command.fillings);
    if (!command.seals.empty()) header_.key("seals").raw(command.seals);
    header_.object("headers").member("content-type", "application/json");
    header_.member_if_any("square-version", command.square_version);
    header_.member_if_any("idempotency-key", command.idempotency_key).end_object();
    header_.member("timeout_ms", command.timeout_ms).member("reply_limit", reply_limit);
    header_.key("body_bytes");
    attach(command.body);
    header_.end_object();
  }

  void operator()(const SealCommand& command) {
    begin("seal").member("id", command.id).array("bound_to");
    for (const std::string& each : command.bound_to) header_.string(each);
    header_.end_array().array("text_bytes");
    for (const std::string& each : command.texts) attach(each);
    header_.end_array().end_object();
  }

  void operator()(const SignCommand& command) {
    const bool verifies = !command.signatures.empty();
    begin(verifies ? "verify" : "sign").member("id", command.id).member("secret", command.secret);
    if (verifies) {
      header_.array("signatures");
      for (const std::string& each : command.signatures) header_.string(each);
      header_.end_array();
    }
    header_.array("text_bytes");
    for (const std::string& each : command.texts) attach(each);
    header_.end_array().end_object();
  }

  void operator()(const DayBoundariesCommand& command) {
    begin("days").member("id", command.id).member("time_zone", command.time_zone);
    header_.member("from_ms", command.from_ms).member("to_ms", command.to_ms).end_object();
  }

  void operator()(const SleepCommand& command) {
    begin("sleep").member("id", command.id).member("duration_ms", command.duration_ms);
    header_.end_object();
  }

  void operator()(const LogCommand& command) {
    constexpr const char* levels[] = {"info", "warn", "error"};
    begin("log").member("level", levels[static_cast<std::size_t>(command.level)]);
    header_.member("message", command.message).key("fields").raw(command.fields).end_object();
  }

  void operator()(const DoneCommand& command) {
    begin("done").member("status", command.status);
    header_.member("retry_after_seconds", command.retry_after_seconds);
    if (!command.next.empty()) header_.key("next").raw(command.next);
    header_.member_if_any("type", command.type);
    header_.key("body_bytes");
    attach(command.body);
    header_.end_object();
  }

  /// The whole frame. Attachments may be many megabytes, so room is made for them once.
  [[nodiscard]] std::string frame() {
    header_.end_array().end_object();
    const std::string& text = header_.text();
    std::string frame;
    frame.reserve(length_bytes + text.size() + attached_);
    for (std::size_t i = 0; i < length_bytes; ++i) {
      frame.push_back(static_cast<char>((text.size() >> (8 * i)) & 0xFF));
    }
    append(frame, text);
    for (const std::string* each : attachments_) append(frame, *each);
    return frame;
  }

 private:
  json::Writer& begin(const char* what) { return header_.begin_object().member("do", what); }

  void attach(const std::string& bytes) {
    header_.integer(static_cast<std::int64_t>(bytes.size()));
    attachments_.push_back(&bytes);
    attached_ += bytes.size();
  }

  json::Writer header_;
  std::list<const std::string*> attachments_;
  std::size_t attached_ = 0;
};

}  // namespace

void write_credential(json::Writer& out, const Credential& credential) {
  out.begin_object().member_if_any("secret", credential.secret);
  out.member_if_any("sealed", credential.sealed);
  out.member_if_any("bound_to", credential.bound_to).end_object();
}

FrameReader::FrameReader(std::string_view frame) {
  if (frame.size() < length_bytes) return;
  const std::uint32_t header_size = read_length(frame);
  if (header_size > frame.size() - length_bytes) return;
  valid_ = document_.parse(frame.substr(length_bytes, header_size));
  attachments_ = frame.substr(length_bytes + header_size);
}

std::string_view FrameReader::take(std::int64_t bytes) {
  const auto size = static_cast<std::size_t>(bytes);
  if (bytes < 0 || size > attachments_.size()) return {};
  const std::string_view taken = attachments_.substr(0, size);
  attachments_.remove_prefix(size);
  return taken;
}

Input read_input(FrameReader& reader) {
  Input input;
  input.elapsed_ms = reader.header()["elapsed_ms"].integer();
  const json::Value outcomes = reader.header()["outcomes"];
  input.outcomes = std::vector<Outcome>(outcomes.size());
  json::Value next = outcomes.first();
  for (Outcome& each : input.outcomes) {
    each = read_outcome(next, reader);
    next = next.next();
  }
  return input;
}

std::string write_commands(const Commands& commands) {
  CommandWriter writer;
  for (const Command& each : commands) std::visit(writer, each);
  return writer.frame();
}

}  // namespace pos::io
