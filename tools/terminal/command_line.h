// The command line: as much of CLI11 as the commands use, under its names. CLI11 is headers alone, and each file
// that includes them compiles for a quarter of a minute; command_line.cpp is the only one of the program that does.
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

// What is wrong with a text; it may be changed.
class Validator {
 public:
  Validator(std::function<std::string(std::string&)> check, const std::string& name);  // the check says what, or ""
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
  Option* allow_extra_args(bool allowed);                            // false: one value each time that it is given
  Option* shows(const std::string& type, const std::string& value);  // in help: of the text, and its default
  size_t count() const;                                              // how often it was given
  explicit operator bool() const { return count() > 0; }

 private:
  ::CLI::Option* option_;
};

class App {
 public:
  App(const std::string& description, const std::string& name);
  explicit App(::CLI::App* app);  // a command of another
  ~App();

  App* add_subcommand(const std::string& name, const std::string& description);
  std::vector<App*> get_subcommands();
  void require_subcommand(int least);
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
  // Texts go to a function, which throws Error (usage) for one that is wrong.
  using Take = std::function<void(const std::string&)>;
  Option* add_option(const std::string& name, const Take& take, const std::string& help);
  Option* add_repeatable(const std::string& name, const Take& take, const std::string& help);
  Option* add_flag(const std::string& name, const std::function<void(bool)>& take, const std::string& help);
  Option* get_option(const std::string& name) const;

  // Runs the callback of the command that was asked for. An exit code if there is none to run, because help was
  // printed or what is wrong with the command line.
  std::optional<int> parse(int argc, char** argv);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace graft::CLI
