#include "repair/options.hpp"

namespace pos::repair {

std::string read_options(json::Value variables, json::Value secrets, Options& options) {
  options.mail_from = variables["MAIL_FROM"].text();
  options.mail_reply_to = variables["MAIL_REPLY_TO"].text();
  for (json::Value each = secrets.first(); each.present(); each = each.next()) {
    if (each.says("RESEND_API_KEY")) options.has_mail_key = true;
  }
  return {};
}

}  // namespace pos::repair
