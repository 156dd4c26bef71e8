// Makers of OptionValue for the kinds of option values. `at` locates the value in TrainConfig, as
// FIELD(part.member).
#pragma once
#include <fmt/ranges.h>

#include <concepts>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "engine/base/json_values.h"
#include "engine/base/parse_number.h"
#include "tools/options/option.h"

#define FIELD(path) \
  [](auto& config) -> auto& { return config.path; }

namespace graft {

// A value converted from and to text. `T parse(const std::string&)` throws Error (usage); `std::string text(const T&)`.
template <class At, class Parse, class Text>
OptionValue parsed(std::string type, At at, Parse parse, Text text) {
  return {.type = std::move(type),
          .parse = [=](TrainConfig& c, const std::string& given) { at(c) = parse(given); },
          .text = [=](const TrainConfig& c) -> std::string { return text(at(c)); },
          .to_json = [=](const TrainConfig& c) -> nlohmann::json { return std::string(text(at(c))); },
          .from_json = [=](TrainConfig& c, const nlohmann::json& j) { at(c) = parse(j.get<std::string>()); }};
}

// A number from low to high, not NaN. Stored as a JSON number of the same kind.
template <class At, class T>
OptionValue number(At at, T low, T high) {
  const auto check = [=](T value, const std::string& given) {
    if (!(value >= low && value <= high)) fail(Fault::usage, "{} is not a number from {} to {}", given, low, high);
    return value;
  };
  const auto parse = [=](const std::string& given) {
    const auto value = parse_number(given, low, high);
    if (!value)
      fail(Fault::usage, "{} is not a {}number from {} to {}", given, std::integral<T> ? "whole " : "", low, high);
    return *value;
  };
  OptionValue v = parsed("NUMBER", at, parse, [](T value) { return fmt::format("{}", value); });
  v.to_json = [=](const TrainConfig& c) -> nlohmann::json { return at(c); };
  v.from_json = [=](TrainConfig& c, const nlohmann::json& j) {
    T value{};
    read_value(j, "it", value);
    at(c) = check(value, j.dump());
  };
  return v;
}

template <class T>
struct Word {
  const char* word;
  T value;
};

// One word of a fixed list.
template <class T, class At>
OptionValue one_of(At at, std::vector<Word<T>> words) {
  const auto parse = [=](const std::string& given) {
    std::string known;
    for (const Word<T>& w : words) {
      if (given == w.word) return w.value;
      if (*w.word) known += (known.empty() ? "" : ", ") + std::string(w.word);
    }
    fail(Fault::usage, "'{}' is not one of: {}", given, known);
  };
  const auto text = [=](const T& value) {
    for (const Word<T>& w : words)
      if (w.value == value) return std::string(w.word);
    return std::string();
  };
  return parsed("WORD", at, parse, text);
}

// A boolean flag.
template <class At>
OptionValue flag(At at) {
  return {.form = OptionValue::flag,
          .type = "",
          .parse = [=](TrainConfig& c, const std::string& given) { at(c) = given != "false"; },
          .text = [=](const TrainConfig& c) -> std::string { return at(c) ? "true" : "false"; },
          .to_json = [=](const TrainConfig& c) -> nlohmann::json { return at(c); },
          .from_json = [=](TrainConfig& c, const nlohmann::json& j) { at(c) = j.get<bool>(); }};
}

// Free text. `check` throws Error (usage) for invalid text.
template <class At>
OptionValue text(std::string type, At at, void (*check)(const std::string&) = nullptr) {
  return parsed(
      std::move(type), at, [=](const std::string& given) { return check ? check(given) : void(), given; },
      [](const std::string& value) { return value; });
}

// A repeatable text option; each occurrence appends.
template <class At>
OptionValue texts(std::string type, At at) {
  return {.form = OptionValue::words,
          .type = std::move(type),
          .parse =
              [=](TrainConfig& c, const std::string& given) {
                if (given.empty()) fail(Fault::usage, "it is empty");
                at(c).push_back(given);
              },
          .text = [=](const TrainConfig& c) -> std::string { return fmt::format("{}", fmt::join(at(c), " ")); },
          .to_json = [=](const TrainConfig& c) -> nlohmann::json { return at(c); },
          .from_json = [=](TrainConfig& c, const nlohmann::json& j) { read_value(j, "it", at(c)); }};
}

// The path of a file or folder, stored as absolute.
std::filesystem::path absolute_path(const std::string& given);
template <class At>
OptionValue path(std::string type, At at) {
  OptionValue v =
      parsed(std::move(type), at, absolute_path, [](const std::filesystem::path& value) { return value.string(); });
  v.from_json = [=](TrainConfig& c, const nlohmann::json& j) { at(c) = j.get<std::string>(); };
  return v;
}

// Like path(), but normalised: without "." and "..".
template <class At>
OptionValue folder(At at) {
  OptionValue v = path("FOLDER", at);
  v.parse = [=](TrainConfig& c, const std::string& given) { at(c) = absolute_path(given).lexically_normal(); };
  return v;
}

}  // namespace graft
