#include "tools/options/values.h"

#include <nlohmann/json.hpp>

#include "engine/base/json_values.h"

namespace graft {

OptionValue stored_as_text(std::string type, std::function<void(TrainConfig&, const std::string&)> parse,
                           std::function<std::string(const TrainConfig&)> text) {
  return {.type = std::move(type),
          .parse = parse,
          .text = text,
          .to_json = [=](const TrainConfig& c) -> nlohmann::json { return text(c); },
          .from_json = [=](TrainConfig& c, const nlohmann::json& j) { parse(c, j.get<std::string>()); }};
}

template <class T>
OptionValue number(Field<T> at, std::type_identity_t<T> low, std::type_identity_t<T> high) {
  return {.type = "NUMBER",
          .parse =
              [=](TrainConfig& c, const std::string& given) {
                const auto value = parse_number(given, low, high);
                if (!value)
                  fail(Fault::usage, "{} is not a {}number from {} to {}", given,
                       std::is_integral_v<T> ? "whole " : "", low, high);
                at(c) = *value;
              },
          .text = [=](const TrainConfig& c) { return fmt::format("{}", at(c)); },
          .to_json = [=](const TrainConfig& c) -> nlohmann::json { return at(c); },
          .from_json =
              [=](TrainConfig& c, const nlohmann::json& j) {
                T value{};
                read_value(j, "it", value);
                if (!(value >= low && value <= high))
                  fail(Fault::usage, "{} is not a number from {} to {}", j.dump(), low, high);
                at(c) = value;
              }};
}
template OptionValue number(Field<int>, int, int);
template OptionValue number(Field<float>, float, float);
template OptionValue number(Field<uint64_t>, uint64_t, uint64_t);

void fail_unknown_word(const std::string& given, const std::vector<const char*>& known) {
  std::string words;
  for (const char* word : known)
    if (*word) words += (words.empty() ? "" : ", ") + std::string(word);
  fail(Fault::usage, "'{}' is not one of: {}", given, words);
}

OptionValue flag(Field<bool> at) {
  return {.form = OptionValue::flag,
          .type = "",
          .parse = [=](TrainConfig& c, const std::string& given) { at(c) = given != "false"; },
          .text = [=](const TrainConfig& c) -> std::string { return at(c) ? "true" : "false"; },
          .to_json = [=](const TrainConfig& c) -> nlohmann::json { return at(c); },
          .from_json = [=](TrainConfig& c, const nlohmann::json& j) { at(c) = j.get<bool>(); }};
}

OptionValue text(std::string type, Field<std::string> at, void (*check)(const std::string&)) {
  return stored_as_text(
      std::move(type),
      [=](TrainConfig& c, const std::string& given) {
        if (check) check(given);
        at(c) = given;
      },
      [=](const TrainConfig& c) { return at(c); });
}

OptionValue texts(std::string type, Field<std::vector<std::string>> at) {
  return {.form = OptionValue::words,
          .type = std::move(type),
          .parse =
              [=](TrainConfig& c, const std::string& given) {
                if (given.empty()) fail(Fault::usage, "it is empty");
                at(c).push_back(given);
              },
          .text = [=](const TrainConfig& c) { return fmt::format("{}", fmt::join(at(c), " ")); },
          .to_json = [=](const TrainConfig& c) -> nlohmann::json { return at(c); },
          .from_json = [=](TrainConfig& c, const nlohmann::json& j) { read_value(j, "it", at(c)); }};
}

std::filesystem::path absolute_path(const std::filesystem::path& given) {
  return given.empty() ? std::filesystem::path() : std::filesystem::absolute(given);
}

OptionValue path(std::string type, Field<std::filesystem::path> at) {
  OptionValue v = stored_as_text(
      std::move(type), [=](TrainConfig& c, const std::string& given) { at(c) = absolute_path(given); },
      [=](const TrainConfig& c) { return at(c).string(); });
  v.from_json = [=](TrainConfig& c, const nlohmann::json& j) { at(c) = j.get<std::string>(); };
  return v;
}

OptionValue folder(Field<std::filesystem::path> at) {
  OptionValue v = path("FOLDER", at);
  v.parse = [=](TrainConfig& c, const std::string& given) { at(c) = absolute_path(given).lexically_normal(); };
  return v;
}

}  // namespace graft
