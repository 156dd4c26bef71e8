#include "tools/evaluation/trained_model.h"

#include "engine/base/printable.h"
#include "tools/run/output_folder.h"
#include "tools/run/run_digests.h"

namespace graft {

TrainedFile open_trained(const std::filesystem::path& run, const Observers& observers) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::is_directory(run, error) ? run / "model.h5" : run;
  if (!std::filesystem::exists(path, error) && !error)
    fail(Fault::data, "{}: contains no model.h5; has the run finished? (vgg-finetune train --resume {})",
         printable(run), printable(run));
  require_unchanged(model_folder(run), {path.filename().string(), "config.json"}, observers);
  auto file = std::make_unique<KerasFile>(path);
  if (!file->record())
    fail(Fault::weights,
         "{}: a weights file, but not a model that vgg-finetune trained (it has no record of classes)",
         printable(path));
  ModelRecord record = model_record_from_json(*file->record(), path);
  return {std::move(record), std::move(file)};
}

TrainedModel load_trained(TrainedFile opened, Device& device, const TrainableFrom& trainable) {
  TrainedModel trained{std::move(opened.record), nullptr};
  trained.model = std::make_unique<Model>(trained.record.architecture);
  std::vector<Parameter*> all = trained.model->trunk_parameters();
  for (Parameter* p : trained.model->head_parameters()) all.push_back(p);
  opened.file->require_fit(all);
  trained.model->set_trainable(trainable);
  trained.model->allocate(device);
  opened.file->load(all);
  return trained;
}

}  // namespace graft
