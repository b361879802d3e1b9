// POST /v1/accounts/{restaurant_id}/profile: whom to write to, in which language, and when its day
// begins. What is not said stays; "" goes back to what Square says of the location.
#pragma once

#include <string>
#include <utility>

#include "io/command.hpp"
#include "runtime/d1_exchange.hpp"
#include "runtime/repair_request.hpp"

namespace pos::api {

class Profile {
 public:
  Profile() = default;
  explicit Profile(runtime::RepairRequest&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const Profile&) const = default;

 private:
  [[nodiscard]] bool read_body(io::Commands& out);
  void write(io::Commands& out);
  void answer_with(json::Value row, io::Commands& out) const;

  runtime::RepairRequest request_;
  std::string actor_ = "operator";
  std::string time_zone_;  // to be asked of the shell before anything is written
  std::string change_;     // of the profile, a JSON object
  runtime::D1Exchange dialogue_;
  bool writing_ = false;
};

}  // namespace pos::api
