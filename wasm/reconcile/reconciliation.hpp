// GET /v1/reconciliation: our books against Square's as they stand now, read while the caller
// waits. Nothing is stored, and nothing of it is kept for another time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json/writer.hpp"
#include "io/command.hpp"
#include "io/outcome.hpp"
#include "reconcile/comparison.hpp"
#include "reconcile/period.hpp"
#include "runtime/in_flight.hpp"
#include "runtime/repair_request.hpp"
#include "square/paging.hpp"

namespace pos::reconcile {

class Reconciliation {
 public:
  Reconciliation() = default;
  explicit Reconciliation(runtime::RepairRequest&& request);

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const Reconciliation&) const = default;

 private:
  /// One after the other; each ends when nothing of it is left to ask for.
  enum class Step : std::uint8_t {
    account = 0,      // whose books, and where
    location = 1,     // its time zone, where none is configured
    days = 2,         // when they begin
    restaurants = 3,  // who sells there
    sold = 4,         // what our books say
    payments = 5,     // what Square was paid, and what it is giving back
    orders = 6,       // what stands at Square
    known = 7,        // which of that is ours although our books did not name it
    strays = 8,       // ours that no search has shown, by their ids
    tenders = 9,      // payments that no list has shown, by their ids
    roles = 10,       // what was approved
    groups = 11,      // what an audit has found
    over = 12,
  };

  /// What is read of Square page by page: a stretch of time of one of its lists.
  struct Stretch {
    std::int64_t from_ms = 0;
    std::int64_t to_ms = 0;  // the last of it
    bool refunds = false;    // of payments: those that are under way
    std::int64_t limit = 0;
    std::string cursor;
    square::Paging paging;
    bool out = false;
    bool done = false;
    std::uint32_t tries = 0;

    bool operator==(const Stretch&) const = default;
  };

  /// The last row that was read; the next page begins behind it.
  struct After {
    std::int64_t at = 0;
    std::string order_id;
    std::int64_t number = 0;  // its revision, or its id

    bool operator==(const After&) const = default;
  };

  /// A payment, as far as the books need it.
  struct Paid {
    std::string order_id;
    std::int64_t refunded = 0;
    std::int64_t refunds = 0;

    bool operator==(const Paid&) const = default;
  };
  struct Pending {
    std::int64_t amount = 0;
    std::int64_t refunds = 0;

    bool operator==(const Pending&) const = default;
  };

  void receive(const runtime::PendingCommand& pending, const io::Outcome& outcome,
               io::Commands& out);
  void advance(io::Commands& out);
  /// Begins what can be begun of the step; true once nothing of it is left to begin.
  [[nodiscard]] bool begin(io::Commands& out);
  void enter(Step step);
  void give_up(io::Commands& out);
  void finish(io::Commands& out);

  void take_account(json::Value row, io::Commands& out);
  void take_location(const net::Reply& reply, io::Commands& out);
  void take_days(const io::Outcome& outcome, io::Commands& out);
  void take_sold(store::Statement statement, json::Value rows);
  void take_known(json::Value rows);
  void take_payments(std::size_t place, const net::Reply& reply, io::Commands& out);
  void take_orders(std::size_t place, const net::Reply& reply, io::Commands& out);
  void take_strays(const net::Reply& reply, io::Commands& out);
  void take_tender(std::size_t place, const net::Reply& reply, io::Commands& out);
  void take_roles(json::Value rows);
  void take_groups(json::Value rows);

  /// Reads a page; false if it is none, and then the request ends, or asks for it once more.
  [[nodiscard]] bool read_page(std::size_t place, const net::Reply& reply, const char* list,
                               json::Document& page, io::Commands& out);
  /// Another reply that is no answer: asked once more, or the end.
  void try_again(Stretch& stretch, const net::Reply& reply, io::Commands& out);
  void refuse(const net::Reply& reply, io::Commands& out);
  void keep(LocalOrder ours);
  void keep_order(json::Value order);
  void keep_payment(json::Value value);
  void keep_refund(json::Value value);

  void ask(std::uint32_t about, const std::string& path, std::string body, io::Commands& out);
  [[nodiscard]] bool ask_stretches(io::Commands& out);
  [[nodiscard]] bool ask_sold(io::Commands& out);
  [[nodiscard]] bool ask_names(store::Statement statement, io::Commands& out);
  [[nodiscard]] bool ask_strays(io::Commands& out);
  [[nodiscard]] bool ask_tenders(io::Commands& out);
  [[nodiscard]] bool ask_groups(bool first, io::Commands& out);
  void ask_page(store::Statement statement, const After& after, io::Commands& out);
  [[nodiscard]] std::string search_body(const Stretch& stretch) const;
  [[nodiscard]] std::string list_path(const Stretch& stretch) const;
  [[nodiscard]] json::Writer query() const;

  void cut_into_stretches();
  void want_known();
  void want_strays();
  void want_tenders();
  void want_roles();
  void settle_payments();

  runtime::RepairRequest request_;
  AskedDays asked_;
  runtime::InFlightCommands in_flight_;
  Step step_ = Step::account;
  bool begun_ = false;  // the step's first question is asked
  bool more_ = false;   // and there is another one to ask

  std::string account_;  // the restaurant of its row
  std::string location_;
  io::Credential credential_;
  std::string time_zone_;
  std::string note_;  // what a reader of these books has to know
  Period period_;

  std::vector<std::string> restaurants_;
  std::size_t restaurant_ = 0;  // which of them is read
  bool reading_ = false;
  After sold_after_;
  After unnamed_after_;

  std::vector<Stretch> stretches_;
  std::vector<std::string> names_;  // what is asked for by its name, in parts
  std::size_t named_ = 0;
  std::string after_group_;

  std::vector<LocalOrder> ours_;
  std::map<std::string, std::size_t> ours_places_;  // by order id and revision
  std::vector<SquareOrder> theirs_;
  std::map<std::string, std::size_t> theirs_places_;  // by Square's id
  std::map<std::string, Paid> paid_;                  // by the payment's id
  std::map<std::string, Pending> pending_;            // likewise
};

}  // namespace pos::reconcile
