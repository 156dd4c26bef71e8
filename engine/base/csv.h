// CSV as in RFC 4180 and as spreadsheets write it: for our own files, and for users' lists of groups or weights.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace graft {

// Rows of fields. Quoted fields may hold separators, quotes and line ends. The separator is a comma, a semicolon or
// a tab: the one that the first lines have equally often outside of quotes, or the one named by Excel's first line
// "sep=;". Lines end with LF, CR LF, or, in a text without any LF, CR. A byte order mark and empty lines are
// skipped. Throws Error (data) if a quote is not closed.
std::vector<std::vector<std::string>> parse_csv(std::string_view text, const std::filesystem::path& source);

// A name as a CSV field: printable(), so that the file is UTF-8, quoted where RFC 4180 requires it, and prefixed
// with an apostrophe where a spreadsheet would read a formula (= + - @); parse_csv removes it again. Look names up
// by their printable() form.
std::string csv_field(const std::string& name);

}  // namespace graft
