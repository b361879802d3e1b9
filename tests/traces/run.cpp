#include "traces/run.hpp"

#include <algorithm>
#include <stdexcept>

#include "io/frame.hpp"
#include "json/writer.hpp"

namespace traces {
namespace {

using pos::json::Value;
using world::End;

void append_length(std::string& out, std::size_t length) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((length >> shift) & 0xFF);
}

pos::store::Statement statement_of(std::string_view name) {
  for (std::uint8_t i = 0; i < pos::store::statement_count; ++i) {
    const auto statement = static_cast<pos::store::Statement>(i);
    if (pos::store::name_of(statement) == name) return statement;
  }
  throw std::logic_error("no such statement");
}

Asked read_command(Value command, pos::io::FrameReader& frame) {
  Asked asked;
  asked.what = command["do"].text();
  asked.id = command["id"].integer();
  asked.url = command["url"].text();
  asked.duration_ms = command["duration_ms"].integer();
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

void Trace::note(char tag, std::string_view frame) {
  bytes_ += tag;
  append_length(bytes_, frame.size());
  bytes_ += frame;
}

std::string frame_of(std::string_view header, std::string_view attachments) {
  std::string frame;
  append_length(frame, header.size());
  return frame.append(header).append(attachments);
}

Run::Run(world::World& world, Trace& trace, std::string_view frame) : world_(world), trace_(trace) {
  trace_.note('s', frame);
  receive(pos::start(frame, job_));
}

void Run::receive(std::string_view answer) {
  trace_.note('o', answer);
  pos::io::FrameReader frame(answer);
  if (!frame.valid()) throw std::logic_error("the core answers with no frame");
  const Value commands = frame.header()["commands"];
  for (Value each = commands.first(); each.present(); each = each.next()) {
    Asked asked = read_command(each, frame);
    if (asked.what == "done") ended_ = true;
    if (asked.what != "done" && asked.what != "log") out_.push_back(std::move(asked));
  }
}

Asked Run::take(std::size_t which) {
  Asked asked = out_.at(which);
  out_.erase(out_.begin() + static_cast<std::ptrdiff_t>(which));
  return asked;
}

void Run::outcome(std::int64_t id, std::string_view members) {
  if (!outcomes_.empty()) outcomes_ += ',';
  outcomes_ += "{\"id\":" + std::to_string(id) + ',';
  outcomes_.append(members).append("}");
}

void Run::perform(std::size_t which, End end) {
  const Asked asked = take(which);
  if (asked.what == "sleep") {
    world_.pass(asked.duration_ms);
    elapsed_ms_ += asked.duration_ms;
    return outcome(asked.id, "\"of\":\"sleep\"");
  }
  if (asked.what == "d1") {
    std::string results;
    if (end != End::failed) results = world_.database.batch(asked.statements, asked.parameters);
    return outcome(asked.id, end == End::good
                                 ? "\"of\":\"d1\",\"results\":" + results
                                 : "\"of\":\"d1\",\"error\":\"Network connection lost.\"");
  }
  const world::Answer answer = world::ask_square(world_, asked.url, asked.body, end);
  if (answer.transport != pos::square::Transport::replied) {
    return outcome(asked.id, R"("of":"fetch","failure":"timeout","detail":"no whole reply")");
  }
  attachments_ += answer.reply.body;
  outcome(asked.id, "\"of\":\"fetch\",\"status\":" + std::to_string(answer.reply.status) +
                        ",\"body_bytes\":" + std::to_string(answer.reply.body.size()));
}

void Run::reply(std::size_t which, std::string_view members, std::string_view body) {
  attachments_ += body;
  std::string all = "\"of\":\"fetch\",";
  all.append(members).append(",\"body_bytes\":").append(std::to_string(body.size()));
  outcome(take(which).id, all);
}

void Run::step(std::int64_t took_ms) {
  elapsed_ms_ += took_ms;
  world_.pass(took_ms);
  const std::string frame = frame_of(
      "{\"elapsed_ms\":" + std::to_string(elapsed_ms_) + ",\"outcomes\":[" + outcomes_ + "]}",
      attachments_);
  outcomes_.clear();
  attachments_.clear();
  trace_.note('i', frame);
  receive(pos::step(job_, frame));
}

void Run::finish() {
  while (!ended_) {
    // A sleep comes last: whatever else is out happens meanwhile.
    const auto busy = std::find_if(out_.begin(), out_.end(),
                                   [](const Asked& asked) { return asked.what != "sleep"; });
    if (out_.empty()) throw std::logic_error("the job waits for nothing");
    perform(busy == out_.end() ? 0 : static_cast<std::size_t>(busy - out_.begin()));
    step();
  }
}

}  // namespace traces
