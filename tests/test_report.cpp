// The report: hostile names stay text, charts and pictures are in the one file, and nothing is claimed that is not
// known. tests/report/look.sh looks at it in a browser.
#include <doctest/doctest.h>

#include "tests/program.h"
#include "tests/scratch.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

constexpr const char* kHostile = "<script>alert(1)<&\"'";  // a folder may have any name, but for the slash
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
    return shell("vgg-finetune train " + data.string() + tiny("--unfreeze all --epochs 2 " + options) + "--out " +
                 run.string());
  }
};

}  // namespace

TEST_CASE_FIXTURE(Reported, "report: one file, every name escaped, every picture inside") {
  draw_stripes(data, {kHostile, kChinese, "c"}, 4);
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
  CHECK(count(html, "&lt;broken&gt;.jpg") == 1);  // in the list of what was set aside
  CHECK(count(html, "<img ") == count(html, "src=\"data:image/jpeg;base64,"));
  CHECK(count(html, "<img ") >= 6);
  CHECK(count(html, "<svg") == 4);
  CHECK(count(html, "no medical device") == 1);
  CHECK(count(html, "sha256 ") == 2);  // the model, the training images; --weights none has no file
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
  // Made again it is the same file, and without the images it says what it lacks.
  REQUIRE(shell("vgg-finetune report " + run.string()).code == 0);
  CHECK(slurp(run / "report.html") == html);
  fs::rename(data, scratch.path() / "moved");
  REQUIRE(shell("vgg-finetune report " + run.string()).code == 0);
  CHECK(count(slurp(run / "report.html"), "No picture: ") > 0);
  const Run found = shell("vgg-finetune report " + run.string() + " --data " + (scratch.path() / "moved").string());
  CHECK(found.code == 0);
  CHECK(slurp(run / "report.html") == html);
}

TEST_CASE_FIXTURE(Reported, "report: without test images it claims nothing") {
  draw_stripes(data, {"a", "b"}, 4);
  fs::remove_all(data / "test");
  REQUIRE(train().code == 0);
  const std::string html = slurp(run / "report.html");
  CHECK(count(html, "nothing says how good the model is") == 1);
  CHECK(count(html, "<svg") == 2);
}

TEST_CASE_FIXTURE(Reported, "report: damaged runs are refused by name") {
  draw_stripes(data, {"a", "b"}, 4);
  REQUIRE(train().code == 0);
  const std::string predictions = slurp(run / "predictions.csv");
  const auto refused = [&](const char* file, const std::string& text, const char* word) {
    CAPTURE(file);
    const std::string before = slurp(run / file);
    std::ofstream(run / file, std::ios::trunc) << text;
    const Run result = shell("vgg-finetune report " + run.string());
    CHECK(result.code == 3);
    CHECK_MESSAGE(result.output.find(word) != result.output.npos, result.output);
    std::ofstream(run / file, std::ios::trunc) << before;
  };
  refused("predictions.csv", predictions.substr(0, predictions.rfind('\n', predictions.size() - 2) + 1),
          "not of the same test");
  refused("predictions.csv", "path,label,predicted,a,c\n", "columns");
  refused("predictions.csv", "path,label,predicted,a,b\nx,a,a,2,0\n", "between 0 and 1");
  refused("predictions.csv", "path,label,predicted,a,b\nx,a,a,\"0", "never ends");
  refused("metrics.json", "{}", "metrics.json");
  refused("summary.json", "[", "summary.json");
  refused("history.csv", "epoch\n1\n", "history.csv");
  CHECK(shell("vgg-finetune report " + run.string()).code == 0);
  CHECK(shell("vgg-finetune report nowhere").code == 3);
}
