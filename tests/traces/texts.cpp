#include "traces/texts.hpp"

namespace traces {
namespace {

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string item(const std::string& members) {
  return R"({"currency":"TRY","items":[{)" + members + "}]}";
}

}  // namespace

std::vector<std::string> good_payloads() {
  return {
      R"({"currency":"TRY","items":[{"name":"Çay","quantity":"1","unit_price":1500}]})",
      R"({"v":1,"currency":"TRY","placed_at":"2026-11-21T18:03:11Z","table_id":"7","items":[
         {"name":"Adana Kebabı","quantity":"2","unit_price":35000,"tax_percentage":"10","note":"az acılı"},
         {"name":"Şalgam 🥤","quantity":"0.250","unit_price":40000,"tax_percentage":"20"},
         {"name":"Su","quantity":3,"unit_price":500}],
         "discount":500,"service_charge":1000,"tip":200,"total":82000,
         "payment":{"type":"external","source":"thMenu \"sipariş\"","amount":82000}})",
      R"({"currency":"EUR","tax_inclusive":false,"discount":7,"items":[
         {"name":"a","quantity":"1.5","unit_price":333,"tax_percentage":"8.875"},
         {"name":"b","quantity":"7","unit_price":101,"tax_percentage":"20"},
         {"name":"c","quantity":"0.00005","unit_price":99999,"tax_percentage":"8.875"},
         {"name":"d","quantity":"1","unit_price":5}]})",
      R"({"currency":"GBP","items":[{"name":"👨‍👩‍👧‍👦 \u0001\u001f\"\\/\b\f\n\r\t","quantity":"1","unit_price":0}]})",
      R"({"currency":"JPY","items":[{"name":"注文","quantity":"999999999999","unit_price":9007}]})",
      R"({"currency":"USD","items":[{"name":"x","quantity":"1","unit_price":1500}],"payment":{"type":"cash","amount":1500},"tip":100})",
      R"({"currency":"KWD","items":[{"name":"x","variation":"büyük","quantity":"1.5","unit_price":1501,
         "modifiers":[{"name":"a","unit_price":3},{"name":"b","quantity":0,"unit_price":9},{"name":"c","quantity":"999","unit_price":1}]}]})",
      R"({"currency":"TRY","items":[{"name":"x","quantity":"1","unit_price":5}],"discount":5,"payment":{"type":"cash","amount":0}})",
  };
}

std::vector<std::string> bad_payloads() {
  return {
      "",
      "{",
      "null",
      "[]",
      "{}",
      R"({"currency":"TRY","items":[]})",
      R"({"currency":"XXX","items":null,"v":2,"whatever":{"deep":[1,2]}})",
      R"({"currency":"TRY","items":{"0":1},"tip":5,"discount":-1,"service_charge":1.5,"total":"7"})",
      R"({"currency":"TRY","items":[1,null,"x",{}],"payment":[]})",
      item(R"("name":"","quantity":"0","unit_price":-1,"tax_percentage":"101")"),
      item(R"("name":7,"quantity":"1e2","unit_price":1e2,"tax_percentage":true,"note":[])"),
      item(R"("name":"x","quantity":"1","unit_price":9007199254740992)"),
      item(R"("name":"x","quantity":"999999999999","unit_price":9007199254740991)"),
      item(R"("name":"x","quantity":"1","unit_price":99999999999999999999)"),
      item(R"("name":"x","quantity":"1","unit_price":1.5,"😀":"ğ","note":")" + repeated("ğ", 2001) +
           "\""),
      item(R"("name":"x","quantity":"1","unit_price":1e308)"),
      item(
          R"("name":"x","quantity":"1","unit_price":1,"modifiers":[7,{"name":"","quantity":"1.5","unit_price":-1},{"sku":1}])"),
      item(R"("name":"x","quantity":"1","unit_price":1,"modifiers":[)" +
           repeated(R"({"name":"a","unit_price":0},)", 100) + R"({"name":"a","unit_price":0}])"),
      R"({"currency":"TRY","items":[{"name":"x","quantity":"1","unit_price":5}],"discount":5,"tip":1,"payment":{"type":"cash","amount":0}})",
      R"({"currency":"TRY","items":[{"name":"x","quantity":"1","unit_price":5}],"total":6,"tip":1})",
      R"({"currency":"TRY","items":[{"name":"x","quantity":"1","unit_price":5}],"payment":{"type":"card","amount":4,"source":""},"discount":9})",
      R"({"currency":"TRY","items":[{"name":"x","quantity":"1","unit_price":5}],"payment":{"type":"external","amount":4}})",
      R"({"currency":"TRY","items":[{"name":"x","quantity":"1","unit_price":5}],"payment":{"type":"cash","amount":4,"source":"s"},"placed_at":"2026-02-30T00:00:00Z"})",
      R"({"currency":"TRY","items":[)" + repeated(R"({"unit_price":"35,00"},)", 60) + "{}]}",
  };
}

std::vector<std::string> json_texts() {
  std::vector<std::string> texts = {
      "",
      " ",
      "null",
      " true ",
      "nul",
      "nulll",
      "[1,2",
      "[1,]",
      "{\"a\":1,}",
      "{\"a\" 1}",
      "{a:1}",
      "{\"a\":1}x",
      "1 2",
      "// c\n1",
      "'a'",
      "\"\t\"",
      "\"\\x\"",
      "\"\\u12\"",
      "\"a",
      R"("\ud83e\udd59 \u015f")",
      R"("\ud83e")",
      R"("\udd59\ud83e")",
      "\"\xff\"",
      "\"\xc0\x80\"",
      "\"\xed\xa0\x80\"",
      "\"\xf4\x90\x80\x80\"",
      "\"\xe2\x82\"",
      "\xEF\xBB\xBF{}",
      std::string("1\0", 2),
      R"({"a":1,"b":2,"a":3})",
      R"({"":1,"":2})",
      R"([{"x":{"a":1,"\u0061":2}}])",
      repeated("[", 32) + repeated("]", 32),
      repeated("[", 33) + repeated("]", 33),
      repeated("{\"a\":", 40),
      repeated("[", 3000),
      repeated("\"ş\",", 300),
  };
  for (const char* number : {"0",
                             "-0",
                             "-",
                             "+1",
                             "01",
                             "1.",
                             ".5",
                             "1e",
                             "1e+",
                             "1E-400",
                             "-0.0",
                             "1e400",
                             "-1e400",
                             "1.8e308",
                             "1.7976931348623157e308",
                             "1e308",
                             "1e99999999999999999999",
                             "0e999",
                             "0.0e-999",
                             "9223372036854775807",
                             "9223372036854775808",
                             "-9223372036854775808",
                             "-9223372036854775809",
                             "18446744073709551615",
                             "18446744073709551616",
                             "1.0",
                             "35000.50",
                             "1e2",
                             "0x10",
                             "NaN",
                             "Infinity",
                             "1_000",
                             "123456789012345678901234567890.5e-10"}) {
    texts.emplace_back(number);
    // As a member that is repeated in the answer.
    texts.push_back(R"({"order_id":"n","payload":{"currency":"TRY","items":[{"name":"x",)"
                    R"("quantity":"1","unit_price":)" +
                    std::string(number) + "}]}}");
  }
  std::string many = R"({"order_id":"many","payload":{)";
  for (int i = 0; i < 200; ++i) many += "\"key" + std::to_string(i * 7919 % 200) + "\":0,";
  texts.push_back(many + "\"last\":1}}");
  texts.push_back(many + "\"key7\":1}}");
  return texts;
}

std::vector<std::string> reply_bodies() {
  return {
      "",
      "{",
      "null",
      "[]",
      "<html>502 Bad Gateway</html>",
      R"({"order":{"id":"O1"}})",
      R"({"order":{"id":"","total_money":{"amount":1500,"currency":"TRY"}}})",
      R"({"order":{"id":"O1","total_money":{"amount":1500,"currency":"TRY"}}})",
      R"({"order":{"id":"O1","total_money":{"amount":1501,"currency":"TRY"}}})",
      R"({"order":{"id":"O1","total_money":{"amount":1500,"currency":"USD"}}})",
      R"({"order":{"id":"O1","total_money":{"amount":1500.0,"currency":"TRY"}}})",
      R"({"order":{"id":"O1","total_money":{"amount":1e400,"currency":"TRY"}}})",
      R"({"payment":{"id":"P1","status":"FAILED"}})",
      R"({"errors":[]})",
      R"({"errors":[{}]})",
      R"({"errors":[{"category":"API_ERROR","code":"INTERNAL_SERVER_ERROR","detail":"ş🥙"}]})",
      R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"BAD_REQUEST","detail":"Order X already exists."}]})",
      R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"NEVER_HEARD_OF","field":"order.line_items[0]"}]})",
      R"({"errors":[{"code":"VALUE_TOO_LONG"},{"code":"CONFLICT","detail":"Bearer EAAAsecret and sq0atp-secret"}]})",
      R"({"errors":[{"code":"VALUE_TOO_LONG","detail":")" + repeated("uzun ş ", 300) + "\"}]}",
      R"({"errors":[{"category":"AUTHENTICATION_ERROR","code":"ACCESS_TOKEN_EXPIRED"}]})",
      R"({"errors":[{"category":"RATE_LIMIT_ERROR","code":"RATE_LIMITED"}]})",
      R"({"errors":[{"code":"IDEMPOTENCY_KEY_REUSED"}],"order":{"id":"O1"}})",
  };
}

}  // namespace traces
