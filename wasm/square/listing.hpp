// What the lists of Square's have in common: how a page is asked for, and when it can be believed.
#pragma once

#include <string>
#include <string_view>

#include "base/json/value.hpp"

namespace pos::square {

/// Percent-encodes all but the unreserved characters of RFC 3986.
[[nodiscard]] std::string url_encoded(std::string_view text);

/// An id as one segment of a path. No id can leave its place in it: "." and "..", and "" before a
/// further segment, name another path, whether their dots are encoded or not (WHATWG, URL), so
/// these become ids that exist nowhere.
[[nodiscard]] std::string path_segment(std::string_view id);

/// Whether what is shown stands at that location; Square need not say where it does.
[[nodiscard]] bool is_of(json::Value shown, std::string_view location_id);

/// Whether nothing on a list is of another location than the one that was asked about: such a list
/// is an answer to something else, and may lack what was asked for.
[[nodiscard]] bool is_list_of(json::Value list, std::string_view location_id);

/// Whether a page can be read to its end: what cannot be read proves nothing. Square leaves an
/// empty list out, so only a page with nothing else on it is an empty one.
[[nodiscard]] bool is_whole_list(json::Value page, const char* name);

}  // namespace pos::square
