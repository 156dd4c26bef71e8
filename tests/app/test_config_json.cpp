// config.json: every field is read strictly, by name, and files of earlier versions keep their meaning.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/app/option_values.h"
#include "tests/support/in_process.h"
#include "tools/options/config_json.h"
#include "tools/run/run_config.h"

using namespace graft;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

// Returns the error of reading a configuration, which must be a data error; "" if there is none.
template <class F>
std::string complaint_of(const F& read) {
  try {
    read();
    return "";
  } catch (const Error& e) {
    CHECK(e.fault() == Fault::data);
    return e.what();
  } catch (const json::exception& e) {  // read_config_file turns it into an Error (data)
    return e.what();
  }
}

// A valid configuration in which every option differs from its default.
TrainConfig much_changed() {
  return parse_options(
             words_of(
                 "/images --model vgg-tiny --image-size 64 --head gap:7 --dropout 0.25 --precision bf16 "
                 "--weights none --unfreeze block5 --head-init glorot --preprocess torchvision --resize nearest "
                 "--fit crop --exif apply --range 0,4095 --augment medical-gentle,rotation=5 --augment-views 3 --exclude masks "
                 "--only *.png --labels t.csv --group-by ^(p) --allow-group-overlap --on-bad-image fail --private "
                 "--positive ill --optimizer sgd --momentum 0.5 --l2 1e-4 --weight-decay 0.1 --clip-norm 2 "
                 "--label-smoothing 0.1 --class-weights balanced --seed 77 --calibrate --epochs 9 --batch 5 "
                 "--steps-per-epoch 4 --warmup-epochs 2 --patience 3 --monitor val_accuracy --keep last --lr 3e-3 "
                 "--finetune-lr 1e-5 --schedule step:every=1,factor=0.5 --warmup-steps 2 --lr-mult block5=0.25 "
                 "--cache file --cache-dir /c --cache-precision bf16 --kernel conv2d=im2col --log-steps "
                 "--epsilon-form pytorch --checkpoint-steps 3 --checkpoint-minutes 0.5 --keep-checkpoint no "
                 "--head-weights /h.h5 --preset tutorial"))
      .config();
}

struct Stored {
  Scratch scratch;
  RunConfig config;
  json whole;  // the contents of config.json

  Stored() {
    config.options = much_changed();
    config.options.model.network.classes = 2;
    config.model.architecture = config.options.model.network;
    config.model.classes = {"ill", "well"};
    config.model.precision = Precision::bf16;
    config.model.preprocess = preprocess_preset("torchvision");
    config.model.preprocess.size = 64, config.model.preprocess.interpolation = Interpolation::nearest;
    config.model.preprocess.fit = Fit::crop, config.model.preprocess.levels = Levels{0, 4095};
    config.model.preprocess.exif = Exif::apply;
    config.model.weights = {"none", ""};
    config.model.first_trained_layer = "block5_conv1";
    config.class_weights = {1.5f, 0.5f};
    write_run_config(scratch.path(), config);
    whole = json::parse(slurp(scratch.path() / "config.json"));
  }
  RunConfig read(const json& file) const {
    std::ofstream(scratch.path() / "config.json") << file.dump();
    return read_run_config(scratch.path());
  }
};

constexpr const char* kLater[] = {"model",      "image_size", "head", "dropout", "precision",
                                  "preprocess", "resize",     "fit",  "range",   "keep_checkpoint",
                                  "private",    "exclude",    "only", "labels",  "exif"};

}  // namespace

TEST_CASE("config.json: a configuration with every option changed survives a round trip") {
  const TrainConfig defaults, changed = much_changed();
  const json before = to_json(defaults), after = to_json(changed);
  for (const auto& [field, value] : after.items()) CHECK_MESSAGE(value != before.at(field), field);
  CHECK(to_json(train_config_from_json(json::parse(after.dump()))) == after);
  CHECK(to_json(train_config_from_json(json::parse(before.dump()))) == before);
}

TEST_CASE("config.json: missing and unknown fields are refused") {
  const json whole = to_json(TrainConfig{});
  for (const Option& option : train_options()) {
    const std::string& field = option.field;
    if (field.empty()) continue;
    json without = whole;
    without.erase(field);
    if (option.may_be_missing) {
      CHECK(to_json(train_config_from_json(without)) == whole);
      continue;
    }
    const std::string complaint = complaint_of([&] { train_config_from_json(without); });
    CHECK_MESSAGE(complaint.find("'" + field + "'") != complaint.npos, field, ": ", complaint);
  }
  json more = whole;
  more["new"] = 1;
  CHECK(complaint_of([&] { train_config_from_json(more); }) == "'new' is a field unknown to this program");
}

TEST_CASE("config.json: a field of the wrong type is refused by name") {
  const json whole = to_json(TrainConfig{});
  for (const auto& [field, value] : whole.items())
    for (const json& wrong :
         {json(nullptr), json(true), json(3), json("a text"), json::array({1}), json::object()}) {
      if (wrong.type() == value.type() || (wrong.is_number() && value.is_number())) continue;
      json changed = whole;
      changed[field] = wrong;
      const std::string complaint = complaint_of([&] { train_config_from_json(changed); });
      CHECK_MESSAGE(complaint.starts_with("'" + field + "' has an impossible value"), field, " = ", wrong.dump(),
                    ": ", complaint);
    }
}

TEST_CASE("config.json: values that the command line would refuse are refused by field name") {
  const json whole = to_json(TrainConfig{});
  // Fields that accept any text: names of files, classes, layers and networks, and expressions.
  const std::set<std::string> free = {"data",          "model",    "weights", "head_weights", "unfreeze",
                                      "class_weights", "group_by", "labels",  "positive",     "cache_dir"};
  const auto refused = [&](const std::string& field, const json& value) {
    json changed = whole;
    changed[field] = value;
    const std::string complaint = complaint_of([&] { train_config_from_json(changed); });
    CHECK_MESSAGE(complaint.starts_with("'" + field + "' has an impossible value: "), field, " = ", value.dump(),
                  ": ", complaint);
  };
  for (const auto& [field, value] : whole.items()) {
    if (value.is_number())
      for (const json& number : {json(-1), json(-0.5), json(1e300), json(-1e300)}) refused(field, number);
    if (value.is_number_integer()) refused(field, 1.5);
    if (value.is_string() && !free.contains(field)) refused(field, "no such word");
    if (value.is_array()) refused(field, json::array({"a", 1}));
  }
  refused("unfreeze", "");
  refused("schedule", "step:every=0");
  refused("range", "9,3");
  refused("head", "gap:0");
  refused("image_size", 31);
  refused("epochs", 0);
  refused("batch", 65537);
  refused("seed", json::parse("18446744073709551616"));
  json alone = whole;
  alone["warmup_epochs"] = 1;
  CHECK(complaint_of([&] { train_config_from_json(alone); }).find("--unfreeze") != std::string::npos);
}

TEST_CASE_FIXTURE(Stored, "config.json: errors name the path and the field") {
  CHECK(to_json(read(whole).options) == to_json(config.options));
  CHECK(read(whole).class_weights == config.class_weights);
  const std::string file = (scratch.path() / "config.json").string();
  const std::set<std::string> later(std::begin(kLater), std::end(kLater));
  for (const auto& [field, unused] : whole.at("training").items()) {
    json without = whole, null = whole;
    without["training"].erase(field), null["training"][field] = nullptr;
    for (const json& bad : {without, null}) {
      if (later.contains(field) && !bad["training"].contains(field)) continue;
      const std::string complaint = complaint_of([&] { read(bad); });
      CHECK_MESSAGE(complaint.starts_with(file), complaint);
      CHECK_MESSAGE(complaint.find("'" + field + "'") != complaint.npos, field, ": ", complaint);
    }
  }
  for (const char* part : {"model", "training"}) {
    json without = whole;
    without.erase(part);
    CHECK(complaint_of([&] { read(without); }).find(part) != std::string::npos);
  }
  for (const char* place : {"", "/inputs", "/model"}) {
    json more = whole;
    more[json::json_pointer(place)]["turbo"] = 1;
    CHECK(complaint_of([&] { read(more); }) == file + ": 'turbo' is a field unknown to this program");
  }
  json weights = whole;
  weights["training"]["class_weight_values"] = {1.0};
  CHECK(complaint_of([&] { read(weights); }).find("has 1 values for 2 classes") != std::string::npos);
}

TEST_CASE_FIXTURE(Stored, "config.json: options that contradict the model's record are refused") {
  for (const auto& [field, value] : std::vector<std::pair<const char*, json>>{{"model", "vgg11"},
                                                                              {"image_size", 96},
                                                                              {"head", "gap"},
                                                                              {"dropout", 0.5},
                                                                              {"precision", "f32"},
                                                                              {"preprocess", "tutorial"},
                                                                              {"resize", "bilinear"},
                                                                              {"fit", "stretch"},
                                                                              {"range", "0,1000"},
                                                                              {"exif", "ignore"}}) {
    json other = whole;
    other["training"][field] = value;
    const std::string complaint = complaint_of([&] { read(other); });
    CHECK_MESSAGE(complaint.find(fmt::format("'{}' differs from the record", field)) != complaint.npos, complaint);
  }
}

TEST_CASE_FIXTURE(Stored, "config.json: a file of an earlier version gets missing values from the model's record") {
  json earlier = whole;
  json& training = earlier["training"];
  for (const char* field : kLater) training.erase(field);
  training["watched"] = training.at("monitor"), training.erase("monitor");
  earlier.erase("changes"), earlier.erase("inputs");
  const TrainConfig now = read(earlier).options;
  const ModelConfig& network = now.model.network;
  CHECK(network.trunk == "vgg-tiny");
  CHECK(network.image_size == 64);
  CHECK(network.head == "gap:7");
  CHECK(network.dropout == 0.25f);
  CHECK(network.classes == 2);
  CHECK(now.model.precision == Precision::bf16);
  CHECK(now.data.preprocess.preset == "torchvision");
  CHECK(now.data.preprocess.resize == Interpolation::nearest);
  CHECK(now.data.preprocess.fit == Fit::crop);
  CHECK(now.data.preprocess.exif == Exif::apply);
  REQUIRE(now.data.preprocess.levels);
  CHECK(now.data.preprocess.levels->high == 4095);
  CHECK(now.schedule.monitor == Monitor::val_accuracy);
  CHECK(now.run.keep_checkpoint);  // the behaviour of that version
  CHECK_FALSE(now.data.hide_names);
  CHECK(now.data.rules == DataRules{});
  // Fields that it has are unchanged.
  CHECK(now.schedule.batch == 5);
  CHECK(now.model.unfreeze.name == "block5");

  training["monitor"] = "val_loss";  // both names: no version writes such a file
  CHECK_FALSE(complaint_of([&] { read(earlier); }).empty());
}
