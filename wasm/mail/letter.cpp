#include "mail/letter.hpp"

#include <string_view>

#include "base/email_address.hpp"
#include "base/text.hpp"

namespace pos::mail {
namespace {

constexpr std::size_t name_most = 120;

using AmountOf = std::int64_t Amends::*;

std::int64_t total(const Facts& facts, AmountOf count) {
  std::int64_t sum = 0;
  for (const Amends& each : facts.figures) sum += each.*count;
  return sum;
}

/// The amounts of all currencies in which there is one: "€10.00 and ₺20.00".
std::string amounts(const Facts& facts, AmountOf amount) {
  std::string text;
  std::size_t left = 0;
  for (const Amends& each : facts.figures) left += each.*amount != 0 ? 1 : 0;
  const bool turkish = facts.language == Language::turkish;
  for (const Amends& each : facts.figures) {
    if (each.*amount == 0) continue;
    append(text, money_text(each.*amount, each.currency, facts.language));
    --left;
    if (left > 0) append(text, left > 1 ? ", " : turkish ? " ve " : " and ");
  }
  return text;
}

/// "1 order", "2 orders"
std::string count_of(std::int64_t count, const char* one, const char* more) {
  return concat(count, " ", count == 1 ? one : more);
}

void item(std::string& body, const std::string& text) { append(body, concat("- ", text, "\n\n")); }

std::string name_of(const Facts& facts) { return in_one_line(facts.name, name_most); }

// ---- English ----

std::string period_in_english(const Facts& facts) {
  if (facts.first_date.empty()) return "Our";
  const std::string first = date_text(facts.first_date, facts.language);
  if (facts.first_date == facts.last_date) return concat("On ", first, " our");
  return concat("Between ", first, " and ", date_text(facts.last_date, facts.language), " our");
}

std::string opening_in_english(const Facts& facts) {
  const std::string orders = count_of(total(facts, &Amends::orders), "order", "orders");
  const bool one = total(facts, &Amends::orders) == 1;
  const std::string greeting =
      facts.name.empty() ? std::string("Hello,\n\n") : concat("Hello ", name_of(facts), ",\n\n");
  if (facts.number > 1) {
    return concat(greeting,
                  "I wrote to you before about orders that we booked at Square although they stood "
                  "there already. Since then we have dealt with ",
                  orders, " more. Only ", one ? "that one is" : "those are",
                  " in this mail; what the earlier one says still holds.\n\n");
  }
  return concat(greeting, "I am writing because we made a mistake in your books, and I am sorry. ",
                period_in_english(facts), " software sent ", orders, " to Square that ",
                one ? "was" : "were", " there already. You sold ", one ? "it" : "each of them",
                " once; your reports show ", one ? "it" : "them",
                " more than once. That is our fault, not yours and not your team's.\n\n");
}

void tell_in_english(const Facts& facts, std::string& body) {
  const auto payments = [&](AmountOf count) {
    return count_of(total(facts, count), "payment", "payments");
  };
  if (total(facts, &Amends::refunds) > 0) {
    item(body,
         concat("Refunded: ", amounts(facts, &Amends::refunded), " (", payments(&Amends::refunds),
                "). The money goes back to where each payment came from. It can take a bank "
                "some days to show it."));
  }
  if (total(facts, &Amends::records) > 0) {
    item(body,
         concat("Put right in your books only: ", amounts(facts, &Amends::recorded), " (",
                payments(&Amends::records),
                "). These were booked as cash or as paid outside of Square. There a refund is "
                "only written down; no money has moved."));
  }
  if (total(facts, &Amends::canceled) > 0) {
    item(body, concat("Canceled: ", count_of(total(facts, &Amends::canceled), "order", "orders"),
                      " that nobody had paid."));
  }
  if (total(facts, &Amends::listed) > 0) {
    item(body,
         concat("Not refunded, because the payment is disputed at the bank or too old for a "
                "refund: ",
                amounts(facts, &Amends::listed_amount), " (", payments(&Amends::listed),
                "). This is on our list for the dispute fast track. It needs a person on both "
                "sides, so one of us will write to you about it."));
  }
  if (total(facts, &Amends::stopped) > 0) {
    const std::string sum = amounts(facts, &Amends::stopped_amount);
    item(body, concat("Stopped: ", sum, sum.empty() ? "" : " (",
                      count_of(total(facts, &Amends::stopped), "booking", "bookings"),
                      sum.empty() ? "" : ")",
                      ". What Square shows is not what we expected, for example because somebody "
                      "had refunded it already. We would rather look than guess, so one of us will "
                      "write to you about it."));
  }
  if (!amounts(facts, &Amends::fees).empty()) {
    item(body, concat("Square's fees on these payments: ", amounts(facts, &Amends::fees),
                      ". Square keeps its fees when a payment is refunded, so we credit them to "
                      "you."));
  }
  if (facts.number == 1 && facts.months > 0) {
    item(body, concat("Our own fee: we credit you ", count_of(facts.months, "month", "months"),
                      " of it."));
  }
}

void close_in_english(const Facts& facts, std::string& body) {
  append(body,
         "Sales and VAT in your Square reports change with this, so please pass this mail on to "
         "whoever does your books. If anything in it looks wrong to you, answer it and tell me; a "
         "person reads it.\n\nI am sorry for the trouble this has been.\n\n");
  append(body, facts.signer.empty() ? std::string("The people behind your connection to Square")
                                    : in_one_line(facts.signer, name_most));
  append(body, "\n");
}

// ---- Turkish ----

std::string period_in_turkish(const Facts& facts) {
  if (facts.first_date.empty()) return "Yazılımımız";
  const std::string first = date_text(facts.first_date, facts.language);
  if (facts.first_date == facts.last_date) return concat(first, " tarihinde yazılımımız");
  return concat(first, " ile ", date_text(facts.last_date, facts.language),
                " tarihleri arasında yazılımımız");
}

std::string opening_in_turkish(const Facts& facts) {
  const std::int64_t orders = total(facts, &Amends::orders);
  const std::string greeting = facts.name.empty() ? std::string("Merhaba,\n\n")
                                                  : concat("Merhaba ", name_of(facts), ",\n\n");
  if (facts.number > 1) {
    return concat(greeting,
                  "Square'de zaten kayıtlı olduğu hâlde yeniden kaydettiğimiz siparişler için size "
                  "daha önce yazmıştım. O zamandan beri ",
                  orders,
                  " siparişle daha ilgilendik. Bu e-postada yalnızca bunlar var; önceki "
                  "e-postada yazanlar geçerliliğini koruyor.\n\n");
  }
  return concat(
      greeting, "Size bir hatamız yüzünden yazıyorum ve özür dilerim. ", period_in_turkish(facts),
      " ", orders,
      " siparişi Square'de zaten kayıtlı olduğu hâlde yeniden kaydetti. Siz her birini bir "
      "kez sattınız, raporlarınızda ise birden fazla görünüyor. Hata bizim; sizin ya da "
      "ekibinizin değil.\n\n");
}

void tell_in_turkish(const Facts& facts, std::string& body) {
  const auto payments = [&](AmountOf count) { return concat(total(facts, count), " ödeme"); };
  if (total(facts, &Amends::refunds) > 0) {
    item(body, concat("İade edildi: ", amounts(facts, &Amends::refunded), " (",
                      payments(&Amends::refunds),
                      "). Para, her ödemenin geldiği yere geri gidiyor. Bankada görünmesi birkaç "
                      "gün sürebilir."));
  }
  if (total(facts, &Amends::records) > 0) {
    item(body,
         concat("Yalnızca kayıtlarda düzeltildi: ", amounts(facts, &Amends::recorded), " (",
                payments(&Amends::records),
                "). Bunlar nakit ya da Square dışında ödenmiş olarak kaydedilmişti. Böyle bir "
                "iade yalnızca deftere yazılır; para hareketi olmadı."));
  }
  if (total(facts, &Amends::canceled) > 0) {
    item(body, concat("İptal edildi: ödenmemiş ", total(facts, &Amends::canceled), " sipariş."));
  }
  if (total(facts, &Amends::listed) > 0) {
    item(body, concat("Bankada itiraz edildiği ya da iade için çok eski olduğu için iade "
                      "edilemedi: ",
                      amounts(facts, &Amends::listed_amount), " (", payments(&Amends::listed),
                      "). Bunlar öncelikli itiraz listemizde. İki tarafta da bir insanın bakması "
                      "gerekiyor; bu yüzden ekibimizden biri size yazacak."));
  }
  if (total(facts, &Amends::stopped) > 0) {
    const std::string sum = amounts(facts, &Amends::stopped_amount);
    item(body,
         concat("Durduruldu: ", sum, sum.empty() ? "" : " (", total(facts, &Amends::stopped),
                " kayıt", sum.empty() ? "" : ")",
                ". Square'de gördüğümüz beklediğimizle aynı değil; örneğin biri daha önce iade "
                "etmiş olabilir. Tahmin etmektense bakmayı yeğliyoruz; bu yüzden ekibimizden "
                "biri size yazacak."));
  }
  if (!amounts(facts, &Amends::fees).empty()) {
    item(body, concat("Square'in bu ödemelerden aldığı ücretler: ", amounts(facts, &Amends::fees),
                      ". Square, ödeme iade edilse de ücretini geri vermiyor; bu tutarı size biz "
                      "alacak olarak yazıyoruz."));
  }
  if (facts.number == 1 && facts.months > 0) {
    item(body, concat("Bizim ücretimiz: ", facts.months,
                      " aylık ücretimizi size alacak olarak yazıyoruz."));
  }
}

void close_in_turkish(const Facts& facts, std::string& body) {
  append(
      body,
      "Square raporlarınızdaki satış ve KDV tutarları bununla birlikte değişiyor; lütfen bu "
      "e-postayı muhasebecinize de iletin. Yanlış görünen bir şey varsa bu e-postayı yanıtlayın; "
      "bir insan okuyor.\n\nVerdiğimiz zahmet için özür dilerim.\n\n");
  append(body, facts.signer.empty() ? std::string("Square bağlantınızın arkasındaki ekip")
                                    : in_one_line(facts.signer, name_most));
  append(body, "\n");
}

std::string subject_of(const Facts& facts) {
  const bool turkish = facts.language == Language::turkish;
  const bool first = facts.number == 1;
  const char* const subject =
      turkish ? (first ? "Square'de birden fazla kaydettiğimiz siparişler"
                       : "Square'de birden fazla kaydettiğimiz siparişler: kalanlar")
              : (first ? "Orders that we booked more than once at Square"
                       : "Orders that we booked more than once at Square: the rest");
  return facts.name.empty() ? std::string(subject) : concat(name_of(facts), ": ", subject);
}

}  // namespace

Amends read_amends(json::Value value) {
  Amends figures;
  figures.currency = value["currency"].text();
  figures.orders = value["orders"].integer();
  figures.fees = value["fees"].integer();
  figures.refunds = value["refunds"].integer();
  figures.refunded = value["refunded"].integer();
  figures.records = value["records"].integer();
  figures.recorded = value["recorded"].integer();
  figures.canceled = value["canceled"].integer();
  figures.listed = value["listed"].integer();
  figures.listed_amount = value["listed_amount"].integer();
  figures.stopped = value["stopped"].integer();
  figures.stopped_amount = value["stopped_amount"].integer();
  return figures;
}

Letter write_letter(const Facts& facts) {
  Letter letter;
  letter.subject = subject_of(facts);
  if (facts.language == Language::turkish) {
    letter.body = concat(opening_in_turkish(facts), "Yaptıklarımız:\n\n");
    tell_in_turkish(facts, letter.body);
    close_in_turkish(facts, letter.body);
  } else {
    letter.body = concat(opening_in_english(facts), "What we have done about it:\n\n");
    tell_in_english(facts, letter.body);
    close_in_english(facts, letter.body);
  }
  return letter;
}

}  // namespace pos::mail
