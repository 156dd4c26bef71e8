// Whether notes of the library have given words, and which advice.
#pragma once
#include <algorithm>
#include <filesystem>
#include <string_view>

#include "engine/base/note.h"
#include "tests/support/words.h"

namespace graft::test {

using Notes = std::vector<Note>;

inline bool any_has(const Notes& notes, const std::string& words) {
  return std::ranges::any_of(notes, [&](const Note& note) { return has(note.text, words); });
}

// With advice of this key on this folder.
inline bool any_advises(const Notes& notes, const std::string& words, std::string_view key,
                        const std::filesystem::path& folder) {
  return std::ranges::any_of(notes, [&](const Note& note) {
    return has(note.text, words) && note.advice.key == key &&
           note.advice.values == std::vector<std::string>{folder.string()};
  });
}

}  // namespace graft::test
