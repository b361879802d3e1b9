#include "audit/scan/rows.hpp"

#include <string_view>
#include <utility>

#include "store/rows.hpp"

namespace pos::audit {
namespace {

using json::Value;
using store::Columns;

Tender read_tender(Value columns, std::string_view order_id, std::string_view location_id) {
  std::int64_t disputed = 0;
  Tender tender;
  square::PaymentSnapshot& payment = tender.payment;
  Columns row(columns);
  row >> payment.id >> payment.created_at_ms >> payment.status >> payment.source_type >>
      payment.amount >> payment.currency >> payment.refunded >> payment.fee >> tender.pending >>
      disputed >> payment.instrument_hash >> payment.card_brand >> payment.card_last_4 >>
      payment.customer_hash;
  payment.order_id = order_id;
  payment.location_id = location_id;
  tender.disputed = disputed != 0;
  return tender;
}

}  // namespace

void write_row(json::Writer& out, const square::OrderSnapshot& sale) {
  out.begin_object().member("id", sale.id).member("created_at", sale.created_at_ms);
  out.member("kind", sale.kind).member("state", sale.state);
  out.member("paid", std::int64_t{sale.paid}).member("reference_id", sale.reference_id);
  out.member("pos_sync", sale.pos_sync).member("order_key", sale.order_key);
  out.member("table_id", sale.table_id).member("total", sale.total).member("tip", sale.tip);
  out.member("currency", sale.currency).member("tax", sale.tax).member("content", sale.content);
  out.member("missing", sale.missing).member("fingerprint", sale.fingerprint);
  out.member("reference_hash", sale.reference_hash).member("metadata_hash", sale.metadata_hash);
  out.member("content_hash", sale.content_hash).member("table_hash", sale.table_hash);
  out.member("customer_hash", sale.customer_hash).member("source_hash", sale.source_hash);
  out.member("tenders", sale.tenders);
  out.end_object();
}

void write_row(json::Writer& out, const square::PaymentSnapshot& payment) {
  out.begin_object().member("id", payment.id).member("order_id", payment.order_id);
  out.member("created_at", payment.created_at_ms).member("status", payment.status);
  out.member("source_type", payment.source_type).member("amount", payment.amount);
  out.member("currency", payment.currency).member("refunded", payment.refunded);
  out.member("fee", payment.fee).member("instrument_hash", payment.instrument_hash);
  out.member("card_brand", payment.card_brand).member("card_last_4", payment.card_last_4);
  out.member("customer_hash", payment.customer_hash).end_object();
}

MemberRow read_member(Value columns) {
  MemberRow read;
  Member& member = read.member;
  square::OrderSnapshot& sale = member.sale;
  std::int64_t paid = 0;
  std::int64_t known = 0;
  Columns row(columns);
  row >> read.group_id >> sale.id >> sale.location_id >> sale.created_at_ms >> sale.kind >>
      sale.state >> paid >> sale.reference_id >> sale.pos_sync >> sale.order_key >> sale.table_id >>
      sale.total >> sale.tip >> sale.currency >> sale.tax >> sale.content >> sale.missing >>
      sale.fingerprint >> sale.reference_hash >> sale.metadata_hash >> sale.content_hash >>
      sale.table_hash >> sale.customer_hash >> sale.source_hash >> sale.tenders >>
      member.table_others;
  sale.paid = paid != 0;
  // One text, for D1 has no lists.
  json::Document payments;
  if (payments.parse(row.value().text())) {
    for (Value each = payments.root().first(); each.present(); each = each.next()) {
      member.payments.push_back(read_tender(each, sale.id, sale.location_id));
    }
  }
  row >> known >> member.fixed_group >> member.fixed_role >> read.row >> read.now_ms;
  member.known = known != 0;
  return read;
}

}  // namespace pos::audit
