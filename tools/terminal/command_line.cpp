#include "tools/terminal/command_line.h"

#include <CLI/CLI.hpp>
#include <deque>
#include <map>

#include "engine/base/printable.h"
#include "kernels/api/error.h"
#include "tools/options/advice.h"

namespace graft::CLI {

Validator::Validator(std::function<std::string(std::string&)> check, const std::string& name)
    : Validator(::CLI::Validator(std::move(check), name)) {}
Validator::Validator(const ::CLI::Validator& validator)
    : validator_(std::make_shared<::CLI::Validator>(validator)) {}

Validator Range(int low, int high) { return Validator(::CLI::Range(low, high)); }
Validator Range(double low, double high) { return Validator(::CLI::Range(low, high)); }
Validator IsMember(const std::vector<std::string>& words) { return Validator(::CLI::IsMember(words)); }

Option* Option::required() { return option_->required(), this; }
Option* Option::capture_default_str() { return option_->capture_default_str(), this; }
Option* Option::group(const std::string& name) { return option_->group(name), this; }
Option* Option::check(const Validator& validator) { return option_->check(validator.get()), this; }
Option* Option::excludes(Option* other) { return option_->excludes(other->option_), this; }
Option* Option::allow_extra_args(bool allowed) { return option_->allow_extra_args(allowed), this; }
Option* Option::shows(const std::string& type, const std::string& value) {
  return option_->type_name(type)->default_str(value), this;
}
size_t Option::count() const { return option_->count(); }

struct App::Parts {
  std::unique_ptr<::CLI::App> own;  // null in a subcommand
  ::CLI::App* app;
  std::deque<App> commands;
  std::map<::CLI::Option*, Option> options;  // handles that were returned

  Option* get(::CLI::Option* option) { return &options.try_emplace(option, option).first->second; }
};

App::App(const std::string& description, const std::string& name) : App(new ::CLI::App(description, name)) {
  parts_->own.reset(parts_->app);
}
App::App(::CLI::App* app) : parts_(new Parts{nullptr, app, {}, {}}) {}
App::~App() = default;

App* App::add_subcommand(const std::string& name, const std::string& description) {
  return &parts_->commands.emplace_back(parts_->app->add_subcommand(name, description));
}
std::vector<App*> App::get_subcommands() {
  std::vector<App*> all;
  for (App& command : parts_->commands) all.push_back(&command);
  return all;
}
void App::require_subcommand(int count) { parts_->app->require_subcommand(count); }
void App::callback(std::function<void()> run) { parts_->app->callback(std::move(run)); }
void App::footer(const std::string& text) { parts_->app->footer(text); }
void App::set_version_flag(const std::string& name, const std::string& text) {
  parts_->app->set_version_flag(name, text);
}

Option* App::add_flag(const std::string& name, bool& value, const std::string& help) {
  return parts_->get(parts_->app->add_flag(name, value, help)->disable_flag_override());
}

namespace {

void give(const std::string& name, const App::Take& take, const std::string& text) {
  try {
    take(text);
  } catch (const Error& e) {
    throw ::CLI::ValidationError(name, printable(with_advice(e)));
  }
}

}  // namespace

Option* App::add_option(const std::string& name, const Take& take, const std::string& help) {
  const auto all = [=](const std::string& text) { give(name, take, text); };
  return parts_->get(parts_->app->add_option_function<std::string>(name, all, help));
}

Option* App::add_repeatable(const std::string& name, const Take& take, const std::string& help) {
  const auto all = [=](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) give(name, take, text);
  };
  return parts_->get(parts_->app->add_option_function<std::vector<std::string>>(name, all, help));
}

Option* App::add_flag(const std::string& name, const std::function<void(bool)>& take, const std::string& help) {
  return parts_->get(parts_->app
                         ->add_flag_function(
                             name, [take](int64_t count) { take(count > 0); }, help)
                         ->disable_flag_override());
}

#define GRAFT_OPTION(T)                                                                 \
  Option* App::add_option(const std::string& name, T& value, const std::string& help) { \
    return parts_->get(parts_->app->add_option(name, value, help));                     \
  }
GRAFT_OPTION(std::string)
GRAFT_OPTION(std::filesystem::path)
GRAFT_OPTION(int)
GRAFT_OPTION(uint64_t)
GRAFT_OPTION(double)
GRAFT_OPTION(std::vector<std::string>)
GRAFT_OPTION(std::vector<std::filesystem::path>)
#undef GRAFT_OPTION

Option* App::get_option(const std::string& name) const { return parts_->get(parts_->app->get_option(name)); }

std::optional<int> App::parse(int argc, char** argv) {
  try {
    parts_->app->parse(argc, argv);
    return std::nullopt;
  } catch (const ::CLI::ParseError& e) {
    return parts_->app->exit(e);
  }
}

}  // namespace graft::CLI
