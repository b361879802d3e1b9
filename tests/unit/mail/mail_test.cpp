// Mails to restaurants: what they say, who reads them before they go, and that each goes once.
#include <doctest/doctest.h>

#include <set>

#include "base/email_address.hpp"
#include "base/json/value.hpp"
#include "harness/duration.hpp"
#include "harness/history.hpp"
#include "harness/mail_world.hpp"
#include "identity/keys.hpp"
#include "mail/letter.hpp"
#include "mail/transition.hpp"
#include "resend/reply.hpp"

namespace mail_test {

using pos::io::Command;
using pos::io::D1Command;
using pos::mail::Language;
using pos::runtime::RepairRequest;
using pos::runtime::RepairRoute;
using pos::store::Statement;
using world::Mailer;
using world::MailWorld;
using world::RequestFault;

namespace {
using duration::hour;
using duration::minute;

// ---- what is asked of the worker ----

RepairRequest request_for(RepairRoute route, const std::string& body = "") {
  RepairRequest request;
  request.route = route;
  request.context = Mailer::test_context();
  request.context.id = "request-" + std::to_string(world::next_request++);
  request.audit_id = "a1";
  request.body = body;
  return request;
}

pos::io::DoneCommand ask(MailWorld& world, RepairRequest request) {
  Mailer mailer(world, std::move(request));
  mailer.run();
  return mailer.done();
}

std::string member(const pos::io::DoneCommand& done, const char* name) {
  pos::json::Document document;
  REQUIRE(document.parse(done.body));
  return std::string(document.root()[name].text());
}

std::string fingerprint(MailWorld& world) {
  return member(ask(world, request_for(RepairRoute::mail_list)), "fingerprint");
}

pos::io::DoneCommand approve(MailWorld& world, const std::string& print,
                             const std::string& whom = R"("all":true)") {
  return ask(world, request_for(RepairRoute::mail_approve, R"({"fingerprint":")" + print +
                                                               R"(","actor":"Ece",)" + whom + "}"));
}

pos::io::DoneCommand approve_all(MailWorld& world) { return approve(world, fingerprint(world)); }

pos::io::DoneCommand profile(MailWorld& world, const std::string& restaurant,
                             const std::string& body) {
  RepairRequest request = request_for(RepairRoute::profile_put, body);
  request.restaurant_id = restaurant;
  return ask(world, std::move(request));
}

std::string tick(MailWorld& world, const std::string& id) {
  Mailer mailer(world, id);
  mailer.run();
  REQUIRE(mailer.done().status == 200);
  return mailer.done().body;
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool is_send(const Command& command) {
  return std::holds_alternative<pos::io::FetchCommand>(command);
}

std::function<bool(const Command&)> is(Statement first) {
  return [first](const Command& command) {
    const auto* batch = std::get_if<D1Command>(&command);
    return batch != nullptr && batch->statements.front() == first;
  };
}

std::int64_t count(MailWorld& world, const std::string& from) {
  return world.database.integer("SELECT count(*) FROM " + from);
}

/// Two restaurants whose repairs are at rest: one Turkish with all that can be, one English.
void two_restaurants(MailWorld& world) {
  world.open("adana", "Kebapçı Adana", "adana@example.com", "tr-TR");
  world.open("berlin", "Berlin Diner", "berlin@example.com", "en-GB");
  world.repair({"p1", "adana", 100050, "TRY", "done", "CARD", 250});
  world.repair({"p2", "adana", 23400, "TRY", "done", "WALLET", 100});
  world.repair({"p3", "adana", 5000, "TRY", "done", "CASH"});
  world.repair({"p4", "adana", 7000, "TRY", "done", "EXTERNAL"});
  world.repair({"o5", "adana", 9000, "TRY", "done", "", 0, "cancel"});
  world.repair({"p6", "adana", 4000, "TRY", "stopped", "CARD", 80, "refund", "disputed: open"});
  world.repair({"p7", "adana", 3000, "TRY", "stopped", "CARD", 0, "refund", "refunded: by hand"});
  world.repair({"p8", "berlin", 123450, "EUR"});
  world.ordered_at("p1", 1'788'463'800'000);  // 2026-09-03T21:30:00+03:00
  world.ordered_at("p7", 1'795'213'800'000);  // 2026-11-21T00:30:00+03:00, the day before in UTC
  world.ordered_at("p8", 1'788'463'800'000);
}

/// One approved mail, due at once.
void approved_mail(MailWorld& world) {
  world.open("adana", "Adana", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000});
  tick(world, "drafting");
  REQUIRE(approve_all(world).status == 200);
}

}  // namespace

// ---- what they say ----

TEST_CASE("money is written as people of the language and the currency write it") {
  using pos::mail::money_text;
  CHECK(money_text(123450, "TRY", Language::turkish) == "₺1.234,50");
  CHECK(money_text(123450, "EUR", Language::english) == "€1,234.50");
  CHECK(money_text(123456789, "USD", Language::english) == "$1,234,567.89");
  CHECK(money_text(1234, "JPY", Language::english) == "¥1,234");
  CHECK(money_text(5, "GBP", Language::english) == "£0.05");
  CHECK(money_text(0, "TRY", Language::turkish) == "₺0,00");
  CHECK(money_text(1234567, "KWD", Language::turkish) == "KWD 1.234,567");
  CHECK(money_text(100, "CHF", Language::english) == "CHF 1.00");
  CHECK(money_text(-100050, "EUR", Language::english) == "-€1,000.50");
}

TEST_CASE("a date is written with the name of its own month, and what is no date as it came") {
  const std::pair<const char*, const char*> months[] = {
      {"January", "Ocak"},    {"February", "Şubat"}, {"March", "Mart"},     {"April", "Nisan"},
      {"May", "Mayıs"},       {"June", "Haziran"},   {"July", "Temmuz"},    {"August", "Ağustos"},
      {"September", "Eylül"}, {"October", "Ekim"},   {"November", "Kasım"}, {"December", "Aralık"}};
  int number = 0;
  for (const auto& [english, turkish] : months) {
    ++number;
    const std::string month = (number < 10 ? "-0" : "-") + std::to_string(number);
    for (const std::string day : {"01", "09", "10", "31"}) {
      const std::string date = "2026" + month + "-" + day;
      CAPTURE(date);
      const std::string shown = std::to_string(std::stoi(day)) + " ";
      CHECK(pos::mail::date_text(date, Language::english) == shown + english + " 2026");
      CHECK(pos::mail::date_text(date, Language::turkish) == shown + turkish + " 2026");
    }
  }
  for (const char* none : {"", "2026", "2026-00-01", "2026-13-01", "2026-01-00", "2026-xx-01",
                           "2026-01-xx", "2026-01-010", "2026-1-01"}) {
    CAPTURE(none);
    CHECK(pos::mail::date_text(none, Language::english) == none);
    CHECK(pos::mail::date_text(none, Language::turkish) == none);
  }
}

TEST_CASE("a Turkish restaurant is told its own figures in Turkish") {
  MailWorld world;
  two_restaurants(world);
  CHECK(says(tick(world, "t1"), R"("mailed":{"drafted":2,"sent":0,"waiting":0,"dead":0})"));
  CHECK(world.mail("adana", "language") == "tr");
  CHECK(world.mail("adana", "recipient") == "adana@example.com");
  CHECK(world.mail("adana", "subject") ==
        "Kebapçı Adana: Square'de birden fazla kaydettiğimiz siparişler");
  CHECK(world.mail("adana", "body") == R"(Merhaba Kebapçı Adana,

Size bir hatamız yüzünden yazıyorum ve özür dilerim. 3 Eylül 2026 ile 21 Kasım 2026 tarihleri arasında yazılımımız 7 siparişi Square'de zaten kayıtlı olduğu hâlde yeniden kaydetti. Siz her birini bir kez sattınız, raporlarınızda ise birden fazla görünüyor. Hata bizim; sizin ya da ekibinizin değil.

Yaptıklarımız:

- İade edildi: ₺1.234,50 (2 ödeme). Para, her ödemenin geldiği yere geri gidiyor. Bankada görünmesi birkaç gün sürebilir.

- Yalnızca kayıtlarda düzeltildi: ₺120,00 (2 ödeme). Bunlar nakit ya da Square dışında ödenmiş olarak kaydedilmişti. Böyle bir iade yalnızca deftere yazılır; para hareketi olmadı.

- İptal edildi: ödenmemiş 1 sipariş.

- Bankada itiraz edildiği ya da iade için çok eski olduğu için iade edilemedi: ₺40,00 (1 ödeme). Bunlar öncelikli itiraz listemizde. İki tarafta da bir insanın bakması gerekiyor; bu yüzden ekibimizden biri size yazacak.

- Durduruldu: ₺30,00 (1 kayıt). Square'de gördüğümüz beklediğimizle aynı değil; örneğin biri daha önce iade etmiş olabilir. Tahmin etmektense bakmayı yeğliyoruz; bu yüzden ekibimizden biri size yazacak.

- Square'in bu ödemelerden aldığı ücretler: ₺4,30. Square, ödeme iade edilse de ücretini geri vermiyor; bu tutarı size biz alacak olarak yazıyoruz.

- Bizim ücretimiz: 1 aylık ücretimizi size alacak olarak yazıyoruz.

Square raporlarınızdaki satış ve KDV tutarları bununla birlikte değişiyor; lütfen bu e-postayı muhasebecinize de iletin. Yanlış görünen bir şey varsa bu e-postayı yanıtlayın; bir insan okuyor.

Verdiğimiz zahmet için özür dilerim.

Deniz
)");
}

TEST_CASE("an English restaurant is told its own figures in English, and nothing that it has not") {
  MailWorld world;
  two_restaurants(world);
  tick(world, "t1");
  CHECK(world.mail("berlin", "language") == "en");
  CHECK(world.mail("berlin", "subject") ==
        "Berlin Diner: Orders that we booked more than once at Square");
  CHECK(world.mail("berlin", "body") == R"(Hello Berlin Diner,

I am writing because we made a mistake in your books, and I am sorry. On 3 September 2026 our software sent 1 order to Square that was there already. You sold it once; your reports show it more than once. That is our fault, not yours and not your team's.

What we have done about it:

- Refunded: €1,234.50 (1 payment). The money goes back to where each payment came from. It can take a bank some days to show it.

- Our own fee: we credit you 1 month of it.

Sales and VAT in your Square reports change with this, so please pass this mail on to whoever does your books. If anything in it looks wrong to you, answer it and tell me; a person reads it.

I am sorry for the trouble this has been.

Deniz
)");
}

TEST_CASE("an English letter tells of everything that can have been done") {
  pos::mail::Facts facts;
  facts.figures.push_back({"EUR", 8, 430, 2, 123450, 2, 12000, 1, 1, 4000, 2, 3000});
  facts.months = 2;
  const std::string body = pos::mail::write_letter(facts).body;
  CHECK(
      body.rfind("Hello,\n\nI am writing because we made a mistake in your books, and I am sorry. "
                 "Our software sent 8 orders to Square that were there already.",
                 0) == 0);
  CHECK(says(body,
             "- Put right in your books only: €120.00 (2 payments). These were booked as cash "
             "or as paid outside of Square. There a refund is only written down; no money "
             "has moved."));
  CHECK(says(body, "- Canceled: 1 order that nobody had paid."));
  CHECK(says(body,
             "too old for a refund: €40.00 (1 payment). This is on our list for the dispute "
             "fast track. It needs a person on both sides, so one of us will write to you "
             "about it."));
  CHECK(says(body, "- Stopped: €30.00 (2 bookings). What Square shows is not what we expected"));
  CHECK(says(body,
             "- Square's fees on these payments: €4.30. Square keeps its fees when a payment "
             "is refunded, so we credit them to you."));
  CHECK(says(body, "- Our own fee: we credit you 2 months of it."));
  CHECK(says(body, "The people behind your connection to Square\n"));
}

TEST_CASE("a restaurant with two currencies gets one mail that lists both, and two credits") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "en");
  world.repair({"p1", "adana", 1000, "EUR"});
  world.repair({"p2", "adana", 2000, "TRY"});
  tick(world, "t1");
  CHECK(count(world, "pos_mails") == 1);
  CHECK(says(world.mail("adana", "body"), "Refunded: €10.00 and ₺20.00 (2 payments)."));
  CHECK(count(world, "pos_credits") == 2);
}

TEST_CASE(
    "a credit has the figures of the restaurant, and money that has moved apart from bookkeeping") {
  MailWorld world;
  two_restaurants(world);
  tick(world, "t1");
  CHECK(world.database.text("SELECT json_array(currency, duplicates, refunded, recorded, canceled, "
                            "disputed, fees, months) FROM pos_credits "
                            "WHERE restaurant_id = 'adana'") ==
        R"(["TRY",7,123450,12000,1,2,430,1])");
}

TEST_CASE(
    "payments of an approved group that nobody can refund are told of, although no repair is "
    "made") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "en");
  world.repair({"p1", "adana", 1000, "EUR"});
  const auto group = [&](const std::string& id, const std::string& approved_at,
                         const std::string& payment) {
    world.database.execute(
        "INSERT INTO pos_audit_groups (audit_id, group_id, edition, location_id, restaurant_id, "
        "confidence, first_at, plan, approved_at) VALUES ('a1', '" +
        id +
        "', 1, 'L-adana', "
        "'adana', 'certain', 1, '{\"currency\":\"EUR\",\"orders\":[{\"id\":\"s\",\"role\":"
        "\"survivor\",\"payments\":[{\"id\":\"q\",\"amount\":1,\"action\":\"none\",\"reason\":"
        "\"disputed: x\"}]},{\"id\":\"d-" +
        id + "\",\"role\":\"duplicate\",\"payments\":[" + payment + "]}]}', " + approved_at + ")");
  };
  group("g1", "5", R"({"id":"x1","amount":700,"fee":9,"action":"none","reason":"disputed: open"})");
  group("g2", "5", R"({"id":"x2","amount":80,"fee":1,"action":"none","reason":"too_old: 2025"})");
  group("g3", "5", R"({"id":"x3","amount":6,"fee":1,"action":"none","reason":"refunded: done"})");
  group("g4", "NULL", R"({"id":"x4","amount":5,"fee":1,"action":"none","reason":"disputed: x"})");
  tick(world, "t1");
  CHECK(says(world.mail("adana", "body"), "sent 3 orders to Square"));
  CHECK(says(world.mail("adana", "body"), "too old for a refund: €7.80 (2 payments)."));
  CHECK(world.database.integer("SELECT disputed FROM pos_credits") == 2);
  CHECK(world.database.integer("SELECT fees FROM pos_credits") == 10);
}

TEST_CASE("nothing that somebody can name a restaurant gets into a header") {
  pos::mail::Facts facts;
  facts.name = "Adana\r\nBcc: everybody@example.com";
  facts.language = Language::english;
  CHECK(pos::mail::write_letter(facts).subject.find_first_of("\r\n") == std::string::npos);
  using pos::is_address;
  CHECK(is_address("a@b.example"));
  for (const char* bad : {"a@b.example\r\nBcc: c@d.example", "a@b.example,c@d.example",
                          "a b@c.example", "a@b", "a@", "@b.example", "a@b..example", "a@.example",
                          "<a@b.example>", "ä@b.example", "", "a@b@c.de"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_address(bad));
  }
  using pos::is_sender;
  CHECK(is_sender("Deniz Öz <a@b.example>"));
  CHECK(is_sender("a@b.example"));
  for (const char* bad : {"Deniz", "Deniz <a@b>", "De\nniz <a@b.example>", "<a@b.example>",
                          "a <b@c.example> d", "\"D\" <a@b.example>", "a, b <a@b.example>"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_sender(bad));
  }
}

TEST_CASE("an address that Square has wrong is none: the draft waits for a better one") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com, else@example.com", "tr");
  world.repair({"p1", "adana", 1000});
  tick(world, "t1");
  CHECK(world.mail("adana", "recipient").empty());
}

TEST_CASE("what the account says of name, address and language goes before what Square says") {
  MailWorld world;
  world.open("adana", "ADANA GIDA LTD", "info@example.com", "en-US");
  REQUIRE(
      profile(world, "adana", R"({"name":"Adana","email":"a@b.example","language":"tr"})").status ==
      200);
  world.repair({"p1", "adana", 1000});
  tick(world, "t1");
  CHECK(world.mail("adana", "recipient") == "a@b.example");
  CHECK(says(world.mail("adana", "body"), "Merhaba Adana,"));
}

// ---- when a draft is written ----

TEST_CASE("no mail is drafted while anything of the restaurant's audit is open") {
  for (const char* open : {"due", "pending"}) {
    MailWorld world;
    world.open("adana", "Adana", "adana@example.com", "tr");
    world.repair({"p1", "adana", 1000});
    world.repair({"p2", "adana", 2000, "TRY", open});
    world.database.execute("UPDATE pos_repairs SET next_attempt_at = 9000000000000");
    tick(world, "t1");
    CHECK(count(world, "pos_mails") == 0);
    world.database.execute("UPDATE pos_repairs SET state = 'done'");
    tick(world, "t2");
    CHECK(says(world.mail("adana", "body"), "₺30,00 (2 ödeme)"));
  }
}

TEST_CASE("a tick asks for mails exactly where a draft is wanted or a mail is due") {
  MailWorld world;
  const auto due = [&] {
    pos::json::Document rows;
    REQUIRE(
        rows.parse(world.database.batch({Statement::repair_due}, {"", R"({"quiet_ms":150000})"})));
    return rows.root().first().first().at(2).integer();
  };
  CHECK(due() == 0);
  world.open("adana", "Adana", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000, "TRY", "due"});
  CHECK(due() == 0);
  world.database.execute("UPDATE pos_repairs SET state = 'stopped'");
  CHECK(due() == 1);
  tick(world, "t1");
  CHECK(due() == 0);
  REQUIRE(profile(world, "adana", R"({"language":"en"})").status == 200);
  CHECK(due() == 1);
  tick(world, "t2");
  CHECK(due() == 0);
  REQUIRE(approve_all(world).status == 200);
  CHECK(due() == 1);
  tick(world, "t3");
  CHECK(due() == 0);
}

TEST_CASE("many restaurants are all drafted by one tick, each once") {
  MailWorld world;
  for (int i = 0; i < 47; ++i) {
    const std::string id = "r" + std::to_string(i);
    world.open(id, "Restaurant " + id, id + "@example.com", i % 2 == 0 ? "tr" : "en");
    world.repair({"p" + std::to_string(i), id, 1000 + i});
  }
  CHECK(says(tick(world, "t1"), R"("drafted":47)"));
  CHECK(count(world, "pos_mails WHERE state = 'draft'") == 47);
  CHECK(says(tick(world, "t2"), R"("requests":0,"d1_calls":1)"));
  REQUIRE(approve_all(world).status == 200);
  CHECK(says(tick(world, "t3"), R"("sent":47)"));
  CHECK(world.resend.mails.size() == 47);
}

TEST_CASE("a draft is renewed with the new figures when more is approved for its restaurant") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000});
  tick(world, "t1");
  world.repair({"p2", "adana", 500});
  tick(world, "t2");
  CHECK(count(world, "pos_mails") == 1);
  CHECK(says(world.mail("adana", "body"), "₺15,00 (2 ödeme)"));
  CHECK(world.database.integer("SELECT refunded FROM pos_credits") == 1500);
}

TEST_CASE(
    "after a mail was approved a second one tells only the rest, and credits no month again") {
  MailWorld world;
  approved_mail(world);
  world.repair({"p2", "adana", 500, "TRY", "done", "CARD", 7});
  tick(world, "t1");
  CHECK(count(world, "pos_mails") == 2);
  CHECK(world.mail("adana", "id") == "posSync:a1:adana:mail:2");
  const std::string body = world.mail("adana", "body");
  CHECK(says(body, "O zamandan beri 1 siparişle daha ilgilendik."));
  CHECK(says(body, "₺5,00 (1 ödeme)"));
  CHECK(says(body, "₺0,07"));
  CHECK_FALSE(says(body, "aylık"));
  CHECK(world.database.integer("SELECT refunded FROM pos_credits") == 1500);
  CHECK(world.database.integer("SELECT months FROM pos_credits") == 1);
  CHECK(world.resend.mails.size() == 1);
}

TEST_CASE("what changes after it was told of is told again") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000, "TRY", "stopped", "CARD", 0, "refund", "unclear: x"});
  tick(world, "t1");
  REQUIRE(approve_all(world).status == 200);
  tick(world, "t2");
  world.database.execute("UPDATE pos_repairs SET state = 'done', reason = ''");
  tick(world, "t3");
  CHECK(count(world, "pos_mails") == 2);
  CHECK(says(world.mail("adana", "body"), "İade edildi: ₺10,00"));
}

TEST_CASE("a draft that was read before more was approved is not written over a newer one") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000});
  Mailer slow(world, "slow");
  REQUIRE(slow.run_until(is(Statement::mail_draft_open)));
  world.repair({"p2", "adana", 500});
  tick(world, "t1");
  slow.run();
  CHECK(says(slow.done().body, R"("drafted":0)"));
  CHECK(world.database.integer("SELECT refunded FROM pos_credits") == 1500);
  CHECK(says(world.mail("adana", "body"), "₺15,00 (2 ödeme)"));
  CHECK(count(world, "pos_repairs WHERE told_by = ''") == 0);
}

TEST_CASE(
    "what is at rest by the time a draft is written, and was not when it was read, stays untold") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000});
  Mailer slow(world, "slow");
  REQUIRE(slow.run_until(is(Statement::mail_draft_open)));
  world.repair({"p2", "adana", 500});
  slow.run();
  CHECK(count(world, "pos_mails") == 0);
  CHECK(count(world, "pos_repairs WHERE told_by = ''") == 2);
  tick(world, "t1");
  CHECK(says(world.mail("adana", "body"), "₺15,00 (2 ödeme)"));
}

TEST_CASE("a draft's batch that D1 runs once more, later, takes nothing new for told") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000});
  Mailer first(world, "first");
  REQUIRE(first.run_until(is(Statement::mail_draft_open)));
  const auto batch = std::get<D1Command>(*first.next());
  first.run();
  world.repair({"p2", "adana", 500});
  static_cast<void>(world.database.batch(batch.statements, batch.parameters));
  CHECK(count(world, "pos_repairs WHERE told_by = ''") == 1);
  CHECK(world.database.integer("SELECT refunded FROM pos_credits") == 1000);
  tick(world, "t1");
  CHECK(says(world.mail("adana", "body"), "₺15,00 (2 ödeme)"));
}

TEST_CASE("a draft's batch that lands after the approval changes nothing of what was approved") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000});
  Mailer slow(world, "slow");
  REQUIRE(slow.run_until(is(Statement::mail_draft_open)));
  tick(world, "t1");
  REQUIRE(approve_all(world).status == 200);
  const std::string request = world.mail("adana", "request");
  const std::string holder = world.mail("adana", "holder");
  slow.perform();
  CHECK(world.mail("adana", "state") == "due");
  CHECK(world.mail("adana", "request") == request);
  CHECK(world.mail("adana", "holder") == holder);
}

TEST_CASE("a draft's batch that lands while its mail is being sent takes it from nobody") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000});
  Mailer slow(world, "slow");
  REQUIRE(slow.run_until(is(Statement::mail_draft_open)));
  tick(world, "t1");
  REQUIRE(approve_all(world).status == 200);
  Mailer sender(world, "sender");
  REQUIRE(sender.run_until(is_send));
  slow.land();
  sender.run();
  CHECK(world.mail("adana", "state") == "sent");
}

TEST_CASE("groups of which a mail has told are told of once, whatever is approved later") {
  MailWorld world;
  approved_mail(world);
  const auto group = [&](const std::string& id, std::int64_t approved_at) {
    world.database.execute(
        "INSERT INTO pos_audit_groups (audit_id, group_id, edition, location_id, restaurant_id, "
        "confidence, first_at, plan, approved_at) VALUES ('a1', ?1, 1, 'L-adana', 'adana', "
        "'certain', 1, '{\"currency\":\"TRY\",\"orders\":[{\"id\":\"d-' || ?1 || "
        "'\",\"role\":\"duplicate\",\"payments\":[{\"id\":\"x-' || ?1 || '\",\"amount\":100,"
        "\"fee\":0,\"action\":\"none\",\"reason\":\"disputed: open\"}]}]}', "
        "CAST(?2 AS INTEGER))",
        {id, std::to_string(approved_at)});
  };
  const std::int64_t approved_at = world.database.integer("SELECT approved_at FROM pos_mails");
  group("g1", approved_at - 1);
  world.repair({"p2", "adana", 500});
  tick(world, "t1");
  CHECK_FALSE(says(world.mail("adana", "body"), "₺1,00"));
  group("g2", approved_at + 1);
  world.repair({"p3", "adana", 500});
  tick(world, "t2");
  CHECK(says(world.mail("adana", "body"), "₺1,00 (1 ödeme)"));
  CHECK(world.database.integer("SELECT disputed FROM pos_credits") == 2);
}

TEST_CASE(
    "months are credited as they were promised, whatever CREDIT_MONTHS is by the second mail") {
  MailWorld world;
  approved_mail(world);
  world.repair({"p2", "adana", 500});
  auto context = Mailer::test_context();
  context.repair.credit_months = 3;
  Mailer(world, "t1", context).run();
  CHECK(count(world, "pos_mails") == 2);
  CHECK(world.database.integer("SELECT months FROM pos_credits") == 1);
}

// ---- who approves ----

TEST_CASE("no mail is sent that nobody has approved, however many ticks there are") {
  MailWorld world;
  two_restaurants(world);
  for (int i = 0; i < 5; ++i) tick(world, "t" + std::to_string(i));
  CHECK(world.resend.mails.empty());
  REQUIRE(approve(world, fingerprint(world), R"("restaurants":["berlin"])").status == 200);
  tick(world, "t5");
  REQUIRE(world.resend.mails.size() == 1);
  CHECK(world.resend.mails[0].key == "posSync:a1:berlin:mail");
  CHECK(world.mail("adana", "state") == "draft");
}

TEST_CASE("an approval freezes exactly what was read, and these bytes are sent") {
  MailWorld world;
  two_restaurants(world);
  tick(world, "t1");
  REQUIRE(approve_all(world).status == 200);
  CHECK(world.mail("adana", "approved_by") == "Ece");
  const std::string request = world.mail("adana", "request");
  pos::json::Document frozen;
  REQUIRE(frozen.parse(request));
  CHECK(frozen.root().size() == 4);
  CHECK(frozen.root()["from"].equals("Deniz <deniz@pos-sync.example>"));
  CHECK(frozen.root()["to"].first().equals("adana@example.com"));
  CHECK(frozen.root()["subject"].text() == world.mail("adana", "subject"));
  CHECK(frozen.root()["text"].text() == world.mail("adana", "body"));
  tick(world, "t2");
  REQUIRE(world.resend.mails.size() == 2);
  CHECK(world.resend.mails[0].body == request);
  CHECK(world.mail("adana", "state") == "sent");
  CHECK(world.mail("adana", "external_id") == "00000000-0000-4000-8000-000000000001");
}

TEST_CASE("an answer to a mail goes to MAIL_REPLY_TO, if there is one") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000});
  tick(world, "t1");
  RepairRequest request = request_for(
      RepairRoute::mail_approve, R"({"all":true,"fingerprint":")" + fingerprint(world) + R"("})");
  request.context.repair.mail_reply_to = "help@pos-sync.example";
  REQUIRE(ask(world, std::move(request)).status == 200);
  CHECK(says(world.mail("adana", "request"), R"("reply_to":"help@pos-sync.example")"));
}

TEST_CASE("what is approved is what was read: another fingerprint is refused, with both") {
  MailWorld world;
  two_restaurants(world);
  tick(world, "t1");
  const std::string read = fingerprint(world);
  world.repair({"p9", "adana", 1});
  tick(world, "t2");
  const auto refused = approve(world, read);
  CHECK(refused.status == 409);
  CHECK(member(refused, "given") == read);
  CHECK(member(refused, "fingerprint") == fingerprint(world));
  CHECK(count(world, "pos_mails WHERE state <> 'draft'") == 0);
  CHECK(approve(world, fingerprint(world)).status == 200);
}

TEST_CASE("a draft that is renewed between an approval's reading and its writing is not approved") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000});
  tick(world, "t1");
  Mailer approval(world, request_for(RepairRoute::mail_approve, R"({"all":true,"fingerprint":")" +
                                                                    fingerprint(world) + R"("})"));
  REQUIRE(approval.run_until(is(Statement::mail_approve)));
  world.repair({"p2", "adana", 500});
  tick(world, "t2");
  approval.run();
  CHECK(approval.done().status == 409);
  CHECK(world.mail("adana", "state") == "draft");
}

TEST_CASE("to approve twice is to approve once, also in parts, and also when the mail is gone") {
  MailWorld world;
  two_restaurants(world);
  tick(world, "t1");
  const std::string read = fingerprint(world);
  CHECK(approve(world, read, R"("restaurants":["adana"])").status == 200);
  CHECK(approve(world, read).status == 200);
  const std::string request = world.mail("adana", "request");
  CHECK(approve(world, read).status == 200);
  tick(world, "t2");
  CHECK(approve(world, read).status == 200);
  tick(world, "t3");
  CHECK(world.resend.mails.size() == 2);
  CHECK(world.mail("adana", "request") == request);
}

TEST_CASE("an approval that D1 runs once more, when the mail is gone, sends it to nobody again") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000});
  tick(world, "t1");
  Mailer approval(world, request_for(RepairRoute::mail_approve, R"({"all":true,"fingerprint":")" +
                                                                    fingerprint(world) + R"("})"));
  REQUIRE(approval.run_until(is(Statement::mail_approve)));
  const auto batch = std::get<D1Command>(*approval.next());
  approval.run();
  tick(world, "t2");
  REQUIRE(world.mail("adana", "state") == "sent");
  world.pass(48 * hour);
  static_cast<void>(world.database.batch(batch.statements, batch.parameters));
  tick(world, "t3");
  CHECK(world.mail("adana", "state") == "sent");
  CHECK(world.resend.mails.size() == 1);
}

TEST_CASE("a profile that changes between an approval's reading and its writing stops it") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000});
  tick(world, "t1");
  Mailer approval(world, request_for(RepairRoute::mail_approve, R"({"all":true,"fingerprint":")" +
                                                                    fingerprint(world) + R"("})"));
  REQUIRE(approval.run_until(is(Statement::mail_approve)));
  REQUIRE(profile(world, "adana", R"({"email":"a@b.example"})").status == 200);
  approval.run();
  CHECK(approval.done().status == 409);
  CHECK(world.mail("adana", "state") == "draft");
}

TEST_CASE("an approval of something unknown, or of nothing that can be sent, says what to mend") {
  MailWorld world;
  world.open("adana", "Adana", "", "tr");
  world.repair({"p1", "adana", 1000});
  tick(world, "t1");
  const std::string read = fingerprint(world);
  const auto unknown = approve(world, read, R"("restaurants":["adana","izmir"])");
  CHECK(unknown.status == 422);
  CHECK(says(unknown.body, R"(there is no mail of this audit to \"izmir\")"));
  for (const char* whom : {R"("restaurants":["adana"])", R"("all":true)"}) {
    const auto unaddressed = approve(world, read, whom);
    CHECK(unaddressed.status == 422);
    CHECK(says(unaddressed.body, R"(nobody knows the e-mail address of \"adana\")"));
  }
  for (const char* body :
       {R"({"all":true})", R"({"fingerprint":"abc","all":true})", "{}", R"({"all":false})"}) {
    CHECK(ask(world, request_for(RepairRoute::mail_approve, body)).status == 422);
  }
  CHECK(approve(world, read, R"("all":true,"restaurants":["adana"])").status == 422);
  CHECK(approve(world, read, R"("restaurants":[])").status == 422);
  CHECK(approve(world, read, R"("all":true,"whom":1)").status == 422);
  CHECK(ask(world, request_for(RepairRoute::mail_approve, "[")).status == 400);
  RepairRequest other = request_for(RepairRoute::mail_list);
  other.audit_id = "a2";
  CHECK(ask(world, std::move(other)).status == 404);
  CHECK(world.mail("adana", "state") == "draft");
}

TEST_CASE("a worker that is not set up for mails approves none, and names what is missing") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000});
  tick(world, "t1");
  const std::string read = fingerprint(world);
  RepairRequest request =
      request_for(RepairRoute::mail_approve, R"({"all":true,"fingerprint":")" + read + R"("})");
  request.context.repair.mail_from = "";
  request.context.repair.has_mail_key = false;
  const auto refused = ask(world, std::move(request));
  CHECK(refused.status == 503);
  CHECK(says(refused.body, "MAIL_FROM and RESEND_API_KEY missing"));
}

TEST_CASE("a profile that is mended renews the draft, and until then it cannot be approved") {
  MailWorld world;
  world.open("adana", "Adana", "", "tr");
  world.repair({"p1", "adana", 1000});
  tick(world, "t1");
  const auto changed = profile(world, "adana", R"({"email":"a@b.example","language":"en"})");
  CHECK(changed.status == 200);
  CHECK(says(changed.body, R"("email":"a@b.example","language":"en","time_zone":"")"));
  const auto refused = approve_all(world);
  CHECK(refused.status == 409);
  CHECK(says(refused.body, "adana"));
  tick(world, "t2");
  CHECK(world.mail("adana", "recipient") == "a@b.example");
  CHECK(says(world.mail("adana", "body"), "Hello Adana,"));
  CHECK(approve_all(world).status == 200);
}

TEST_CASE("a profile that changes while its draft is written is not lost") {
  MailWorld world;
  world.open("adana", "Adana", "", "tr");
  world.repair({"p1", "adana", 1000});
  Mailer slow(world, "slow");
  REQUIRE(slow.run_until(is(Statement::mail_draft_open)));
  REQUIRE(profile(world, "adana", R"({"email":"a@b.example"})").status == 200);
  slow.run();
  tick(world, "t1");
  CHECK(world.mail("adana", "recipient") == "a@b.example");
}

TEST_CASE("a profile that makes no sense is refused field by field, and changes nothing") {
  MailWorld world;
  world.open("adana", "Adana", "", "tr");
  for (const char* body :
       {R"({"email":"a@b"})", R"({"email":5})", R"({"language":"de"})", R"({"name":"a\r\nb"})",
        R"({"time_zone":"Mars/Olympus"})", R"({"phone":"1"})", R"({"actor":""})", "{}",
        R"({"email":"a@b.example\r\nBcc: c@d.example"})"}) {
    CAPTURE(body);
    CHECK(profile(world, "adana", body).status == 422);
  }
  CHECK(profile(world, "adana", "x").status == 400);
  CHECK(profile(world, "izmir", R"({"language":"tr"})").status == 404);
  CHECK(count(world, "pos_accounts WHERE email || language || name || time_zone <> ''") == 0);
  CHECK(profile(world, "adana", R"({"time_zone":"Europe/Istanbul"})").status == 200);
  CHECK(profile(world, "", R"({"language":"tr"})").status == 200);
}

TEST_CASE(
    "the mails of an audit are listed for people, and a spreadsheet runs none of their cells") {
  MailWorld world;
  world.open("adana", "=cmd()", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000});
  tick(world, "t1");
  RepairRequest request = request_for(RepairRoute::mail_list);
  request.csv = true;
  const auto csv = ask(world, std::move(request));
  CHECK(csv.type == "text/csv; charset=utf-8");
  CHECK(csv.body.rfind("\xEF\xBB\xBFid,restaurant_id,language,recipient,subject,body,state,", 0) ==
        0);
  CHECK(says(csv.body, ",'=cmd(): "));
  CHECK_FALSE(says(csv.body, ",=cmd"));
  RepairRequest behind = request_for(RepairRoute::mail_list);
  behind.csv = true;
  behind.cursor = "~";
  CHECK_FALSE(says(ask(world, std::move(behind)).body, "adana"));
  const auto list = ask(world, request_for(RepairRoute::mail_list));
  CHECK(says(list.body, R"("credits":[{"restaurant_id":"adana","currency":"TRY","duplicates":1)"));
  CHECK(says(list.body, R"("cursor":null)"));
}

TEST_CASE("more mails than a page has are read page by page, under one fingerprint") {
  MailWorld world;
  for (int i = 0; i < 130; ++i) {
    const std::string id = "r" + std::to_string(i);
    world.open(id, id, id + "@example.com", "en");
    world.repair({"p" + std::to_string(i), id, 1000});
  }
  tick(world, "t1");
  std::set<std::string> ids;
  std::string cursor;
  int pages = 0;
  do {
    RepairRequest request = request_for(RepairRoute::mail_list);
    request.cursor = cursor;
    pos::json::Document page;
    REQUIRE(page.parse(ask(world, std::move(request)).body));
    for (auto each = page.root()["mails"].first(); each.present(); each = each.next()) {
      ids.emplace(each["id"].text());
    }
    CHECK(page.root()["fingerprint"].text() == fingerprint(world));
    cursor = page.root()["cursor"].text();
    ++pages;
  } while (!cursor.empty());
  CHECK(ids.size() == 130);
  CHECK(pages == 2);
}

// ---- what becomes of a request ----

TEST_CASE("Resend's replies are read as it describes them") {
  using pos::net::Result;
  const auto read = [](int status, const std::string& body) {
    pos::net::Reply reply;
    reply.transport = pos::net::Transport::replied;
    reply.status = status;
    reply.body = body;
    return pos::resend::read_reply(reply).result;
  };
  const auto error = [](const std::string& name, const std::string& message = "x") {
    return R"({"name":")" + name + R"(","message":")" + message + "\"}";
  };
  const std::string id = R"("49a3999c-0ce1-4ea6-ab68-AFCD6DC2E794")";
  CHECK(read(200, R"({"id":)" + id + "}") == Result::accepted);
  CHECK(read(200, R"({"id":)" + id + R"(,"object":"email"})") == Result::accepted);
  for (const char* odd :
       {R"("m1")", "7", R"("")", "1.5", R"("49a3999c-0ce1-4ea6-ab68-afcd6dc2e79")",
        R"("49a3999c-0ce1-4ea6-ab68-afcd6dc2e7945")", R"("49a3999c00ce1-4ea6-ab68-afcd6dc2e794")",
        R"("49a3999c-0ce1-4ea6-ab68-afcd6dc2e79g")", R"("49a3999c-0ce1-4ea6-ab68-afcd6dc2e79@")"}) {
    CAPTURE(odd);
    CHECK(read(200, std::string(R"({"id":)") + odd + "}") == Result::unknown);
  }
  for (const char* beside :
       {R"("name":"x")", R"("statusCode":422)", R"("error":{})", R"("errors":[])"}) {
    CAPTURE(beside);
    CHECK(read(200, R"({"id":)" + id + "," + beside + "}") == Result::unknown);
  }
  CHECK(read(200, "{}") == Result::unknown);
  CHECK(read(200, "<html>") == Result::unknown);
  CHECK(read(422, error("missing_required_field")) == Result::rejected);
  CHECK(read(400, error("validation_error")) == Result::rejected);
  CHECK(read(400, error("validation_error", "API key is invalid")) == Result::unauthorized);
  CHECK(read(400, "<html>") == Result::unknown);
  CHECK(read(401, error("missing_api_key")) == Result::unauthorized);
  CHECK(read(403, error("validation_error")) == Result::unauthorized);
  CHECK(read(409, error("invalid_idempotent_request")) == Result::conflict);
  CHECK(read(409, error("concurrent_idempotent_requests")) == Result::unknown);
  CHECK(read(429, error("daily_quota_exceeded")) == Result::throttled);
  CHECK(read(451, error("security_error")) == Result::unknown);
  CHECK(read(500, error("application_error")) == Result::unknown);
  CHECK(read(301, "") == Result::unknown);
}

TEST_CASE("a no that is not Resend's own may hide a mail that went out") {
  using pos::net::Result;
  const auto read = [](int status, const std::string& body) {
    pos::net::Reply reply;
    reply.transport = pos::net::Transport::replied;
    reply.status = status;
    reply.body = body;
    return pos::resend::read_reply(reply);
  };
  const std::string no = R"({"name":"validation_error","message":"x")";
  CHECK(read(422, no + "}").result == Result::rejected);
  CHECK(read(422, no + R"(,"statusCode":422})").result == Result::rejected);
  CHECK(read(422, no + R"(,"statusCode":500})").result == Result::unknown);
  CHECK(read(422, no + R"(,"statusCode":"422"})").result == Result::unknown);
  CHECK(read(422, no + R"(,"id":"49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"})").result ==
        Result::unknown);
  for (const char* body : {R"({"message":"no route matched"})", R"({"name":"validation_error"})",
                           R"({"name":7.5,"message":"x"})", R"({"name":"","message":"x"})", "[]"}) {
    CAPTURE(body);
    CHECK(read(400, body).result == Result::unknown);
    CHECK(read(422, body).result == Result::unknown);
    CHECK(read(409, body).result == Result::unknown);
    CHECK(read(403, body).result == Result::unauthorized);
    CHECK(read(403, body).may_have_happened);
  }
  CHECK(read(409, R"({"name":"invalid_idempotent_request"})").result == Result::unknown);
  CHECK_FALSE(read(403, no + "}").may_have_happened);
  CHECK_FALSE(read(422, "{}").may_have_happened);
}

TEST_CASE("a mail that a gateway has answered with 403 is in doubt: it may have gone out") {
  for (const bool may_have : {false, true}) {
    pos::net::Outcome outcome;
    outcome.result = pos::net::Result::unauthorized;
    outcome.may_have_happened = may_have;
    const auto verdict =
        pos::mail::apply_mail_outcome(outcome, {}, Mailer::test_context().settings);
    CHECK(verdict.doubt == may_have);
    CHECK(verdict.sent == may_have);
  }
}

TEST_CASE("a mail whose reply is lost is sent again under its key, and arrives once") {
  for (const RequestFault end :
       {RequestFault::lost, RequestFault::failed, RequestFault::server_error, RequestFault::busy}) {
    MailWorld world;
    approved_mail(world);
    Mailer mailer(world, "t1");
    REQUIRE(mailer.run_until(is_send));
    mailer.perform(end);
    mailer.run();
    CHECK(says(mailer.done().body, R"("sent":0,"waiting":1)"));
    CHECK(world.mail("adana", "in_doubt_since") != "");
    CHECK(world.mail("adana", "attempts") == "1");
    tick(world, "t2");
    CHECK(world.mail("adana", "state") == "due");
    world.pass(3 * minute);
    tick(world, "t3");
    CHECK(world.mail("adana", "state") == "sent");
    CHECK(world.mail("adana", "in_doubt_since").empty());
    CHECK(world.resend.mails.size() == 1);
  }
}

TEST_CASE(
    "a mail in doubt whose key is about to be forgotten goes to a human, and is not sent again") {
  MailWorld world;
  approved_mail(world);
  Mailer mailer(world, "t1");
  REQUIRE(mailer.run_until(is_send));
  mailer.perform(RequestFault::lost);
  mailer.run();
  const auto settings = Mailer::test_context().settings;
  const std::int64_t first = world.database.integer("SELECT first_sent_at FROM pos_mails");
  const std::int64_t window = 24 * hour - settings.lease_ms - settings.quiet_on_clock_ms();
  SUBCASE("just before, it is sent again, and Resend still knows it") {
    world.database.now_ms = first + window - 1;
    tick(world, "t2");
    CHECK(world.mail("adana", "state") == "sent");
  }
  SUBCASE("from then on it is not") {
    world.database.now_ms = first + window;
    CHECK(says(tick(world, "t2"), R"("dead":1)"));
    CHECK(world.mail("adana", "state") == "dead");
    CHECK(world.mail("adana", "reason").rfind("unknown_outcome: ", 0) == 0);
    world.pass(48 * hour);
    tick(world, "t3");
  }
  CHECK(world.resend.mails.size() == 1);
}

TEST_CASE("a mail whose worker went away while sending it is past the window a human's, too") {
  MailWorld world;
  approved_mail(world);
  Mailer mailer(world, "t1");
  REQUIRE(mailer.run_until(is_send));
  mailer.land();
  world.pass(24 * hour);
  tick(world, "t2");
  CHECK(world.mail("adana", "state") == "dead");
  CHECK(world.mail("adana", "reason").rfind("unknown_outcome: ", 0) == 0);
  CHECK(world.resend.mails.size() == 1);
}

TEST_CASE(
    "a mail that was taken over may have been sent: a definite no to the next one ends no doubt") {
  MailWorld world;
  approved_mail(world);
  Mailer doomed(world, "doomed");
  REQUIRE(doomed.run_until(is_send));
  doomed.land();
  world.pass(20 * minute);
  Mailer heir(world, "heir");
  REQUIRE(heir.run_until(is_send));
  heir.perform(RequestFault::refused);
  heir.run();
  CHECK(world.mail("adana", "reason").rfind("unknown_outcome: ", 0) == 0);
}

TEST_CASE("the window of a mail that was taken over began when its first worker claimed it") {
  MailWorld world;
  approved_mail(world);
  const std::int64_t first = world.database.now_ms;
  Mailer doomed(world, "doomed");
  REQUIRE(doomed.run_until(is_send));
  doomed.land();
  world.pass(12 * hour);
  Mailer heir(world, "heir");
  REQUIRE(heir.run_until(is_send));
  heir.perform(RequestFault::lost);
  heir.run();
  CHECK(world.database.integer("SELECT first_sent_at FROM pos_mails") == first);
  world.pass(12 * hour);
  tick(world, "t1");
  CHECK(world.mail("adana", "state") == "dead");
  CHECK(world.resend.mails.size() == 1);
}

TEST_CASE("a mail that somebody is sending is nobody else's to give up") {
  MailWorld world;
  approved_mail(world);
  Mailer mailer(world, "t1");
  REQUIRE(mailer.run_until(is_send));
  mailer.perform(RequestFault::lost);
  mailer.run();
  const auto settings = Mailer::test_context().settings;
  const std::int64_t first = world.database.integer("SELECT first_sent_at FROM pos_mails");
  world.database.now_ms = first + 24 * hour - settings.lease_ms - settings.quiet_on_clock_ms() - 1;
  Mailer sender(world, "sender");
  REQUIRE(sender.run_until(is_send));
  world.pass(minute);
  world.open("berlin", "Berlin", "", "en");
  world.repair({"p2", "berlin", 1000});
  CHECK(says(tick(world, "other"), R"("drafted":1,"sent":0,"waiting":0,"dead":0)"));
  sender.run();
  CHECK(says(sender.done().body, R"("sent":1)"));
  CHECK(world.mail("adana", "state") == "sent");
  CHECK(world.resend.mails.size() == 1);
}

TEST_CASE("what a lost answer makes D1 write twice is counted once") {
  MailWorld world;
  approved_mail(world);
  Mailer mailer(world, "t1");
  REQUIRE(mailer.run_until(is_send));
  mailer.perform(RequestFault::failed);
  REQUIRE(mailer.run_until(is(Statement::mail_settle)));
  mailer.perform(RequestFault::lost);
  mailer.run();
  CHECK(world.mail("adana", "attempts") == "1");
  CHECK(says(mailer.done().body, R"("waiting":1)"));
}

TEST_CASE("a mail that was approved long ago and never sent is sent: only doubt grows old") {
  MailWorld world;
  approved_mail(world);
  world.pass(72 * hour);
  tick(world, "t1");
  CHECK(world.mail("adana", "state") == "sent");
}

TEST_CASE(
    "a definite no is the end of a mail, unless it may have been sent before: then a human is "
    "asked") {
  const auto reason_after = [](bool in_doubt) {
    MailWorld world;
    approved_mail(world);
    if (in_doubt) {
      Mailer mailer(world, "t1");
      REQUIRE(mailer.run_until(is_send));
      mailer.perform(RequestFault::lost);
      mailer.run();
      world.pass(hour);
    }
    Mailer mailer(world, "t2");
    REQUIRE(mailer.run_until(is_send));
    mailer.perform(RequestFault::refused);
    mailer.run();
    CHECK(says(mailer.done().body, R"("dead":1)"));
    CHECK(world.mail("adana", "state") == "dead");
    return world.mail("adana", "reason");
  };
  CHECK(reason_after(false) == "rejected: 422 validation_error: as the test wants it");
  CHECK(reason_after(true).rfind("unknown_outcome: ", 0) == 0);
}

TEST_CASE("a key that stands for other bytes is the end of a mail") {
  MailWorld world;
  approved_mail(world);
  Mailer mailer(world, "t1");
  REQUIRE(mailer.run_until(is_send));
  mailer.perform(RequestFault::other_bytes);
  mailer.run();
  CHECK(world.mail("adana", "state") == "dead");
  CHECK(world.mail("adana", "reason").rfind("key_conflict: ", 0) == 0);
}

TEST_CASE("a refused API key costs no attempt, stops the tick, and is told") {
  MailWorld world;
  two_restaurants(world);
  tick(world, "t0");
  REQUIRE(approve_all(world).status == 200);
  Mailer mailer(world, "t1");
  REQUIRE(mailer.run_until(is_send));
  mailer.perform(RequestFault::unauthorized);
  CHECK_FALSE(mailer.run_until(is_send));
  CHECK(world.mail("adana", "state") == "due");
  CHECK(world.mail("adana", "attempts") == "0");
  CHECK(world.mail("adana", "in_doubt_since").empty());
  CHECK(says(world.mail("adana", "reason"), "unauthorized: 403"));
  world.pass(hour);
  tick(world, "t2");
  CHECK(world.resend.mails.size() == 2);
}

TEST_CASE("a throttled mail waits as Resend asks, in doubt, and goes out in the same tick, once") {
  MailWorld world;
  two_restaurants(world);
  tick(world, "t0");
  REQUIRE(approve_all(world).status == 200);
  Mailer mailer(world, "t1");
  REQUIRE(mailer.run_until(is_send));
  mailer.perform(RequestFault::throttled);
  REQUIRE(mailer.run_until([](const Command& command) {
    return std::holds_alternative<pos::io::SleepCommand>(command);
  }));
  CHECK(std::get<pos::io::SleepCommand>(*mailer.next()).duration_ms == 2000);
  CHECK(world.mail("adana", "in_doubt_since") != "");
  CHECK(world.mail("adana", "attempts") == "0");
  mailer.run();
  CHECK(world.resend.mails.size() == 2);
  CHECK(count(world, "pos_mails WHERE state = 'sent'") == 2);
}

TEST_CASE(
    "a mail of which nobody can say what became of it goes to a human when its attempts are over") {
  MailWorld world;
  approved_mail(world);
  const std::int64_t most = Mailer::test_context().settings.max_attempts;
  for (std::int64_t i = 0; i < most; ++i) {
    Mailer mailer(world, "t" + std::to_string(i));
    REQUIRE(mailer.run_until(is_send));
    mailer.perform(RequestFault::failed);
    mailer.run();
    // It keeps trying within the window, or it would not come this far.
    world.database.execute("UPDATE pos_mails SET next_attempt_at = 0");
  }
  CHECK(world.mail("adana", "state") == "dead");
  CHECK(world.mail("adana", "reason").rfind("unknown_outcome: ", 0) == 0);
  CHECK(world.mail("adana", "attempts") == std::to_string(most));
}

TEST_CASE("a mail that takes its worker down with it each time goes to a human at last") {
  MailWorld world;
  approved_mail(world);
  for (int i = 0; i < 40 && world.mail("adana", "state") == "due"; ++i) {
    Mailer mailer(world, "t" + std::to_string(i));
    mailer.run_until(is_send);
    world.pass(20 * minute);
  }
  CHECK(world.mail("adana", "state") == "dead");
  CHECK(world.mail("adana", "attempts") == "9");
  CHECK(world.resend.mails.empty());
}

// ---- workers that die, overlap and come late ----

TEST_CASE("a worker that dies after any of its commands leaves mails that arrive once") {
  int survived = 0;
  for (int dies_after = 1; survived < 1; ++dies_after) {
    for (const bool in_flight : {false, true}) {
      CAPTURE(dies_after);
      CAPTURE(in_flight);
      MailWorld world;
      two_restaurants(world);
      // Drafting, then sending, each with a worker that dies.
      bool died = false;
      for (const char* stage : {"drafting", "sending"}) {
        Mailer doomed(world, std::string("doomed-") + stage);
        int commands = 0;
        while (!doomed.ended() && commands < dies_after) {
          ++commands;
          if (commands == dies_after && in_flight &&
              !std::holds_alternative<pos::io::DayBoundariesCommand>(*doomed.next())) {
            doomed.land();
            break;
          }
          doomed.perform();
        }
        died = died || !doomed.ended();
        world.pass(20 * minute);
        tick(world, std::string("heir-") + stage);
        if (std::string(stage) == "drafting") {
          CHECK(count(world, "pos_mails WHERE state = 'draft'") == 2);
          REQUIRE(approve_all(world).status == 200);
        }
      }
      CHECK(count(world, "pos_mails WHERE state = 'sent'") == 2);
      CHECK(world.resend.mails.size() == 2);
      CHECK(count(world, "pos_credits") == 2);
      if (!died) ++survived;
    }
  }
}

TEST_CASE("a lost answer of D1 to any command changes nothing of what arrives") {
  for (int lost = 1; lost < 20; ++lost) {
    CAPTURE(lost);
    MailWorld world;
    two_restaurants(world);
    for (const char* stage : {"drafting", "sending"}) {
      Mailer mailer(world, stage);
      for (int commands = 1; !mailer.ended(); ++commands) {
        const bool d1 = std::holds_alternative<D1Command>(*mailer.next());
        mailer.perform(d1 && commands == lost ? RequestFault::lost : RequestFault::none);
      }
      if (std::string(stage) == "drafting") REQUIRE(approve_all(world).status == 200);
    }
    CHECK(count(world, "pos_mails WHERE state = 'sent'") == 2);
    CHECK(count(world, "pos_mails WHERE attempts > 0") == 0);
    CHECK(world.resend.mails.size() == 2);
  }
}

TEST_CASE("two ticks that overlap at every step send each mail once") {
  for (int steps = 0; steps < 24; ++steps) {
    CAPTURE(steps);
    MailWorld world;
    two_restaurants(world);
    {
      Mailer one(world, "d1");
      for (int i = 0; i < steps && !one.ended(); ++i) one.perform();
      tick(world, "d2");
      one.run();
    }
    CHECK(count(world, "pos_mails") == 2);
    REQUIRE(approve_all(world).status == 200);
    std::size_t sends = 0;
    Mailer one(world, "s1");
    const auto step = [&](Mailer& mailer) {
      if (mailer.ended()) return;
      if (is_send(*mailer.next())) ++sends;
      mailer.perform();
    };
    for (int i = 0; i < steps && !one.ended(); ++i) step(one);
    Mailer two(world, "s2");
    while (!two.ended()) step(two);
    while (!one.ended()) step(one);
    CHECK(sends == 2);
    CHECK(world.resend.mails.size() == 2);
    CHECK(count(world, "pos_mails WHERE state = 'sent' AND attempts = 0") == 2);
  }
}

TEST_CASE("a worker that comes back after its lease writes down nothing, and does not send") {
  MailWorld world;
  approved_mail(world);
  SUBCASE("its reply came, but another one has the mail: what that one says counts") {
    Mailer zombie(world, "zombie");
    REQUIRE(zombie.run_until(is_send));
    world.pass(20 * minute);
    Mailer heir(world, "heir");
    REQUIRE(heir.run_until(is_send));
    zombie.perform(RequestFault::refused);
    zombie.run();
    CHECK(says(zombie.done().body, R"("dead":0)"));
    CHECK(world.mail("adana", "state") == "due");
    CHECK(world.mail("adana", "holder") == "heir.m1");
    heir.run();
    CHECK(world.mail("adana", "state") == "sent");
  }
  SUBCASE("it settles after its heir has: nothing changes") {
    Mailer zombie(world, "zombie");
    REQUIRE(zombie.run_until(is_send));
    zombie.perform();
    world.pass(20 * minute);
    tick(world, "heir");
    const std::string before = world.mail("adana", "updated_at");
    world.pass(minute);
    zombie.run();
    CHECK(says(zombie.done().body, R"("sent":0)"));
    CHECK(world.mail("adana", "updated_at") == before);
  }
  SUBCASE("its claim was answered so late that its lease would end under way") {
    Mailer zombie(world, "zombie");
    REQUIRE(zombie.run_until(is(Statement::mail_expire)));
    zombie.wait_only_here(14 * minute);
    CHECK_FALSE(zombie.run_until(is_send));
    CHECK(world.mail("adana", "in_doubt_since").empty());
    CHECK(world.mail("adana", "lease_until") == "0");
    tick(world, "t2");
    CHECK(world.mail("adana", "state") == "sent");
  }
  CHECK(world.resend.mails.size() == 1);
}

TEST_CASE("a claim that D1 runs once more, later, takes no other mail") {
  MailWorld world;
  two_restaurants(world);
  tick(world, "t0");
  REQUIRE(approve_all(world).status == 200);
  Mailer mailer(world, "t1");
  REQUIRE(mailer.run_until(is(Statement::mail_expire)));
  const auto claim = std::get<D1Command>(*mailer.next());
  REQUIRE(mailer.run_until(is(Statement::mail_settle)));
  mailer.perform();
  static_cast<void>(world.database.batch(claim.statements, claim.parameters));
  CHECK(count(world, "pos_mails WHERE holder <> '' AND claimed_at IS NOT NULL") == 0);
  mailer.run();
  CHECK(world.resend.mails.size() == 2);
  CHECK(count(world, "pos_mails WHERE attempts > 0") == 0);
}

TEST_CASE("D1's statements do not share one now: a claim that abandons nothing loses no doubt") {
  MailWorld world;
  world.database.drift_ms_per_statement = 300;
  approved_mail(world);
  Mailer doomed(world, "doomed");
  REQUIRE(doomed.run_until(is_send));
  doomed.land();
  const std::int64_t lease = world.database.integer("SELECT lease_until FROM pos_mails");
  // Over between the statements of the next claim.
  world.database.now_ms = lease - 400;
  Mailer heir(world, "heir");
  heir.run();
  tick(world, "later");
  world.pass(hour);
  tick(world, "latest");
  CHECK(world.mail("adana", "state") == "sent");
  CHECK(world.mail("adana", "attempts") == "1");
  CHECK(world.resend.mails.size() == 1);
}

// ---- keys and variables ----

TEST_CASE("the key of a mail fits Resend, is ASCII, and no two mails share it") {
  CHECK(pos::mail_key("a1", "adana", 1) == "posSync:a1:adana:mail");
  CHECK(pos::mail_key("a1", "adana", 2) == "posSync:a1:adana:mail:2");
  CHECK(pos::mail_key("a1", "", 1) == "posSync:a1::mail");
  CHECK(pos::mail_key("a1", "köşe:1", 1) == "posSync:a1:k%C3%B6%C5%9Fe%3A1:mail");
  CHECK(pos::mail_key("a:1", "b", 1) != pos::mail_key("a", "1:b", 1));
  const std::string longest = pos::mail_key("a1", std::string(200, '\xff'), 1);
  CHECK(longest.size() == 51);
  CHECK(longest != pos::mail_key("a1", std::string(200, '\xff'), 2));
  CHECK(pos::mail_key("a1", std::string(240, 'r'), 1).size() == 256);
  CHECK(pos::mail_key("a1", std::string(241, 'r'), 1).size() == 51);
}

TEST_CASE("the variables of the repair are checked, and what is wrong is named") {
  const auto read = [](const std::string& variables, pos::runtime::RepairSettings& options) {
    pos::json::Document document;
    pos::json::Document secrets;
    REQUIRE(document.parse(variables));
    REQUIRE(secrets.parse(R"(["RESEND_API_KEY"])"));
    return pos::runtime::read_repair_settings(document.root(), secrets.root(), options);
  };
  pos::runtime::RepairSettings options;
  CHECK(read("{}", options).empty());
  CHECK(options.mail_base_url == "https://api.resend.com");
  CHECK(options.window_ms == 2'100'000);
  CHECK(options.credit_months == 1);
  CHECK(options.has_mail_key);
  CHECK(read(R"({"RESEND_BASE_URL":"http://127.0.0.1:5/","MAIL_FROM":"D <a@b.example>",)"
             R"("MAIL_REPLY_TO":"c@d.example","CREDIT_MONTHS":0,"DUPLICATE_WINDOW_SECONDS":"60"})",
             options)
            .empty());
  CHECK(options.mail_base_url == "http://127.0.0.1:5");
  CHECK(options.mail_from == "D <a@b.example>");
  CHECK(options.credit_months == 0);
  CHECK(options.window_ms == 60'000);
  for (const char* wrong :
       {R"({"RESEND_BASE_URL":"http://api.resend.com"})", R"({"MAIL_FROM":"Deniz"})",
        R"({"MAIL_REPLY_TO":"a@b"})", R"({"CREDIT_MONTHS":"13"})", R"({"CREDIT_MONTHS":"x"})",
        R"({"DUPLICATE_WINDOW_SECONDS":"59"})", R"({"DUPLICATE_WINDOW_SECONDS":"86401"})"}) {
    CAPTURE(wrong);
    const std::string problem = read(wrong, options);
    const std::string name(problem.substr(0, problem.find(':')));
    CHECK(says(wrong, "\"" + name + "\""));
  }
}

TEST_CASE("a variable is taken at its bounds, and not a step beyond them") {
  const auto window = [](const std::string& text) {
    pos::json::Document variables;
    pos::json::Document secrets;
    REQUIRE(variables.parse(R"({"DUPLICATE_WINDOW_SECONDS":")" + text + "\"}"));
    REQUIRE(secrets.parse("[]"));
    pos::runtime::RepairSettings options;
    const bool right =
        pos::runtime::read_repair_settings(variables.root(), secrets.root(), options).empty();
    return right ? options.window_ms : -1;
  };
  CHECK(window("59") == -1);
  CHECK(window("60") == 60'000);
  CHECK(window("86400") == 86'400'000);
  CHECK(window("86401") == -1);
  const auto months = [](const std::string& text) {
    pos::json::Document variables;
    pos::json::Document secrets;
    REQUIRE(variables.parse(R"({"CREDIT_MONTHS":")" + text + "\"}"));
    REQUIRE(secrets.parse("[]"));
    pos::runtime::RepairSettings options;
    const bool right =
        pos::runtime::read_repair_settings(variables.root(), secrets.root(), options).empty();
    return right ? options.credit_months : -1;
  };
  CHECK(months("-1") == -1);
  CHECK(months("0") == 0);
  CHECK(months("12") == 12);
  CHECK(months("13") == -1);
}

TEST_CASE("a restaurant that names no time zone, or none that there is, is told the days of UTC") {
  for (const char* zone : {"", "Mars/Olympus", "Europe/Istanbul"}) {
    CAPTURE(zone);
    MailWorld world;
    world.open("adana", "Adana", "adana@example.com", "en");
    world.database.execute(std::string("UPDATE pos_audit_places SET time_zone = '") + zone + "'");
    world.repair({"p1", "adana", 1000});
    world.repair({"p2", "adana", 1000});
    world.ordered_at("p1", 1'788'463'800'000);  // 2026-09-03T18:30:00Z
    world.ordered_at("p2", 1'795'213'800'000);  // 2026-11-20T22:30:00Z, the day after in Istanbul
    tick(world, "t1");
    const bool istanbul = zone == std::string("Europe/Istanbul");
    const std::string days = std::string("Between 3 September 2026 and ") +
                             (istanbul ? "21" : "20") + " November 2026 our";
    CAPTURE(world.mail("adana", "body"));
    CHECK(says(world.mail("adana", "body"), days));
  }
}

TEST_CASE("a draft goes on under the id that it has, so that its restaurant is told once") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "en");
  world.repair({"p1", "adana", 1000});
  tick(world, "t1");
  world.database.execute("UPDATE pos_mails SET id = 'older', reason = 'renewed'");
  world.database.execute("UPDATE pos_repairs SET told_by = 'older'");
  world.repair({"p2", "adana", 500});
  tick(world, "t2");
  CHECK(count(world, "pos_mails") == 1);
  CHECK(count(world, "pos_mails WHERE id = 'older' AND reason = ''") == 1);
  CHECK(count(world, "pos_repairs WHERE told_by = 'older'") == 2);
}

TEST_CASE("a tick that has no requests left drafts nothing, and asks nothing for it") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "en");
  world.repair({"p1", "adana", 1000});
  int asked = 0;
  world.hears = [&](const Command& command) {
    const auto* batch = std::get_if<D1Command>(&command);
    if (batch != nullptr && batch->statements.front() == Statement::mail_wanting) ++asked;
  };
  pos::runtime::RunContext context = Mailer::test_context();
  context.settings.subrequest_budget = 5;
  Mailer(world, "poor", context).run();
  CHECK(asked == 0);
  CHECK(count(world, "pos_mails") == 0);
  Mailer(world, "rich").run();
  CHECK(asked == 1);
  CHECK(count(world, "pos_mails") == 1);
}

TEST_CASE("the mails of one restaurant are shown to it, whatever the others' are called") {
  MailWorld world;
  two_restaurants(world);
  tick(world, "t1");
  REQUIRE(count(world, "pos_mails") == 2);
  for (const bool csv : {false, true}) {
    for (const std::string restaurant : {"adana", "berlin", "posSync:a1:adana:mail"}) {
      CAPTURE(restaurant);
      RepairRequest list = request_for(RepairRoute::mail_list);
      list.csv = csv;
      list.has_restaurant = true;
      list.restaurant_id = restaurant;
      const std::string body = ask(world, list).body;
      CHECK(says(body, "adana@example.com") == (restaurant == "adana"));
      CHECK(says(body, "berlin@example.com") == (restaurant == "berlin"));
    }
  }
}

TEST_CASE("without the key of seals an approval of mails approves none, and says what is missing") {
  MailWorld world;
  world.open("adana", "Adana", "adana@example.com", "tr");
  world.repair({"p1", "adana", 1000});
  tick(world, "t1");
  const std::string print = fingerprint(world);
  // It is named among the secrets, and no key can be made of it.
  world.has_seal_key = false;
  const auto done = approve(world, print);
  CHECK(done.status == 503);
  CHECK(says(done.body, "pos-sync is not set up: "));
  CHECK(world.mail("adana", "state") == "draft");
  world.has_seal_key = true;
  CHECK(approve(world, print).status == 200);
  CHECK(world.mail("adana", "state") == "due");
}

}  // namespace mail_test
