// What is asked for where mails go out, word by word: whom they are claimed for, the frozen bytes,
// what is written down of each answer; and the bounds of what is an address.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/email_address.hpp"
#include "base/json/value.hpp"
#include "harness/duration.hpp"
#include "harness/mail_world.hpp"
#include "harness/transcript.hpp"
#include "mail/letter.hpp"

namespace mails_words_test {

using pos::mail::Facts;
using pos::runtime::RepairRequest;
using pos::runtime::RepairRoute;
using transcript::Transcript;
using world::Mailer;
using world::MailWorld;
using world::RequestFault;

namespace {

RepairRequest request_for(RepairRoute route, const std::string& id, const std::string& body = "") {
  RepairRequest request;
  request.route = route;
  request.context = Mailer::test_context();
  request.context.id = id;
  request.context.role = "approve";
  request.audit_id = "a1";
  request.body = body;
  return request;
}

std::string fingerprint(MailWorld& world) {
  Mailer list(world, request_for(RepairRoute::mail_list, "read"));
  list.run();
  pos::json::Document body;
  REQUIRE(body.parse(list.done().body));
  return std::string(body.root()["fingerprint"].text());
}

std::string approving(MailWorld& world, const std::string& more = R"(,"all":true)") {
  return R"({"actor":"Ece","fingerprint":")" + fingerprint(world) + "\"" + more + "}";
}

void one_draft(MailWorld& world) {
  world.open("adana", "Adana", "adana@example.com", "en");
  world.repair({"p1", "adana", 1000});
  Mailer(world, "drafting").run();
}

void one_approved(MailWorld& world) {
  one_draft(world);
  Mailer(world, request_for(RepairRoute::mail_approve, "approving", approving(world))).run();
}

bool is_send(const pos::io::Command& command) {
  return std::holds_alternative<pos::io::FetchCommand>(command);
}

/// What is asked for of the first mail, behind the tick's own questions.
std::string behind(const std::string& text, const char* mark) {
  const std::size_t at = text.find(mark);
  REQUIRE(at != std::string::npos);
  return text.substr(at);
}

}  // namespace

TEST_CASE("an approval of mails seals and freezes what was read, and says by whom") {
  MailWorld world;
  one_draft(world);
  const std::string body = approving(world);
  Transcript told;
  world.hears = told.hearing();
  Mailer(world, request_for(RepairRoute::mail_approve, "r1", body)).run();
  CHECK(told.take() == R"~(
d1 mail.audit mail.list schema.guard
{"audit_id":"a1","after":""}
d1 mail.to_seal schema.guard

{"audit_id":"a1","actor":"Ece","role":"approve","approved_at":1795000000000,
    "mails":[{"id":"posSync:a1:adana:mail","recipient":"adana@example.com","subject":"Adana:
     Orders that we booked more than once at Square","body":"Hello Adana,\n\nI am writing
     because we made a mistake in your books, and I am  ... with the digest 17b825db7b050431
sign with SEAL_KEY
["pos_mails","posSync:a1:adana:mail","a1","adana","en","adana@example.com","Adana: Orders
     that we booked more than once at Square","Hello Adana,\n\nI am writing because we made a
     mistake in your books, and I am sorry. Our software sent 1 order to Square that was
     there already. You sold it once; your ... with the digest 372dfc2be2bc8f08
d1 mail.approve mail.approved schema.guard
op:r1
{"audit_id":"a1","actor":"Ece","role":"approve","approved_at":1795000000000,
    "mails":[{"id":"posSync:a1:adana:mail","recipient":"adana@example.com","subject":"Adana:
     Orders that we booked more than once at Square","body":"Hello Adana,\n\nI am writing
     because we made a mistake in your books, and I am  ... with the digest 6432f41ad28e7cb4
info mails were approved
{"audit_id":"a1","actor":"Ece","role":"approve","mails":1}
done 200 retry=0 type=
{"audit_id":"a1",
    "fingerprint":"cbf95ab71ac87e8afabef7da0f0fb532fca6b75abb5d1ae6f65f053d9733ce09",
    "approved":1,"approved_before":0}
)~");
}

TEST_CASE("a mail is claimed, sent as it was frozen, and written down, and nothing beside it") {
  MailWorld world;
  one_approved(world);
  Transcript told;
  world.hears = told.hearing();
  Mailer(world, "t1").run();
  CHECK(behind(told.take(), "\nd1 mail.expire") == R"~(
d1 mail.expire mail.claim mail.claimed schema.guard
t1.m1
{"lease_ms":960000,"window_ms":85290000,"max_attempts":10}
sign with SEAL_KEY
["pos_mails","posSync:a1:adana:mail","a1","adana","en","adana@example.com","Adana: Orders
     that we booked more than once at Square","Hello Adana,\n\nI am writing because we made a
     mistake in your books, and I am sorry. Our software sent 1 order to Square that was
     there already. You sold it once; your ... with the digest 372dfc2be2bc8f08
has a seal
POST http://127.0.0.1:1/emails version= key=posSync:a1:adana:mail token=RESEND_API_KEY//
     within=30000
{"from":"Deniz <deniz@pos-sync.example>","to":["adana@example.com"],"subject":"Adana:
     Orders that we booked more than once at Square","text":"Hello Adana,\n\nI am writing
     because we made a mistake in your books, and I am sorry. Our software sent 1 order to
     Square that was there already. You sold it once; your reports show it more than once.
     That is our fault, not yours and not your team's.\n\nWhat we have done about it:\n\n-
     Refunded: ₺10.00 (1 payment). The money goes back to where each payment came from. It
     can take a bank some days to show it.\n\n- Our own fee: we credit you 1 month of
     it.\n\nSales and VAT in your Square reports change with this, so please pass this mail
     on to whoever does your books. If anything in it looks wrong to you, answer it and tell
     me; a person reads it.\n\nI am sorry for the trouble this has been.\n\nDeniz\n"}
d1 mail.settle mail.settled schema.guard
t1.m1
{"id":"posSync:a1:adana:mail","state":"sent","reason":"","attempts":0,"delay_ms":0,
    "sent":1,"doubt":"clear","external_id":"00000000-0000-4000-8000-000000000001"}
d1 mail.expire mail.claim mail.claimed schema.guard
t1.m2
{"lease_ms":960000,"window_ms":85290000,"max_attempts":10}
info repair ended
{"mailed":{"drafted":0,"sent":1,"waiting":0,"dead":0},"requests":1,"d1_calls":5}
done 200 retry=0 type=
{"mailed":{"drafted":0,"sent":1,"waiting":0,"dead":0},"requests":1,"d1_calls":5}
)~");
}

TEST_CASE("whatever the mail's provider answers is written down as what it is") {
  std::string all;
  for (const RequestFault end :
       {RequestFault::lost, RequestFault::refused, RequestFault::unauthorized,
        RequestFault::throttled, RequestFault::busy, RequestFault::other_bytes,
        RequestFault::server_error}) {
    MailWorld world;
    one_approved(world);
    Transcript told;
    Mailer job(world, "t1");
    REQUIRE(job.run_until(is_send));
    world.hears = told.hearing();
    job.perform(end);
    job.run();
    all += told.take();
  }
  CHECK(all == R"~(
d1 mail.settle mail.settled schema.guard
t1.m1
{"id":"posSync:a1:adana:mail","state":"due","reason":"unknown: timeout: no whole reply
     within 30000 ms","attempts":1,"delay_ms":150000,"sent":1,"doubt":"set"}
d1 mail.expire mail.claim mail.claimed schema.guard
t1.m2
{"lease_ms":960000,"window_ms":85290000,"max_attempts":10}
info repair ended
{"mailed":{"drafted":0,"sent":0,"waiting":1,"dead":0},"requests":1,"d1_calls":5}
done 200 retry=0 type=
{"mailed":{"drafted":0,"sent":0,"waiting":1,"dead":0},"requests":1,"d1_calls":5}

d1 mail.settle mail.settled schema.guard
t1.m1
{"id":"posSync:a1:adana:mail","state":"dead","reason":"rejected: 422 validation_error: as
     the test wants it","attempts":0,"delay_ms":0,"sent":0,"doubt":""}
d1 mail.expire mail.claim mail.claimed schema.guard
t1.m2
{"lease_ms":960000,"window_ms":85290000,"max_attempts":10}
info repair ended
{"mailed":{"drafted":0,"sent":0,"waiting":0,"dead":1},"requests":1,"d1_calls":5}
done 200 retry=0 type=
{"mailed":{"drafted":0,"sent":0,"waiting":0,"dead":1},"requests":1,"d1_calls":5}

d1 mail.settle mail.settled schema.guard
t1.m1
{"id":"posSync:a1:adana:mail","state":"due","reason":"unauthorized: 403 validation_error:
     as the test wants it","attempts":0,"delay_ms":60000,"sent":0,"doubt":""}
info repair ended
{"mailed":{"drafted":0,"sent":0,"waiting":1,"dead":0},"requests":1,"d1_calls":4}
done 200 retry=0 type=
{"mailed":{"drafted":0,"sent":0,"waiting":1,"dead":0},"requests":1,"d1_calls":4}

d1 mail.settle mail.settled schema.guard
t1.m1
{"id":"posSync:a1:adana:mail","state":"due","reason":"throttled: 429 rate_limit_exceeded:
     as the test wants it","attempts":0,"delay_ms":2000,"sent":1,"doubt":"set"}
sleep 2000
d1 mail.expire mail.claim mail.claimed schema.guard
t1.m2
{"lease_ms":960000,"window_ms":85290000,"max_attempts":10}
sign with SEAL_KEY
["pos_mails","posSync:a1:adana:mail","a1","adana","en","adana@example.com","Adana: Orders
     that we booked more than once at Square","Hello Adana,\n\nI am writing because we made a
     mistake in your books, and I am sorry. Our software sent 1 order to Square that was
     there already. You sold it once; your ... with the digest 372dfc2be2bc8f08
has a seal
POST http://127.0.0.1:1/emails version= key=posSync:a1:adana:mail token=RESEND_API_KEY//
     within=30000
{"from":"Deniz <deniz@pos-sync.example>","to":["adana@example.com"],"subject":"Adana:
     Orders that we booked more than once at Square","text":"Hello Adana,\n\nI am writing
     because we made a mistake in your books, and I am sorry. Our software sent 1 order to
     Square that was there already. You sold it once; your reports show it more than once.
     That is our fault, not yours and not your team's.\n\nWhat we have done about it:\n\n-
     Refunded: ₺10.00 (1 payment). The money goes back to where each payment came from. It
     can take a bank some days to show it.\n\n- Our own fee: we credit you 1 month of
     it.\n\nSales and VAT in your Square reports change with this, so please pass this mail
     on to whoever does your books. If anything in it looks wrong to you, answer it and tell
     me; a person reads it.\n\nI am sorry for the trouble this has been.\n\nDeniz\n"}
d1 mail.settle mail.settled schema.guard
t1.m2
{"id":"posSync:a1:adana:mail","state":"sent","reason":"","attempts":0,"delay_ms":0,
    "sent":1,"doubt":"clear","external_id":"00000000-0000-4000-8000-000000000001"}
d1 mail.expire mail.claim mail.claimed schema.guard
t1.m3
{"lease_ms":960000,"window_ms":85290000,"max_attempts":10}
info repair ended
{"mailed":{"drafted":0,"sent":1,"waiting":1,"dead":0},"requests":2,"d1_calls":7}
done 200 retry=0 type=
{"mailed":{"drafted":0,"sent":1,"waiting":1,"dead":0},"requests":2,"d1_calls":7}

d1 mail.settle mail.settled schema.guard
t1.m1
{"id":"posSync:a1:adana:mail","state":"due","reason":"unknown: 409
     concurrent_idempotent_requests: as the test wants it","attempts":1,"delay_ms":150000,
    "sent":1,"doubt":"set"}
d1 mail.expire mail.claim mail.claimed schema.guard
t1.m2
{"lease_ms":960000,"window_ms":85290000,"max_attempts":10}
info repair ended
{"mailed":{"drafted":0,"sent":0,"waiting":1,"dead":0},"requests":1,"d1_calls":5}
done 200 retry=0 type=
{"mailed":{"drafted":0,"sent":0,"waiting":1,"dead":0},"requests":1,"d1_calls":5}

d1 mail.settle mail.settled schema.guard
t1.m1
{"id":"posSync:a1:adana:mail","state":"dead","reason":"key_conflict: 409
     invalid_idempotent_request: as the test wants it","attempts":0,"delay_ms":0,"sent":0,
    "doubt":""}
d1 mail.expire mail.claim mail.claimed schema.guard
t1.m2
{"lease_ms":960000,"window_ms":85290000,"max_attempts":10}
info repair ended
{"mailed":{"drafted":0,"sent":0,"waiting":0,"dead":1},"requests":1,"d1_calls":5}
done 200 retry=0 type=
{"mailed":{"drafted":0,"sent":0,"waiting":0,"dead":1},"requests":1,"d1_calls":5}

d1 mail.settle mail.settled schema.guard
t1.m1
{"id":"posSync:a1:adana:mail","state":"due","reason":"unknown: 500 application_error: as
     the test wants it","attempts":1,"delay_ms":150000,"sent":1,"doubt":"set"}
d1 mail.expire mail.claim mail.claimed schema.guard
t1.m2
{"lease_ms":960000,"window_ms":85290000,"max_attempts":10}
info repair ended
{"mailed":{"drafted":0,"sent":0,"waiting":1,"dead":0},"requests":1,"d1_calls":5}
done 200 retry=0 type=
{"mailed":{"drafted":0,"sent":0,"waiting":1,"dead":0},"requests":1,"d1_calls":5}
)~");
}

TEST_CASE("a mail without a seal is dead, and without the key of seals it waits; both are said") {
  Transcript told;
  MailWorld world;
  one_approved(world);
  world.database.execute("UPDATE pos_mails SET seal = ''");
  world.hears = told.hearing();
  Mailer(world, "t1").run();
  CHECK(behind(told.take(), "\nsign") == R"~(
sign with SEAL_KEY
["pos_mails","posSync:a1:adana:mail","a1","adana","en","adana@example.com","Adana: Orders
     that we booked more than once at Square","Hello Adana,\n\nI am writing because we made a
     mistake in your books, and I am sorry. Our software sent 1 order to Square that was
     there already. You sold it once; your ... with the digest 372dfc2be2bc8f08
has no seal
error a mail was not sent
{"id":"posSync:a1:adana:mail","reason":"unsealed: it has no seal"}
d1 mail.settle mail.settled schema.guard
t1.m1
{"id":"posSync:a1:adana:mail","state":"dead","reason":"unsealed: it has no seal",
    "attempts":0,"delay_ms":0,"sent":0,"doubt":""}
d1 mail.expire mail.claim mail.claimed schema.guard
t1.m2
{"lease_ms":960000,"window_ms":85290000,"max_attempts":10}
info repair ended
{"mailed":{"drafted":0,"sent":0,"waiting":0,"dead":1},"requests":0,"d1_calls":5}
done 200 retry=0 type=
{"mailed":{"drafted":0,"sent":0,"waiting":0,"dead":1},"requests":0,"d1_calls":5}
)~");
  MailWorld other;
  one_approved(other);
  other.has_seal_key = false;
  other.hears = told.hearing();
  Mailer(other, "t1").run();
  CHECK(behind(told.take(), "\nsign") == R"~(
sign with SEAL_KEY
["pos_mails","posSync:a1:adana:mail","a1","adana","en","adana@example.com","Adana: Orders
     that we booked more than once at Square","Hello Adana,\n\nI am writing because we made a
     mistake in your books, and I am sorry. Our software sent 1 order to Square that was
     there already. You sold it once; your ... with the digest 372dfc2be2bc8f08
has a seal
error a mail was not sent
{"id":"posSync:a1:adana:mail","reason":"waits: SEAL_KEY: missing"}
d1 mail.settle mail.settled schema.guard
t1.m1
{"id":"posSync:a1:adana:mail","state":"due","reason":"waits: SEAL_KEY: missing",
    "attempts":0,"delay_ms":960000,"sent":0,"doubt":""}
info repair ended
{"mailed":{"drafted":0,"sent":0,"waiting":1,"dead":0},"requests":0,"d1_calls":4}
done 200 retry=0 type=
{"mailed":{"drafted":0,"sent":0,"waiting":1,"dead":0},"requests":0,"d1_calls":4}
)~");
}

TEST_CASE(
    "a mail whose turn comes too late in its lease is not sent, and waits for the next tick") {
  MailWorld world;
  one_approved(world);
  Transcript told;
  Mailer job(world, "t1");
  REQUIRE(job.run_until([](const pos::io::Command& command) {
    const auto* batch = std::get_if<pos::io::D1Command>(&command);
    return batch != nullptr && batch->statements.front() == pos::store::Statement::mail_expire;
  }));
  world.hears = told.hearing();
  job.wait_only_here(14 * duration::minute);
  job.run();
  CHECK(told.take() == R"~(
sign with SEAL_KEY
["pos_mails","posSync:a1:adana:mail","a1","adana","en","adana@example.com","Adana: Orders
     that we booked more than once at Square","Hello Adana,\n\nI am writing because we made a
     mistake in your books, and I am sorry. Our software sent 1 order to Square that was
     there already. You sold it once; your ... with the digest 372dfc2be2bc8f08
has a seal
d1 mail.settle mail.settled schema.guard
t1.m1
{"id":"posSync:a1:adana:mail","state":"due","attempts":0,"delay_ms":0,"sent":0,"doubt":""}
info repair ended
{"mailed":{"drafted":0,"sent":0,"waiting":1,"dead":0},"requests":0,"d1_calls":4}
done 200 retry=0 type=
{"mailed":{"drafted":0,"sent":0,"waiting":1,"dead":0},"requests":0,"d1_calls":4}
)~");
  CHECK(world.resend.mails.empty());
}

TEST_CASE("the mails of an audit are shown with every column, as JSON and as a table") {
  MailWorld world;
  one_approved(world);
  Mailer(world, "t1").run();
  Transcript told;
  world.hears = told.hearing();
  RepairRequest list = request_for(RepairRoute::mail_list, "r1");
  Mailer(world, list).run();
  CHECK(told.take() == R"~(
d1 mail.audit mail.list mail.credits schema.guard
{"audit_id":"a1","after":""}
done 200 retry=0 type=
{"audit_id":"a1",
    "fingerprint":"cbf95ab71ac87e8afabef7da0f0fb532fca6b75abb5d1ae6f65f053d9733ce09",
    "mails":[{"id":"posSync:a1:adana:mail","restaurant_id":"adana","language":"en",
    "recipient":"adana@example.com","subject":"Adana: Orders that we booked more than once at
     Square","body":"Hello Adana,\n\nI am writing because we made a mistake in your books,
     and I am sorry. Our software sent 1 order to Square that was there already. You sold it
     once; your reports show it more than once. That is our fault, not yours and not your
     team's.\n\nWhat we have done about it:\n\n- Refunded: ₺10.00 (1 payment). The money
     goes back to where each payment came from. It can take a bank some days to show it.\n\n-
     Our own fee: we credit you 1 month of it.\n\nSales and VAT in your Square reports change
     with this, so please pass this mail on to whoever does your books. If anything in it
     looks wrong to you, answer it and tell me; a person reads it.\n\nI am sorry for the
     trouble this has been.\n\nDeniz\n","state":"sent","reason":"","attempts":0,
    "approved_by":"Ece","approved_role":"approve","approved_at":1795000000000,
    "first_sent_at":1795000000000,"in_doubt_since":null,"sent_at":1795000000000,
    "external_id":"00000000-0000-4000-8000-000000000001","created_at":1795000000000}],
    "credits":[{"restaurant_id":"adana","currency":"TRY","duplicates":1,"refunded":1000,
    "recorded":0,"canceled":0,"disputed":0,"fees":0,"months":1,"created_at":1795000000000}],
    "cursor":null}
)~");
  list.csv = true;
  Mailer(world, list).run();
  CHECK(told.take() == R"~(
d1 mail.audit mail.list mail.credits schema.guard
{"audit_id":"a1","after":""}
done 200 retry=0 type=text/csv; charset=utf-8
(BOM)id,restaurant_id,language,recipient,subject,body,state,reason,attempts,approved_by,
    approved_role,approved_at,first_sent_at,in_doubt_since,sent_at,external_id,created_at\r
posSync:a1:adana:mail,adana,en,adana@example.com,Adana: Orders that we booked more than
     once at Square,"Hello Adana,

I am writing because we made a mistake in your books, and I am sorry. Our software sent 1
     order to Square that was there already. You sold it once; your reports show it more than
     once. That is our fault, not yours and not your team's.

What we have done about it:
'
'- Refunded: ₺10.00 (1 payment). The money goes back to where each payment came from.
     It can take a bank some days to show it.
'
'- Our own fee: we credit you 1 month of it.

Sales and VAT in your Square reports change with this, so please pass this mail on to
     whoever does your books. If anything in it looks wrong to you, answer it and tell me; a
     person reads it.

I am sorry for the trouble this has been.

Deniz
",sent,,0,Ece,approve,2026-11-18T11:06:40.000Z,2026-11-18T11:06:40.000Z,,
    2026-11-18T11:06:40.000Z,'00000000-0000-4000-8000-000000000001,2026-11-18T11:06:40.000Z\r
)~");
  list.csv = false;
  list.has_restaurant = true;
  list.restaurant_id = "berlin";
  Mailer(world, list).run();
  CHECK(behind(told.take(), "\ndone") == R"~(
done 200 retry=0 type=
{"audit_id":"a1",
    "fingerprint":"cbf95ab71ac87e8afabef7da0f0fb532fca6b75abb5d1ae6f65f053d9733ce09",
    "mails":[],"credits":[],"cursor":null}
)~");
}

TEST_CASE("a profile is stored as it was asked for, and the line says by whom") {
  MailWorld world;
  world.open("adana", "Adana", "a@example.com", "tr");
  Transcript told;
  world.hears = told.hearing();
  RepairRequest request = request_for(RepairRoute::profile_put, "r1",
                                      R"({"name":"Adana","email":"a@b.example","language":"en",)"
                                      R"("time_zone":"Europe/Istanbul","actor":"Ece"})");
  request.restaurant_id = "adana";
  Mailer(world, request).run();
  CHECK(told.take() == R"~(
days Europe/Istanbul from 1790000000000 to 1790000000000
d1 mail.profile mail.profile_drafts mail.profile_read schema.guard
op:r1
{"restaurant_id":"adana","name":"Adana","email":"a@b.example","language":"en",
    "time_zone":"Europe/Istanbul"}
info the profile of an account was changed
{"restaurant_id":"adana","actor":"Ece","role":"approve"}
done 200 retry=0 type=
{"restaurant_id":"adana","provider":"square","location_id":"L-adana","state":"active",
    "paused_until":0,"pause_reason":"","pause_detail":"","unknown_run":0,"breaker_opens":0,
    "pace":0,"paused":0,"has_token":0,"key_id":null,"token_version":0,"token_expires_at":null,
    "token_renewed_at":null,"renewable":0,"renewal_error":"","refused_since":null,
    "name":"Adana","email":"a@b.example","language":"en","time_zone":"Europe/Istanbul"}
)~");
}

TEST_CASE("each bad field of a profile is refused by name, in words that say what is right") {
  MailWorld world;
  world.open("adana", "Adana", "a@example.com", "tr");
  std::string all;
  for (const std::string& body : std::vector<std::string>{
           "[]", "{}", R"({"actor":"Ece"})", R"({"email":5})", R"({"email":"a@b"})",
           R"({"language":"de"})", R"({"language":5})", R"({"name":5})", R"({"name":"a\nb"})",
           R"({"time_zone":5})", R"({"actor":"","name":"x"})", R"({"actor":5,"name":"x"})",
           R"({"phone":"1"})", R"({"time_zone":"Mars"})"}) {
    Transcript told;
    world.hears = told.hearing();
    RepairRequest request = request_for(RepairRoute::profile_put, "r1", body);
    request.restaurant_id = "adana";
    Mailer(world, request).run();
    all += body + behind(told.take(), "\ndone");
  }
  CHECK(all == R"~([]
done 400 retry=0 type=
{"type":"about:blank","title":"Bad request","status":400,"detail":"expected a JSON
     object"}
{}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"name:
     expected this, or email, language or time_zone","errors":[{"field":"name",
    "message":"expected this, or email, language or time_zone"}]}
{"actor":"Ece"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"name:
     expected this, or email, language or time_zone","errors":[{"field":"name",
    "message":"expected this, or email, language or time_zone"}]}
{"email":5}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"email:
     expected an address like orders@example.com","errors":[{"field":"email",
    "message":"expected an address like orders@example.com"}]}
{"email":"a@b"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"email:
     expected an address like orders@example.com","errors":[{"field":"email",
    "message":"expected an address like orders@example.com"}]}
{"language":"de"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"language:
     expected tr or en","errors":[{"field":"language","message":"expected tr or en"}]}
{"language":5}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"language:
     expected tr or en","errors":[{"field":"language","message":"expected tr or en"}]}
{"name":5}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"name:
     expected one line of at most 255 bytes","errors":[{"field":"name","message":"expected
     one line of at most 255 bytes"}]}
{"name":"a\nb"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"name:
     expected one line of at most 255 bytes","errors":[{"field":"name","message":"expected
     one line of at most 255 bytes"}]}
{"time_zone":5}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"time_zone:
     expected one line of at most 255 bytes","errors":[{"field":"time_zone",
    "message":"expected one line of at most 255 bytes"}]}
{"actor":"","name":"x"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"actor:
     expected a text of 1 to 255 bytes","errors":[{"field":"actor","message":"expected a text
     of 1 to 255 bytes"}]}
{"actor":5,"name":"x"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"actor:
     expected a text of 1 to 255 bytes","errors":[{"field":"actor","message":"expected a text
     of 1 to 255 bytes"}]}
{"phone":"1"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"phone:
     unknown field","errors":[{"field":"phone","message":"unknown field"}]}
{"time_zone":"Mars"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"time_zone:
     expected an IANA name like Europe/Istanbul","errors":[{"field":"time_zone",
    "message":"expected an IANA name like Europe/Istanbul"}]}
)~");
  const auto status = [&](const std::string& body) {
    RepairRequest request = request_for(RepairRoute::profile_put, "r1", body);
    request.restaurant_id = "adana";
    world.hears = nullptr;
    Mailer job(world, request);
    job.run();
    return job.done().status;
  };
  const std::string most(255, 'x');
  CHECK(status(R"({"name":")" + most + "\"}") == 200);
  CHECK(status(R"({"name":")" + most + "x\"}") == 422);
  CHECK(status(R"({"name":"x","actor":")" + most + "\"}") == 200);
  CHECK(status(R"({"name":"x","actor":")" + most + "x\"}") == 422);
  CHECK(status(R"({"name":""})") == 200);
  CHECK(status(R"({"email":""})") == 200);
  CHECK(status(R"({"language":""})") == 200);
}

TEST_CASE("each bad field of an approval of mails is refused by name, and nothing is approved") {
  MailWorld world;
  one_draft(world);
  const std::string read = fingerprint(world);
  const std::string good = R"("fingerprint":")" + read + "\"";
  std::string all;
  for (const std::string& body : std::vector<std::string>{
           "[]", "{}", "{" + good + "}", "{" + good + R"(,"all":false})",
           "{" + good + R"(,"all":true,"restaurants":["adana"]})",
           "{" + good + R"(,"restaurants":[]})", "{" + good + R"(,"restaurants":"adana"})",
           "{" + good + R"(,"restaurants":["adana",5]})",
           "{" + good + R"(,"restaurants":["adana","izmir","bursa"]})",
           "{" + good + R"(,"all":true,"actor":""})", "{" + good + R"(,"all":true,"x":1})",
           R"({"all":true,"fingerprint":")" + read.substr(1) + "\"}",
           R"({"all":true,"fingerprint":"G)" + read.substr(1) + "\"}",
           R"({"all":true,"fingerprint":")" + std::string(64, '0') + "\"}"}) {
    Transcript told;
    world.hears = told.hearing();
    Mailer(world, request_for(RepairRoute::mail_approve, "r1", body)).run();
    all += body + behind(told.take(), "\ndone");
  }
  CHECK(all == R"~([]
done 400 retry=0 type=
{"type":"about:blank","title":"Bad request","status":400,"detail":"expected a JSON
     object"}
{}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"fingerprint:
     expected the fingerprint of GET /v1/audits/{id}/mails","errors":[{"field":"fingerprint",
    "message":"expected the fingerprint of GET /v1/audits/{id}/mails"}]}
{"fingerprint":"cbf95ab71ac87e8afabef7da0f0fb532fca6b75abb5d1ae6f65f053d9733ce09"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"restaurants:
     expected these or all, and not both","errors":[{"field":"restaurants",
    "message":"expected these or all, and not both"}]}
{"fingerprint":"cbf95ab71ac87e8afabef7da0f0fb532fca6b75abb5d1ae6f65f053d9733ce09","all":false}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"all:
     expected true","errors":[{"field":"all","message":"expected true"}]}
{"fingerprint":"cbf95ab71ac87e8afabef7da0f0fb532fca6b75abb5d1ae6f65f053d9733ce09","all":true,"restaurants":["adana"]}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"restaurants:
     expected these or all, and not both","errors":[{"field":"restaurants",
    "message":"expected these or all, and not both"}]}
{"fingerprint":"cbf95ab71ac87e8afabef7da0f0fb532fca6b75abb5d1ae6f65f053d9733ce09","restaurants":[]}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"restaurants:
     expected a list of ids of restaurants, one at least","errors":[{"field":"restaurants",
    "message":"expected a list of ids of restaurants, one at least"}]}
{"fingerprint":"cbf95ab71ac87e8afabef7da0f0fb532fca6b75abb5d1ae6f65f053d9733ce09","restaurants":"adana"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"restaurants:
     expected a list of ids of restaurants, one at least","errors":[{"field":"restaurants",
    "message":"expected a list of ids of restaurants, one at least"}]}
{"fingerprint":"cbf95ab71ac87e8afabef7da0f0fb532fca6b75abb5d1ae6f65f053d9733ce09","restaurants":["adana",5]}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"restaurants:
     expected a list of ids of restaurants, one at least","errors":[{"field":"restaurants",
    "message":"expected a list of ids of restaurants, one at least"}]}
{"fingerprint":"cbf95ab71ac87e8afabef7da0f0fb532fca6b75abb5d1ae6f65f053d9733ce09","restaurants":["adana","izmir","bursa"]}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"restaurants:
     there is no mail of this audit to \"izmir\", \"bursa\"","errors":[{"field":"restaurants",
    "message":"there is no mail of this audit to \"izmir\", \"bursa\""}]}
{"fingerprint":"cbf95ab71ac87e8afabef7da0f0fb532fca6b75abb5d1ae6f65f053d9733ce09","all":true,"actor":""}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"actor:
     expected a text of 1 to 255 bytes","errors":[{"field":"actor","message":"expected a text
     of 1 to 255 bytes"}]}
{"fingerprint":"cbf95ab71ac87e8afabef7da0f0fb532fca6b75abb5d1ae6f65f053d9733ce09","all":true,"x":1}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"x: unknown
     field","errors":[{"field":"x","message":"unknown field"}]}
{"all":true,"fingerprint":"bf95ab71ac87e8afabef7da0f0fb532fca6b75abb5d1ae6f65f053d9733ce09"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"fingerprint:
     expected the fingerprint of GET /v1/audits/{id}/mails","errors":[{"field":"fingerprint",
    "message":"expected the fingerprint of GET /v1/audits/{id}/mails"}]}
{"all":true,"fingerprint":"Gbf95ab71ac87e8afabef7da0f0fb532fca6b75abb5d1ae6f65f053d9733ce09"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"fingerprint:
     expected the fingerprint of GET /v1/audits/{id}/mails","errors":[{"field":"fingerprint",
    "message":"expected the fingerprint of GET /v1/audits/{id}/mails"}]}
{"all":true,"fingerprint":"0000000000000000000000000000000000000000000000000000000000000000"}
done 409 retry=0 type=
{"type":"about:blank","title":"Conflict","status":409,"detail":"the mails are not those
     that were read; read them again",
    "fingerprint":"cbf95ab71ac87e8afabef7da0f0fb532fca6b75abb5d1ae6f65f053d9733ce09",
    "given":"0000000000000000000000000000000000000000000000000000000000000000"}
)~");
  CHECK(world.mail("adana", "state") == "draft");
}

TEST_CASE("an address one byte longer than mail allows is none, wherever its dots stand") {
  using pos::is_address;
  const auto of = [](std::size_t local, std::size_t domain) {
    return std::string(local, 'a') + "@" + std::string(domain - 3, 'b') + ".de";
  };
  CHECK(is_address(of(64, 189)));
  CHECK_FALSE(is_address(of(64, 190)));
  CHECK_FALSE(is_address(of(65, 100)));
  for (const char* good : {"a@b.de", "a!~#@b.c", "a.b+c@d-e.f"}) CHECK(is_address(good));
  for (const char* bad :
       {"",        "a",        "@b.de",    "a@",       "a@b",        "a@.de",    "a@b.",
        "a@b..de", "a@b@c.de", "a b@c.de", "a@b c.de", "a\x7f@b.de", "a\n@b.de", "a@b.de\n",
        "a<@b.de", "a>@b.de",  "a(@b.de",  "a)@b.de",  "a[@b.de",    "a]@b.de",  "a\\@b.de",
        "a,@b.de", "a;@b.de",  "a:@b.de",  "a\"@b.de", "ä@b.de"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_address(bad));
  }
}

TEST_CASE("a sender is an address or a name with one, and a name brings no other header along") {
  using pos::is_sender;
  using pos::name_of_sender;
  CHECK(is_sender("a@b.de"));
  CHECK(is_sender("Ece <a@b.de>"));
  CHECK(is_sender("Ece  <a@b.de>"));
  CHECK(is_sender("Ç. Ece <a@b.de>"));
  const std::string name(320 - 9, 'x');
  CHECK(is_sender(name + " <a@b.de>"));
  CHECK_FALSE(is_sender(name + "x <a@b.de>"));
  for (const char* bad :
       {"", "Ece", "<a@b.de>", "  <a@b.de>", "Ece <a@b.de", "Ece <a@b.de> x", "Ece <a@b>", "Ece <>",
        "E\"ce <a@b.de>", "E\\ce <a@b.de>", "E>ce <a@b.de>", "E,ce <a@b.de>", "E;ce <a@b.de>",
        "E:ce <a@b.de>", "E@ce <a@b.de>", "E\nce <a@b.de>", "E\x7f <a@b.de>", "E\x1f <a@b.de>"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_sender(bad));
  }
  CHECK(name_of_sender("a@b.de").empty());
  CHECK(name_of_sender("Ece Ç  <a@b.de>") == "Ece Ç");
  CHECK(name_of_sender("  <a@b.de>").empty());
}

TEST_CASE("a line that goes into a header has no line end, and is cut at its limit") {
  using pos::in_one_line;
  CHECK(in_one_line("a\r\nBcc: b\t\x1f\x7f", 100) == "a  Bcc: b   ");
  CHECK(in_one_line("abc", 3) == "abc");
  CHECK(in_one_line("abcd", 3) == "abc");
  CHECK(in_one_line("a\x80", 9).size() == in_one_line("a\x80", 9).size());
  CHECK(in_one_line("a ~", 9) == "a ~");
}

namespace {

/// Of each kind of amends one more than of the one before, so that no two can be mistaken.
pos::mail::Amends amends(const char* currency, std::int64_t first) {
  pos::mail::Amends each;
  each.currency = currency;
  std::int64_t next = first;
  for (std::int64_t* count :
       {&each.orders, &each.fees, &each.refunds, &each.refunded, &each.records, &each.recorded,
        &each.canceled, &each.listed, &each.listed_amount, &each.stopped, &each.stopped_amount}) {
    *count = next++;
  }
  return each;
}

std::string letter_of(const Facts& facts) {
  const pos::mail::Letter letter = write_letter(facts);
  return transcript::lines_of(letter.subject + "\n" + letter.body);
}

}  // namespace

TEST_CASE("a restaurant is told its own counts and sums, each in its place, in both languages") {
  for (const pos::mail::Language language :
       {pos::mail::Language::english, pos::mail::Language::turkish}) {
    Facts facts;
    facts.language = language;
    facts.name = "Adana";
    facts.signer = "Deniz";
    facts.number = 1;
    facts.months = 2;
    facts.first_date = "2026-09-03";
    facts.last_date = "2026-11-21";
    facts.figures = {amends("TRY", 11), amends("EUR", 31), amends("USD", 51)};
    const bool english = language == pos::mail::Language::english;
    CHECK("\n" + letter_of(facts) == (english ? R"~(
Adana: Orders that we booked more than once at Square
Hello Adana,

I am writing because we made a mistake in your books, and I am sorry. Between 3 September
     2026 and 21 November 2026 our software sent 93 orders to Square that were there already.
     You sold each of them once; your reports show them more than once. That is our fault,
     not yours and not your team's.

What we have done about it:

- Refunded: ₺0.14, €0.34 and $0.54 (99 payments). The money goes back to where each
     payment came from. It can take a bank some days to show it.

- Put right in your books only: ₺0.16, €0.36 and $0.56 (105 payments). These were
     booked as cash or as paid outside of Square. There a refund is only written down; no
     money has moved.

- Canceled: 111 orders that nobody had paid.

- Not refunded, because the payment is disputed at the bank or too old for a refund:
     ₺0.19, €0.39 and $0.59 (114 payments). This is on our list for the dispute fast
     track. It needs a person on both sides, so one of us will write to you about it.

- Stopped: ₺0.21, €0.41 and $0.61 (120 bookings). What Square shows is not what we
     expected, for example because somebody had refunded it already. We would rather look
     than guess, so one of us will write to you about it.

- Square's fees on these payments: ₺0.12, €0.32 and $0.52. Square keeps its fees when
     a payment is refunded, so we credit them to you.

- Our own fee: we credit you 2 months of it.

Sales and VAT in your Square reports change with this, so please pass this mail on to
     whoever does your books. If anything in it looks wrong to you, answer it and tell me; a
     person reads it.

I am sorry for the trouble this has been.

Deniz
)~"
                                              : R"~(
Adana: Square'de birden fazla kaydettiğimiz siparişler
Merhaba Adana,

Size bir hatamız yüzünden yazıyorum ve özür dilerim. 3 Eylül 2026 ile 21 Kasım
     2026 tarihleri arasında yazılımımız 93 siparişi Square'de zaten kayıtlı olduğu
     hâlde yeniden kaydetti. Siz her birini bir kez sattınız, raporlarınızda ise birden
     fazla görünüyor. Hata bizim; sizin ya da ekibinizin değil.

Yaptıklarımız:

- İade edildi: ₺0,14, €0,34 ve $0,54 (99 ödeme). Para, her ödemenin geldiği yere
     geri gidiyor. Bankada görünmesi birkaç gün sürebilir.

- Yalnızca kayıtlarda düzeltildi: ₺0,16, €0,36 ve $0,56 (105 ödeme). Bunlar nakit
     ya da Square dışında ödenmiş olarak kaydedilmişti. Böyle bir iade yalnızca
     deftere yazılır; para hareketi olmadı.

- İptal edildi: ödenmemiş 111 sipariş.

- Bankada itiraz edildiği ya da iade için çok eski olduğu için iade edilemedi: ₺0,
    19, €0,39 ve $0,59 (114 ödeme). Bunlar öncelikli itiraz listemizde. İki tarafta da
     bir insanın bakması gerekiyor; bu yüzden ekibimizden biri size yazacak.

- Durduruldu: ₺0,21, €0,41 ve $0,61 (120 kayıt). Square'de gördüğümüz
     beklediğimizle aynı değil; örneğin biri daha önce iade etmiş olabilir. Tahmin
     etmektense bakmayı yeğliyoruz; bu yüzden ekibimizden biri size yazacak.

- Square'in bu ödemelerden aldığı ücretler: ₺0,12, €0,32 ve $0,52. Square,
     ödeme iade edilse de ücretini geri vermiyor; bu tutarı size biz alacak olarak
     yazıyoruz.

- Bizim ücretimiz: 2 aylık ücretimizi size alacak olarak yazıyoruz.

Square raporlarınızdaki satış ve KDV tutarları bununla birlikte değişiyor; lütfen
     bu e-postayı muhasebecinize de iletin. Yanlış görünen bir şey varsa bu e-postayı
     yanıtlayın; bir insan okuyor.

Verdiğimiz zahmet için özür dilerim.

Deniz
)~"));
  }
}

TEST_CASE("a restaurant with one of each is told of one, and of what it has not it is not told") {
  std::string all;
  for (const pos::mail::Language language :
       {pos::mail::Language::english, pos::mail::Language::turkish}) {
    Facts facts;
    facts.language = language;
    facts.number = 1;
    facts.months = 1;
    facts.first_date = facts.last_date = "2026-09-03";
    pos::mail::Amends one;
    one.currency = "TRY";
    one.orders = one.canceled = one.stopped = 1;
    facts.figures = {one};
    all += letter_of(facts);
    facts.number = 2;
    facts.first_date = facts.last_date = "";
    one.refunds = one.records = one.listed = 1;
    one.refunded = one.recorded = one.listed_amount = one.stopped_amount = one.fees = 100;
    pos::mail::Amends two = one;
    two.currency = "EUR";
    facts.figures = {one, two};
    all += letter_of(facts);
    facts.number = 1;
    facts.months = 0;
    facts.name = std::string(121, 'n');
    facts.signer = std::string(121, 's');
    one = {};
    one.currency = "TRY";
    one.orders = 2;
    facts.figures = {one};
    all += letter_of(facts);
  }
  CHECK("\n" + all == R"~(
Orders that we booked more than once at Square
Hello,

I am writing because we made a mistake in your books, and I am sorry. On 3 September 2026
     our software sent 1 order to Square that was there already. You sold it once; your
     reports show it more than once. That is our fault, not yours and not your team's.

What we have done about it:

- Canceled: 1 order that nobody had paid.

- Stopped: 1 booking. What Square shows is not what we expected, for example because
     somebody had refunded it already. We would rather look than guess, so one of us will
     write to you about it.

- Our own fee: we credit you 1 month of it.

Sales and VAT in your Square reports change with this, so please pass this mail on to
     whoever does your books. If anything in it looks wrong to you, answer it and tell me; a
     person reads it.

I am sorry for the trouble this has been.

The people behind your connection to Square
Orders that we booked more than once at Square: the rest
Hello,

I wrote to you before about orders that we booked at Square although they stood there
     already. Since then we have dealt with 2 orders more. Only those are in this mail; what
     the earlier one says still holds.

What we have done about it:

- Refunded: ₺1.00 and €1.00 (2 payments). The money goes back to where each payment
     came from. It can take a bank some days to show it.

- Put right in your books only: ₺1.00 and €1.00 (2 payments). These were booked as
     cash or as paid outside of Square. There a refund is only written down; no money has
     moved.

- Canceled: 2 orders that nobody had paid.

- Not refunded, because the payment is disputed at the bank or too old for a refund:
     ₺1.00 and €1.00 (2 payments). This is on our list for the dispute fast track. It
     needs a person on both sides, so one of us will write to you about it.

- Stopped: ₺1.00 and €1.00 (2 bookings). What Square shows is not what we expected,
     for example because somebody had refunded it already. We would rather look than guess,
     so one of us will write to you about it.

- Square's fees on these payments: ₺1.00 and €1.00. Square keeps its fees when a
     payment is refunded, so we credit them to you.

Sales and VAT in your Square reports change with this, so please pass this mail on to
     whoever does your books. If anything in it looks wrong to you, answer it and tell me; a
     person reads it.

I am sorry for the trouble this has been.

The people behind your connection to Square
nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn
    nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn: Orders that we booked more than once at Square
Hello
     nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn
    nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn,

I am writing because we made a mistake in your books, and I am sorry. Our software sent 2
     orders to Square that were there already. You sold each of them once; your reports show
     them more than once. That is our fault, not yours and not your team's.

What we have done about it:

Sales and VAT in your Square reports change with this, so please pass this mail on to
     whoever does your books. If anything in it looks wrong to you, answer it and tell me; a
     person reads it.

I am sorry for the trouble this has been.

ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss
    ssssssssssssssssssssssssssssss
Square'de birden fazla kaydettiğimiz siparişler
Merhaba,

Size bir hatamız yüzünden yazıyorum ve özür dilerim. 3 Eylül 2026 tarihinde
     yazılımımız 1 siparişi Square'de zaten kayıtlı olduğu hâlde yeniden kaydetti.
     Siz her birini bir kez sattınız, raporlarınızda ise birden fazla görünüyor. Hata
     bizim; sizin ya da ekibinizin değil.

Yaptıklarımız:

- İptal edildi: ödenmemiş 1 sipariş.

- Durduruldu: 1 kayıt. Square'de gördüğümüz beklediğimizle aynı değil; örneğin
     biri daha önce iade etmiş olabilir. Tahmin etmektense bakmayı yeğliyoruz; bu yüzden
     ekibimizden biri size yazacak.

- Bizim ücretimiz: 1 aylık ücretimizi size alacak olarak yazıyoruz.

Square raporlarınızdaki satış ve KDV tutarları bununla birlikte değişiyor; lütfen
     bu e-postayı muhasebecinize de iletin. Yanlış görünen bir şey varsa bu e-postayı
     yanıtlayın; bir insan okuyor.

Verdiğimiz zahmet için özür dilerim.

Square bağlantınızın arkasındaki ekip
Square'de birden fazla kaydettiğimiz siparişler: kalanlar
Merhaba,

Square'de zaten kayıtlı olduğu hâlde yeniden kaydettiğimiz siparişler için size
     daha önce yazmıştım. O zamandan beri 2 siparişle daha ilgilendik. Bu e-postada
     yalnızca bunlar var; önceki e-postada yazanlar geçerliliğini koruyor.

Yaptıklarımız:

- İade edildi: ₺1,00 ve €1,00 (2 ödeme). Para, her ödemenin geldiği yere geri
     gidiyor. Bankada görünmesi birkaç gün sürebilir.

- Yalnızca kayıtlarda düzeltildi: ₺1,00 ve €1,00 (2 ödeme). Bunlar nakit ya da
     Square dışında ödenmiş olarak kaydedilmişti. Böyle bir iade yalnızca deftere
     yazılır; para hareketi olmadı.

- İptal edildi: ödenmemiş 2 sipariş.

- Bankada itiraz edildiği ya da iade için çok eski olduğu için iade edilemedi: ₺1,
    00 ve €1,00 (2 ödeme). Bunlar öncelikli itiraz listemizde. İki tarafta da bir
     insanın bakması gerekiyor; bu yüzden ekibimizden biri size yazacak.

- Durduruldu: ₺1,00 ve €1,00 (2 kayıt). Square'de gördüğümüz beklediğimizle
     aynı değil; örneğin biri daha önce iade etmiş olabilir. Tahmin etmektense bakmayı
     yeğliyoruz; bu yüzden ekibimizden biri size yazacak.

- Square'in bu ödemelerden aldığı ücretler: ₺1,00 ve €1,00. Square, ödeme iade
     edilse de ücretini geri vermiyor; bu tutarı size biz alacak olarak yazıyoruz.

Square raporlarınızdaki satış ve KDV tutarları bununla birlikte değişiyor; lütfen
     bu e-postayı muhasebecinize de iletin. Yanlış görünen bir şey varsa bu e-postayı
     yanıtlayın; bir insan okuyor.

Verdiğimiz zahmet için özür dilerim.

Square bağlantınızın arkasındaki ekip
nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn
    nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn: Square'de birden fazla kaydettiğimiz siparişler
Merhaba
     nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn
    nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn,

Size bir hatamız yüzünden yazıyorum ve özür dilerim. Yazılımımız 2 siparişi
     Square'de zaten kayıtlı olduğu hâlde yeniden kaydetti. Siz her birini bir kez
     sattınız, raporlarınızda ise birden fazla görünüyor. Hata bizim; sizin ya da
     ekibinizin değil.

Yaptıklarımız:

Square raporlarınızdaki satış ve KDV tutarları bununla birlikte değişiyor; lütfen
     bu e-postayı muhasebecinize de iletin. Yanlış görünen bir şey varsa bu e-postayı
     yanıtlayın; bir insan okuyor.

Verdiğimiz zahmet için özür dilerim.

ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss
    ssssssssssssssssssssssssssssss
)~");
}

}  // namespace mails_words_test
