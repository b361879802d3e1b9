#include "io/frame.hpp"

#include <cstring>

#include "json/writer.hpp"

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

square::Transport transport_of(std::string_view failure) {
  if (failure == "timeout") return square::Transport::timeout;
  if (failure == "too_large") return square::Transport::too_large;
  return square::Transport::broken;
}

Outcome read_reply(json::Value entry, FrameReader& reader) {
  Outcome outcome;
  outcome.kind = OutcomeKind::replied;
  outcome.reply.detail = entry["detail"].text();
  if (entry["status"].present()) {
    outcome.reply.transport = square::Transport::replied;
    outcome.reply.status = static_cast<int>(entry["status"].integer());
    outcome.reply.retry_after = entry["retry_after"].text();
    outcome.reply.date = entry["date"].text();
    outcome.reply.body = reader.take(entry["body_bytes"].integer());
  } else {
    outcome.reply.transport = transport_of(entry["failure"].text());
  }
  return outcome;
}

Outcome read_outcome(json::Value entry, FrameReader& reader) {
  Outcome outcome;
  const std::string_view what = entry["of"].text();
  if (what == "fetch") {
    outcome = read_reply(entry, reader);
  } else if (what == "d1") {
    outcome.results = entry["results"];
    outcome.error = entry["error"].text();
    outcome.kind = outcome.results.present() ? OutcomeKind::d1_done : OutcomeKind::d1_failed;
  }
  outcome.id = static_cast<CommandId>(entry["id"].integer());
  return outcome;
}

/// Writes one command into the header and what belongs behind it into the attachments.
struct CommandWriter {
  json::Writer& header;
  std::string& attachments;

  void operator()(const D1Command& command) const {
    header.begin_object().member("do", "d1").member("id", std::int64_t{command.id});
    header.key("statements").begin_array();
    for (const store::Statement each : command.statements) header.string(store::name_of(each));
    header.end_array().key("parameter_bytes").begin_array();
    for (const std::string& each : command.parameters) {
      header.integer(static_cast<std::int64_t>(each.size()));
      attachments += each;
    }
    header.end_array().end_object();
  }

  void operator()(const FetchCommand& command) const {
    header.begin_object().member("do", "fetch").member("id", std::int64_t{command.id});
    header.member("url", command.url).member("credential", command.credential);
    header.key("headers").begin_object();
    header.member("content-type", "application/json");
    header.member("square-version", command.square_version);
    header.end_object();
    header.member("timeout_ms", command.timeout_ms).member("reply_limit", reply_limit);
    header.member("body_bytes", static_cast<std::int64_t>(command.body.size())).end_object();
    attachments += command.body;
  }

  void operator()(const SleepCommand& command) const {
    header.begin_object().member("do", "sleep").member("id", std::int64_t{command.id});
    header.member("duration_ms", command.duration_ms).end_object();
  }

  void operator()(const LogCommand& command) const {
    constexpr const char* levels[] = {"info", "warn", "error"};
    header.begin_object().member("do", "log");
    header.member("level", levels[static_cast<std::size_t>(command.level)]);
    header.member("message", command.message).key("fields").raw(command.fields).end_object();
  }

  void operator()(const DoneCommand& command) const {
    header.begin_object().member("do", "done").member("status", std::int64_t{command.status});
    header.member("retry_after_seconds", command.retry_after_seconds);
    header.member("body_bytes", static_cast<std::int64_t>(command.body.size())).end_object();
    attachments += command.body;
  }
};

}  // namespace

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
  input.outcomes.reserve(outcomes.size());
  for (json::Value each = outcomes.first(); each.present(); each = each.next()) {
    input.outcomes.push_back(read_outcome(each, reader));
  }
  return input;
}

std::string write_commands(const Commands& commands) {
  json::Writer header;
  std::string attachments;
  header.begin_object().key("commands").begin_array();
  for (const Command& each : commands) std::visit(CommandWriter{header, attachments}, each);
  header.end_array().end_object();

  const std::string& text = header.text();
  std::string frame;
  frame.reserve(length_bytes + text.size() + attachments.size());
  for (std::size_t i = 0; i < length_bytes; ++i) {
    frame.push_back(static_cast<char>((text.size() >> (8 * i)) & 0xFF));
  }
  return frame.append(text).append(attachments);
}

}  // namespace pos::io
