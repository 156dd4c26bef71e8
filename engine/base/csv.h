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

// A name as a field of a CSV file: printable(), so that the file is UTF-8, quoted where RFC 4180 asks for it, and
// behind an apostrophe where a spreadsheet would take it for a formula (= + - @), which parse_csv takes off again.
// Who looks it up compares with printable().
std::string csv_field(const std::string& name);

}  // namespace graft
