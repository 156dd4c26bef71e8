// Makers of OptionValue for the kinds of option values. A value is located as FIELD(part.member). JSON and numbers are
// converted in values.cpp, so that the rows compile without them.
#pragma once
#include <fmt/ranges.h>

#include <type_traits>

#include "engine/base/parse_number.h"
#include "tools/options/option.h"

namespace graft {

// A member of TrainConfig.
template <class T>
struct Field {
  T& (*at)(TrainConfig&);
  T& operator()(TrainConfig& config) const { return at(config); }
  const T& operator()(const TrainConfig& config) const { return at(const_cast<TrainConfig&>(config)); }
};
template <class T>
Field(T& (*)(TrainConfig&)) -> Field<T>;

#define FIELD(path)                               \
  ::graft::Field {                                \
    +[](::graft::TrainConfig & config) -> auto& { \
      return config.path;                         \
    }                                             \
  }

// A value stored as its text. `parse` throws Error (usage).
OptionValue stored_as_text(std::string type, std::function<void(TrainConfig&, const std::string&)> parse,
                           std::function<std::string(const TrainConfig&)> text);

// The same from functions of the value alone: T parse(std::string_view), std::string text(const T&).
template <class T>
OptionValue parsed(std::string type, Field<T> at, std::type_identity_t<T (*)(std::string_view)> parse,
                   std::type_identity_t<std::string (*)(const T&)> text) {
  return stored_as_text(
      std::move(type), [=](TrainConfig& c, const std::string& given) { at(c) = parse(given); },
      [=](const TrainConfig& c) { return text(at(c)); });
}

// A number from low to high, not NaN. Stored as a JSON number of the same kind. T: int, float or uint64_t.
template <class T>
OptionValue number(Field<T> at, std::type_identity_t<T> low, std::type_identity_t<T> high);

template <class T>
struct Word {
  const char* word;
  T value;
};

[[noreturn]] void fail_unknown_word(const std::string& given, const std::vector<const char*>& known);

// One word of a fixed list.
template <class T>
OptionValue one_of(Field<T> at, std::vector<Word<T>> words) {
  const auto parse = [=](TrainConfig& c, const std::string& given) {
    std::vector<const char*> known;
    for (const Word<T>& w : words) {
      if (given == w.word) return void(at(c) = w.value);
      known.push_back(w.word);
    }
    fail_unknown_word(given, known);
  };
  const auto text = [=](const TrainConfig& c) {
    for (const Word<T>& w : words)
      if (w.value == at(c)) return std::string(w.word);
    return std::string();
  };
  return stored_as_text("WORD", parse, text);
}

// A boolean flag.
OptionValue flag(Field<bool> at);

// Free text. `check` throws Error (usage) for invalid text.
OptionValue text(std::string type, Field<std::string> at, void (*check)(const std::string&) = nullptr);

// A repeatable text option; each occurrence appends.
OptionValue texts(std::string type, Field<std::vector<std::string>> at);

// The path of a file or folder, stored as absolute.
std::filesystem::path absolute_path(const std::filesystem::path& given);
OptionValue path(std::string type, Field<std::filesystem::path> at);

// Like path(), but normalised: without "." and "..".
OptionValue folder(Field<std::filesystem::path> at);

}  // namespace graft
