// Command-line parser: the part of CLI11 that the commands use, under its names. CLI11 is header-only and takes
// about 15 s to compile per file; command_line.cpp is the only file that includes it.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
class Validator;
}  // namespace CLI

namespace graft::CLI {

// Checks a text, and may change it. `check` returns what is wrong, or "".
class Validator {
 public:
  Validator(std::function<std::string(std::string&)> check, const std::string& name);
  explicit Validator(const ::CLI::Validator& validator);
  const ::CLI::Validator& get() const { return *validator_; }

 private:
  std::shared_ptr<const ::CLI::Validator> validator_;
};

Validator Range(int low, int high);
Validator Range(double low, double high);
Validator IsMember(const std::vector<std::string>& words);

class Option {
 public:
  explicit Option(::CLI::Option* option) : option_(option) {}
  Option* required();
  Option* capture_default_str();
  Option* group(const std::string& name);
  Option* check(const Validator& validator);
  Option* excludes(Option* other);
  Option* allow_extra_args(bool allowed);                            // false: one value per occurrence
  Option* shows(const std::string& type, const std::string& value);  // type and default value shown in help
  size_t count() const;                                              // number of occurrences
  explicit operator bool() const { return count() > 0; }

 private:
  ::CLI::Option* option_;
};

class App {
 public:
  App(const std::string& description, const std::string& name);
  explicit App(::CLI::App* app);  // a subcommand
  ~App();

  App* add_subcommand(const std::string& name, const std::string& description);
  std::vector<App*> get_subcommands();
  void require_subcommand(int count);
  void callback(std::function<void()> run);
  void footer(const std::string& text);
  void set_version_flag(const std::string& name, const std::string& text);

  Option* add_flag(const std::string& name, bool& value, const std::string& help);
  Option* add_option(const std::string& name, std::string& value, const std::string& help);
  Option* add_option(const std::string& name, std::filesystem::path& value, const std::string& help);
  Option* add_option(const std::string& name, int& value, const std::string& help);
  Option* add_option(const std::string& name, uint64_t& value, const std::string& help);
  Option* add_option(const std::string& name, double& value, const std::string& help);
  Option* add_option(const std::string& name, std::vector<std::string>& value, const std::string& help);
  Option* add_option(const std::string& name, std::vector<std::filesystem::path>& value, const std::string& help);
  // Pass the text to a function, which throws Error (usage) if it is invalid.
  using Take = std::function<void(const std::string&)>;
  Option* add_option(const std::string& name, const Take& take, const std::string& help);
  Option* add_repeatable(const std::string& name, const Take& take, const std::string& help);
  Option* add_flag(const std::string& name, const std::function<void(bool)>& take, const std::string& help);
  Option* get_option(const std::string& name) const;

  // Runs the callback of the given command. Returns an exit code
  // if none is to be run, because help or an error was printed.
  std::optional<int> parse(int argc, char** argv);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace graft::CLI
