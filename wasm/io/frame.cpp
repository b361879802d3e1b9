#include "io/frame.hpp"

#include <cstring>

#include "json/writer.hpp"
#include "text/text.hpp"

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

square::Transport transport_of(json::Value failure) {
  if (failure.says("timeout")) return square::Transport::timeout;
  if (failure.says("too_large")) return square::Transport::too_large;
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
    outcome.reply.transport = transport_of(entry["failure"]);
  }
  return outcome;
}

Outcome read_outcome(json::Value entry, FrameReader& reader) {
  Outcome outcome;
  const json::Value what = entry["of"];
  if (what.says("fetch")) {
    outcome = read_reply(entry, reader);
  } else if (what.says("d1")) {
    outcome.results = entry["results"];
    outcome.error = entry["error"].text();
    outcome.kind = outcome.results.present() ? OutcomeKind::d1_done : OutcomeKind::d1_failed;
  }
  outcome.id = static_cast<CommandId>(entry["id"].integer());
  return outcome;
}

std::int64_t size_of(const std::string& attachment) {
  return static_cast<std::int64_t>(attachment.size());
}

void write(json::Writer& out, const D1Command& command) {
  out.member("do", "d1").member("id", command.id).array("statements");
  for (const store::Statement each : command.statements) out.string(store::name_of(each));
  out.end_array().array("parameter_bytes");
  for (const std::string& each : command.parameters) out.integer(size_of(each));
  out.end_array();
}

void write(json::Writer& out, const FetchCommand& command) {
  out.member("do", "fetch").member("id", command.id);
  out.member("url", command.url).member("credential", command.credential);
  out.object("headers").member("content-type", "application/json");
  out.member("square-version", command.square_version).end_object();
  out.member("timeout_ms", command.timeout_ms).member("reply_limit", reply_limit);
  out.member("body_bytes", size_of(command.body));
}

void write(json::Writer& out, const SleepCommand& command) {
  out.member("do", "sleep").member("id", command.id);
  out.member("duration_ms", command.duration_ms);
}

void write(json::Writer& out, const LogCommand& command) {
  constexpr const char* levels[] = {"info", "warn", "error"};
  out.member("do", "log").member("level", levels[static_cast<std::size_t>(command.level)]);
  out.member("message", command.message).key("fields").raw(command.fields);
}

void write(json::Writer& out, const DoneCommand& command) {
  out.member("do", "done").member("status", command.status);
  out.member("retry_after_seconds", command.retry_after_seconds);
  out.member("body_bytes", size_of(command.body));
}

/// What stands behind the header for a command, in the order in which its header names the sizes.
template <typename Use>
void for_each_attachment(const Commands& commands, Use use) {
  for (const Command& command : commands) {
    if (const auto* batch = std::get_if<D1Command>(&command)) {
      for (const std::string& each : batch->parameters) use(each);
    } else if (const auto* fetch = std::get_if<FetchCommand>(&command)) {
      use(fetch->body);
    } else if (const auto* done = std::get_if<DoneCommand>(&command)) {
      use(done->body);
    }
  }
}

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
  header.begin_object().array("commands");
  for (const Command& command : commands) {
    header.begin_object();
    std::visit([&](const auto& each) { write(header, each); }, command);
    header.end_object();
  }
  header.end_array().end_object();

  const std::string& text = header.text();
  std::size_t size = length_bytes + text.size();
  for_each_attachment(commands, [&](const std::string& each) { size += each.size(); });
  // Attachments may be many megabytes: no room is made for them twice.
  std::string frame;
  frame.reserve(size);
  for (std::size_t i = 0; i < length_bytes; ++i) {
    frame.push_back(static_cast<char>((text.size() >> (8 * i)) & 0xFF));
  }
  append(frame, text);
  for_each_attachment(commands, [&](const std::string& each) { append(frame, each); });
  return frame;
}

}  // namespace pos::io
