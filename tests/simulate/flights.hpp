// The requests that were started, as an observer sees them who knows all clocks and both ends.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/frames.hpp"

namespace simulate {

/// A request from its start on.
struct Flight {
  std::string order_id;
  std::int64_t revision = 0;
  bool pays = false;
  std::string path;
  std::string body;
  std::int64_t started_ms = 0;
  std::size_t number = 0;
  bool refused = false;   // for good, with nothing in doubt: another key may follow
  bool answered = false;  // by Square, definitely, and its worker has heard it
};

class Flights {
 public:
  explicit Flights(std::int64_t quiet_ms) : quiet_ms_(quiet_ms) {}

  /// Notes a request that is started now. Throws if another one of its order may be on its way, if
  /// its key came with other bytes before, or if its order had another key. Returns its number.
  std::size_t start(const world::Asked& asked, std::int64_t now_ms);
  /// Square has made an order of it; its payments are known by that id.
  void placed(const Flight& flight, const std::string& square_id);
  [[nodiscard]] std::size_t count() const { return all_.size(); }
  [[nodiscard]] Flight& at(std::size_t number) { return all_.at(number); }

 private:
  void identify(const world::Asked& asked, Flight& flight) const;
  void check(const Flight& flight, const std::string& key, const std::string& version);

  std::int64_t quiet_ms_;
  std::vector<Flight> all_;
  std::unordered_map<std::string, std::size_t> last_of_order_;
  std::unordered_map<std::string, std::uint64_t> bytes_of_key_;
  std::unordered_map<std::string, std::string> key_of_;
  std::unordered_map<std::string, std::size_t> by_square_id_;
};

}  // namespace simulate
