#include "harness/frames.hpp"

#include <stdexcept>
#include <unordered_map>

#include "io/frame.hpp"

namespace world {
namespace {

using pos::json::Value;

void append_length(std::string& out, std::size_t length) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((length >> shift) & 0xFF);
}

pos::store::Statement statement_of(std::string_view name) {
  static const auto all = [] {
    std::unordered_map<std::string_view, pos::store::Statement> names;
    for (const pos::store::Part part : pos::store::parts()) {
      for (const pos::store::Entry& each : part) names[each.name] = each.statement;
    }
    return names;
  }();
  return all.at(name);
}

Asked read_command(Value command, pos::io::FrameReader& frame) {
  Asked asked;
  asked.what = command["do"].text();
  asked.id = command["id"].integer();
  asked.url = command["url"].text();
  asked.square_version = command["headers"]["square-version"].text();
  asked.duration_ms = command["duration_ms"].integer();
  asked.status = command["status"].integer();
  asked.next_order = command["next"]["order_id"].text();
  for (Value each = command["statements"].first(); each.present(); each = each.next()) {
    asked.statements.push_back(statement_of(each.text()));
  }
  for (Value each = command["parameter_bytes"].first(); each.present(); each = each.next()) {
    asked.parameters.emplace_back(frame.take(each.integer()));
  }
  if (command["body_bytes"].present()) asked.body = frame.take(command["body_bytes"].integer());
  return asked;
}

}  // namespace

std::string frame_of(std::string_view header, std::string_view attachments) {
  std::string frame;
  append_length(frame, header.size());
  return frame.append(header).append(attachments);
}

std::vector<Asked> read_commands(std::string_view answer) {
  pos::io::FrameReader frame(answer);
  if (!frame.valid()) throw std::logic_error("the core answers with no frame");
  std::vector<Asked> all;
  const Value commands = frame.header()["commands"];
  for (Value each = commands.first(); each.present(); each = each.next()) {
    all.push_back(read_command(each, frame));
  }
  return all;
}

void Trace::note(char tag, std::string_view frame) {
  bytes_ += tag;
  append_length(bytes_, frame.size());
  bytes_ += frame;
}

}  // namespace world
