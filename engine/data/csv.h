// CSV as RFC 4180 has it, and as spreadsheets write it: ours, and what people list groups or weights in.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace graft {

// Rows of fields. Quoted fields may hold separators, quotes and line ends. Between fields stands a comma, a
// semicolon or a tab: the one that the first lines have equally often outside of quotes, or that Excel's first line
// "sep=;" names. Lines end with LF, CR LF, or, in a text without any LF, CR. A byte order mark and empty lines are
// passed over. Throws Error (data): a quote that never ends.
std::vector<std::vector<std::string>> parse_csv(std::string_view text, const std::filesystem::path& source);

}  // namespace graft
