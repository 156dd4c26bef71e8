// The report: hostile names are escaped, charts and images are embedded in one file, and no claim is made without data.
// tests/report/look.sh renders it in a browser.
#include <doctest/doctest.h>

#include "tests/support/in_process.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

constexpr const char* kHostile = "<script>alert(1)<&\"'";  // a folder name may contain anything but a slash
constexpr const char* kHebrew = "\xE2\x80\xAE\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D";  // after a right-to-left override
constexpr const char* kChinese = "\xE8\x85\xA6\xE7\x98\xA4 & <b>";

size_t count(const std::string& text, const std::string& word) {
  size_t n = 0;
  for (size_t at = 0; (at = text.find(word, at)) != text.npos; at += word.size()) ++n;
  return n;
}

struct Reported {
  Scratch scratch;
  fs::path data = scratch.path() / "data", run = scratch.path() / "run";
  Run train(const std::string& options = "") const {
    return in_process("train " + data.string() + tiny("--unfreeze all --epochs 2 " + options) + "--out " +
                      run.string());
  }
};

}  // namespace

TEST_CASE_FIXTURE(Reported, "report: one file, every name escaped, every picture inside") {
  draw_stripes(data, {kHostile, kChinese, kHebrew, "c"}, 4);
  fs::rename(data / "test" / kHostile / "image0.png",
             data / "test" / kHostile / "\"><img src=x onerror=alert(2)>.png");
  std::ofstream(data / "train/c/<broken>.jpg") << "no image";
  const Run trained = train();
  REQUIRE_MESSAGE(trained.code == 0, trained.output);
  const std::string html = slurp(run / "report.html");
  CHECK(trained.output.find("report.html") != trained.output.npos);
  CHECK(count(html, "<script") == 0);
  CHECK(count(html, "<img src=x") == 0);
  CHECK(count(html, "<b>") == 0);
  CHECK(count(html, "&lt;script&gt;alert(1)&lt;&amp;&quot;&#39;") > 5);
  CHECK(count(html, "\xE8\x85\xA6\xE7\x98\xA4 &amp; &lt;b&gt;") > 5);
  CHECK(count(html, kHebrew) > 5);
  CHECK(count(html, "<bdi>" + std::string(kHebrew)) > 5);
  CHECK(count(html, "&lt;broken&gt;.jpg") == 1);  // in the list of skipped files
  CHECK(count(html, "<img ") == count(html, "src=\"data:image/jpeg;base64,"));
  CHECK(count(html, "<img ") >= 6);
  CHECK(count(html, "<svg") == 4);
  CHECK(count(html, "not a medical device") == 1);
  CHECK(count(html, "sha256 ") == 3);  // the model, training and test images; --weights none has no file
  for (const char* word : {"http://", "https://", "url(", ">nan", "<article></article>"}) {
    CAPTURE(word);
    CHECK(count(html, word) == 0);
  }
  for (const char* tag :
       {"section", "table", "figure", "article", "div", "tr", "td", "th", "p", "svg", "ul", "li"}) {
    CAPTURE(tag);
    const std::string open = std::string("<") + tag;
    CHECK(count(html, open + ">") + count(html, open + " ") == count(html, std::string("</") + tag + ">"));
  }
  // A second report is the same file, and one without the images names what is missing.
  REQUIRE(in_process("report " + run.string()).code == 0);
  CHECK(slurp(run / "report.html") == html);
  fs::rename(data, scratch.path() / "moved");
  REQUIRE(in_process("report " + run.string()).code == 0);
  CHECK(count(slurp(run / "report.html"), "No picture: ") > 0);
  const Run found = in_process("report " + run.string() + " --data " + (scratch.path() / "moved").string());
  CHECK(found.code == 0);
  CHECK(slurp(run / "report.html") == html);
}

TEST_CASE_FIXTURE(Reported, "report: states how often the test set was scored, and shows only its images") {
  draw_stripes(data, {"a", "b"}, 4);
  fs::remove_all(data / "test/b");  // part of the test set is added later
  fs::rename(data / "test", scratch.path() / "later");
  const std::string resume = "train --resume " + run.string();
  const auto html = [&] { return slurp(run / "report.html"); };
  REQUIRE(train().code == 0);
  CHECK(count(html(), "Test images") == 0);
  fs::rename(scratch.path() / "later", data / "test");
  REQUIRE(in_process(resume).code == 0);
  CHECK(count(html(), "which this run scored once, at its end") == 1);
  CHECK(count(html(), "<img ") > 0);
  REQUIRE(in_process(resume).code == 0);
  CHECK(count(html(), "scored 2 times") == 1);
  CHECK(count(html(), "scored once") == 0);

  // Another image under the name of a test image is neither scored again nor shown.
  fs::copy(data, scratch.path() / "other", fs::copy_options::recursive);
  fs::copy_file(data / "test/a/image1.png", scratch.path() / "other/test/a/image0.png",
                fs::copy_options::overwrite_existing);
  const Run other = in_process("report " + run.string() + " --data " + (scratch.path() / "other").string());
  CHECK(other.code == 0);
  CHECK(other.output.find("not those that the run was tested on") != other.output.npos);
  CHECK(count(html(), "<img ") == 0);
  CHECK(count(html(), "No picture: the test images are not those ") > 0);
  const std::string metrics = slurp(run / "metrics.json");
  fs::copy_file(data / "test/a/image1.png", data / "test/a/image0.png", fs::copy_options::overwrite_existing);
  for (const bool gone : {false, true}) {
    if (gone) fs::remove_all(data / "test");
    const Run changed = in_process(resume);
    CHECK(changed.code == 3);
    CHECK_MESSAGE(
        changed.output.find("test images are not those that the run was tested on") != changed.output.npos,
        changed.output);
  }
  CHECK(slurp(run / "metrics.json") == metrics);
}

TEST_CASE_FIXTURE(Reported, "report: describes the whole training, and nothing that does not apply") {
  draw_stripes(data, {"a", kHebrew}, 6);
  fs::copy(data / "test", data / "val", fs::copy_options::recursive);
  const auto facts = [&](const std::string& options) {
    fs::remove_all(run);
    const Run trained = in_process("train " + data.string() + tiny(options) + "--out " + run.string());
    REQUIRE_MESSAGE(trained.code == 0, trained.output);
    return slurp(run / "report.html");
  };
  const std::string all = facts(
      "--unfreeze from=block5_conv1 --epochs 6 --steps-per-epoch 2 --warmup-epochs 2 --finetune-lr 2e-05 "
      "--augment medical-gentle --augment-views 3 --lr-mult block5=0.5 --warmup-steps 2 --schedule "
      "cosine:floor=0.25 "
      "--cache-precision bf16 --label-smoothing 0.125 --class-weights balanced --dropout 0.375 --keep last "
      "--patience 1 --monitor val_accuracy --kernel conv2d=im2col --head-init glorot");
  for (const std::string fact :
       {"two phases: epochs 1 to 2 the head alone; from epoch 3 on the head, and the trunk from block5_conv1",
        "0.0001, in the second phase 2e-05, cosine decay to 0.25 of it (in each phase), rising over the "
        "first "
        "2 steps (in each phase); factors block5=0.5 (from the second phase on)",
        "6 epochs, batches of 5; an epoch is 2 steps of an endless, reshuffled stream",
        "3 fixed views of each training image, an approximation", "of training and validation images, rounded",
        "Label smoothing</th><td>0.125", "Dropout</th><td>0.375", "balanced: <bdi>",
        "with smoothed labels and with weighted", "conv2d=im2col", "(Glorot",
        "when the validation accuracy has not improved for 1 epoch of the second phase"}) {
    CAPTURE(fact);
    CHECK(count(all, fact) == 1);
  }
  CHECK(count(all, "Validation images") == 1);
  CHECK(count(all, "Test images") == 1);

  const std::string plain = facts("--epochs 1 --preset tutorial --weights none");
  CHECK(count(plain, "so this is not transfer learning") == 1);
  CHECK(count(plain, "Preset</th><td>tutorial") == 1);
  for (const char* row :
       {"Augmentation", "Stops early", "stopped early", "Label smoothing", "Class weights", "Dropout",
        "Outputs of frozen", "Kernels", "phase", "rising", "factors", "The training loss"}) {
    CAPTURE(row);
    CHECK(count(plain, row) == 0);
  }
  const fs::path first = scratch.path() / "first";
  fs::rename(run, first);
  const std::string head = facts("--head-weights " + (first / "model.h5").string());
  CHECK(count(head, "not transfer learning") == 0);
  CHECK(count(head, "from the file ") == 1);
}

TEST_CASE_FIXTURE(Reported, "report: no results without test images") {
  draw_stripes(data, {"a", "b"}, 4);
  fs::remove_all(data / "test");
  REQUIRE(train().code == 0);
  const std::string html = slurp(run / "report.html");
  CHECK(count(html, "the accuracy on unseen images is unknown") == 1);
  CHECK(count(html, "<svg") == 2);
}

TEST_CASE_FIXTURE(Reported, "report: a page does not grow with the data") {
  std::vector<std::string> classes;
  for (int c = 0; c < 40; ++c) classes.push_back(fmt::format("class{:02}", c));
  draw_stripes(data, classes, 2);
  for (int i = 0; i < 150; ++i) std::ofstream(data / "train/class00" / fmt::format("broken{:03}.png", i)) << "x";
  REQUIRE(train().code == 0);
  const auto size = fs::file_size(run / "report.html");
  const std::string html = slurp(run / "report.html");
  CHECK(count(html, "<img ") <= 6 * 3 + 6 * 2);
  CHECK(count(html, "and 50 more. summary.json has all of them.") == 1);
  CHECK(count(html, "class=\"matrix\"") == 0);
  CHECK(count(html, "The most frequent of ") == 1);
  CHECK(count(html, "Only the ROC curves of the first 8 classes") == 1);

  // A test set a hundred times larger, according to the run's files, adds only a few bytes.
  std::string csv = slurp(run / "predictions.csv");
  const std::string rows = csv.substr(csv.find('\n') + 1);
  for (int i = 1; i < 100; ++i) csv += rows;
  std::ofstream(run / "predictions.csv", std::ios::trunc) << csv;
  std::string metrics = slurp(run / "metrics.json");
  metrics.replace(metrics.find("\"images\": 40"), 12, "\"images\": 4000");
  std::ofstream(run / "metrics.json", std::ios::trunc) << metrics;
  fs::remove(run / "digests.json");
  const Run again = in_process("report " + run.string());
  REQUIRE_MESSAGE(again.code == 0, again.output);
  CHECK(again.output.find(" MB)") != again.output.npos);
  CHECK(fs::file_size(run / "report.html") < size + 2000);
}

TEST_CASE_FIXTURE(Reported, "report: --private omits the names of images in the run's CSV files and in the page") {
  draw_stripes(data, {"a", "b"}, 4);
  for (const char* split : {"train", "test"}) {
    fs::rename(data / split / "a/image0.png", data / split / "a/Doe_John.png");
    std::ofstream(data / split / "b/Roe_Jane.png") << "no image";
    std::ofstream(data / split / "b/.hidden_Doe_John") << "x";
  }
  const auto files = [&](const std::vector<const char*>& names) {
    std::string all;
    for (const char* name : names) all += slurp(run / name);
    return all;
  };
  REQUIRE(train("--log-steps").code == 0);
  const std::string open = files({"report.html", "predictions.csv", "images.csv", "order.csv"});
  const size_t rows = count(slurp(run / "predictions.csv"), "\n");
  CHECK(count(open, "Doe_John") >= 4);
  CHECK(count(slurp(run / "report.html"), scratch.path().string()) == 0);  // no absolute path, in any report
  REQUIRE(in_process("report --private " + run.string()).code == 0);
  const std::string hidden = slurp(run / "report.html");
  for (const char* name : {"Doe_John", "Roe_Jane", "image1"}) CHECK(count(hidden, name) == 0);
  CHECK(count(hidden, "test image ") > 0);
  CHECK(count(hidden, "<img ") == count(open, "<img "));

  fs::remove_all(run);
  std::ofstream(data / "groups.csv") << "image,group\nPoe_Edgar,1\n";  // for an image that does not exist
  for (const char* split : {"train", "test"})
    for (const auto& entry : fs::recursive_directory_iterator(data / split))
      if (entry.is_regular_file())
        std::ofstream(data / "groups.csv", std::ios::app)
            << entry.path().lexically_relative(data).string() << "," << split << "\n";
  REQUIRE(train("--log-steps --private --group-by " + (data / "groups.csv").string()).code == 0);
  const std::string closed = files({"report.html", "predictions.csv", "images.csv", "order.csv", "metrics.csv"});
  for (const char* name : {"Doe_John", "Roe_Jane", "image1", "Poe_Edgar", "groups.csv"})
    CHECK(count(closed, name) == 0);
  CHECK(count(closed, "<img ") == count(open, "<img "));  // images are found without names
  CHECK(count(slurp(run / "predictions.csv"), "\n") == rows);
  const std::string out = (scratch.path() / "eval").string();
  REQUIRE(shell("vgg-finetune eval " + run.string() + " " + data.string() + " --out " + out).code == 0);
  CHECK(slurp(fs::path(out) / "predictions.csv") == slurp(run / "predictions.csv"));
  CHECK(in_process("train --resume " + run.string() + " --epochs 3").code == 0);
}

TEST_CASE_FIXTURE(Reported, "report: damaged runs are refused by name") {
  draw_stripes(data, {"a", "b"}, 4);
  REQUIRE(train().code == 0);
  fs::remove(run / "digests.json");  // so that the contents are checked, not the digests
  const std::string predictions = slurp(run / "predictions.csv");
  const auto refused = [&](const char* file, const std::string& text, const char* word) {
    CAPTURE(file);
    const std::string before = slurp(run / file);
    std::ofstream(run / file, std::ios::trunc) << text;
    const Run result = in_process("report " + run.string());
    CHECK(result.code == 3);
    CHECK_MESSAGE(result.output.find(word) != result.output.npos, result.output);
    std::ofstream(run / file, std::ios::trunc) << before;
  };
  refused("predictions.csv", predictions.substr(0, predictions.rfind('\n', predictions.size() - 2) + 1),
          "belong to different tests");
  refused("predictions.csv", "path,label,predicted,a,c\n", "columns");
  refused("predictions.csv", "path,label,predicted,a,b\nx,a,a,2,0\n", "between 0 and 1");
  refused("predictions.csv", "path,label,predicted,a,b\nx,a,a,\"0", "never ends");
  refused("metrics.json", "{}", "metrics.json");
  refused("summary.json", "[", "summary.json");
  refused("history.csv", "epoch\n1\n", "history.csv");
  for (const char* file :
       {"config.json", "summary.json", "metrics.json", "predictions.csv", "history.csv", "model.h5"}) {
    CAPTURE(file);
    const std::string whole = slurp(run / file);
    fs::rename(run / file, run / "away");
    const Run lost = in_process("report " + run.string());
    CHECK((lost.code == 3 || lost.code == 4));
    CHECK_MESSAGE(lost.output.find(file) != lost.output.npos, lost.output);
    std::ofstream(run / file) << whole.substr(0, whole.size() / 2);  // truncated
    const Run cut = in_process("report " + run.string());
    CHECK_MESSAGE((cut.code == 3 || cut.code == 4), cut.output);
    CHECK_MESSAGE(cut.output.find(file) != cut.output.npos, cut.output);
    std::ofstream(run / file, std::ios::trunc) << whole;
  }
  CHECK(in_process("report " + run.string()).code == 0);
  CHECK(in_process("report nowhere").code == 3);
}
