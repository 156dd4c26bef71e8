// The check of a data set: no false findings for a clean one, and each planted fault found in one pass.
#include <doctest/doctest.h>

#include <algorithm>

#include "engine/audit/audit.h"
#include "engine/data/dataset.h"
#include "engine/data/split.h"
#include "kernels/api/error.h"
#include "tests/support/faulty_dataset.h"
#include "tests/support/places.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

AuditReport check(const FaultyDataset& planted, const AuditOptions& options = {}) {
  return audit_data(planted.path() / "data", options, [](int64_t, int64_t) { return true; });
}

// Returns the finding with this code and path (any path if empty), or null.
const Finding* find(const AuditReport& report, const std::string& code, const std::string& path = "") {
  for (const Finding& f : report.findings)
    if (f.code == code && (path.empty() || std::ranges::find(f.paths, path) != f.paths.end())) return &f;
  return nullptr;
}

void print(const AuditReport& report) {
  for (const Finding& f : report.findings)
    MESSAGE(name(f.severity), " ", f.code, ": ", f.paths.empty() ? "" : f.paths[0], " ", f.detail);
}

}  // namespace

TEST_CASE("a clean data set has no findings, with groups or without") {
  FaultyDataset planted;
  planted.clean();
  for (const char* group_by : {"", "^(p\\d+)_"}) {
    const AuditReport report = check(planted, {.group_by = group_by});
    if (!report.findings.empty()) print(report);
    CHECK(report.findings.empty());
    CHECK(report.images.size() == 40);
    CHECK(report.splits == std::vector<std::string>{"train", "val", "test"});
    CHECK(report.classes == std::vector<std::string>{"cyst", "none"});
    CHECK(report.groups == (*group_by ? 20 : 0));
    CHECK(report.images[0].facts.mode == "RGB");
    CHECK(report.images[0].facts.w == 64);
  }
}

TEST_CASE("thirty planted faults are found in one pass") {
  FaultyDataset p;
  p.clean();
  const std::string png = p.bytes("train/none/p0_s0.png");
  p.copy("train/none/p0_s0.png", "test/none/p50_renamed copy.png");            // 1 the same file in two splits
  p.copy("train/cyst/p0_s1.png", "train/none/p51_relabelled.png");             // 2 one file, two labels
  p.copy("train/cyst/p1_s3.png", "train/cyst/p1_s3 (1).png");                  // 3 a copy within a class
  p.file("test/cyst/p52_comment.png", p.bytes("train/cyst/p2_s5.png") + "x");  // 4 the same pixels in another file
  p.image("val/cyst/p3_s99.png", 99);                                          // 5 a patient of train
  p.file("train/none/p53_cut.png", png.substr(0, png.size() / 2));             // 6 truncated
  p.file("train/none/p54_empty.png", "");                                      // 7
  p.file("train/none/p55_text.png", "no image at all");                        // 8
  p.file("train/none/p56_gif.jpg", "GIF89a.......");                           // 9 an unsupported kind
  p.file("train/none/p57.jpg", p.bytes("train/none/p1_s2.png") + "x");         // 10 wrong suffix
  std::string flipped = png;
  flipped[60] = static_cast<char>(flipped[60] ^ 1);
  p.file("test/none/p58_flipped.png", flipped);                           // 11 a wrong checksum
  p.file("train/cyst/.p59_hidden.png", png);                              // 12
  p.file("train/cyst/Thumbs.db", "x").file("train/cyst/notes.txt", "x");  // 13, 14
  p.file("train/loose.png", png);                                         // 15
  fs::create_directories(p.at("train/emptied"));                          // 16
  p.image("test/unknown class/p60.png", 60);                              // 17
  p.image("train/NONE/p61.png", 61);                                      // 18 differs in case; 19 few images
  fs::create_symlink("nowhere", p.at("train/none/p62_broken_link.png"));  // 20
  p.image("train/none/p63\nline.png", 63);                                // 21
  p.image("train/none/p64_\xFF.png", 64);                                 // 22 not UTF-8
  p.image("train/none/p65_black.png", Image{40, 40, std::vector<uint8_t>(4800)});        // 23
  p.image("train/none/p66_small.png", tiles(66, 9, 40));                                 // 24 small, 25 elongated
  p.file("train/none/p67_deep.ppm", "P5 40 40 65535\n" + std::string(3200, 'a') + "b");  // 26 16 bits
  p.image("train/none/p68_near.png", [] {
    Image image = tiles(24);  // of val/none/p12_s24.png
    for (uint8_t& v : image.rgb) v = static_cast<uint8_t>(v < 250 ? v + 3 : v);
    return image;
  }());                                                       // 27 a near-duplicate
  p.image("masks/none/p69.png", 69);                          // 28 a folder beside the splits
  p.image("train/none/nobody.png", 70);                       // 29 no group
  p.image("validation/none/p71.png", 71);                     // 30 a second folder of validation
  p.file("train/none/p72_huge.ppm", "P6 60000 60000 255\n");  // 31 more pixels than memory should hold
  const AuditReport r = check(p, {.group_by = "^(p\\d+)"});

  const struct {
    Severity severity;
    const char *code, *path;
  } planted[] = {{Severity::error, "duplicate-across-splits", "test/none/p50_renamed copy.png"},
                 {Severity::error, "duplicate-across-classes", "train/none/p51_relabelled.png"},
                 {Severity::warning, "duplicate", "train/cyst/p1_s3 (1).png"},
                 {Severity::error, "duplicate-across-splits", "test/cyst/p52_comment.png"},
                 {Severity::error, "group-overlap", "val/cyst/p3_s99.png"},
                 {Severity::error, "unreadable", "train/none/p53_cut.png"},
                 {Severity::error, "empty-file", "train/none/p54_empty.png"},
                 {Severity::error, "unreadable", "train/none/p55_text.png"},
                 {Severity::error, "unreadable", "train/none/p56_gif.jpg"},
                 {Severity::warning, "wrong-suffix", "train/none/p57.jpg"},
                 {Severity::error, "unreadable", "test/none/p58_flipped.png"},
                 {Severity::note, "left-out", "train/cyst/.p59_hidden.png"},
                 {Severity::note, "left-out", "train/cyst/Thumbs.db"},
                 {Severity::note, "left-out", "train/cyst/notes.txt"},
                 {Severity::warning, "outside-of-class-folders", "train/loose.png"},
                 {Severity::warning, "empty-class", "train/emptied"},
                 {Severity::error, "unknown-class", "test/unknown class"},
                 {Severity::error, "similar-class-names", "train/NONE"},
                 {Severity::warning, "few-images", "train/NONE"},
                 {Severity::warning, "left-out", "train/none/p62_broken_link.png"},
                 {Severity::warning, "odd-name", "train/none/p63\\x0aline.png"},
                 {Severity::warning, "odd-name", "train/none/p64_\\xff.png"},
                 {Severity::warning, "one-colour", "train/none/p65_black.png"},
                 {Severity::warning, "small", "train/none/p66_small.png"},
                 {Severity::warning, "elongated", "train/none/p66_small.png"},
                 {Severity::note, "deep", "train/none/p67_deep.ppm"},
                 {Severity::warning, "near-duplicate-across-splits", "train/none/p68_near.png"},
                 {Severity::note, "other-folder", "masks"},
                 {Severity::error, "no-group", "train/none/nobody.png"},
                 {Severity::error, "two-validation-folders", "validation/"},
                 {Severity::error, "unreadable", "train/none/p72_huge.ppm"}};
  CHECK(std::size(planted) >= 30);
  for (const auto& fault : planted) {
    CAPTURE(fault.code);
    CAPTURE(fault.path);
    const Finding* found = find(r, fault.code, fault.path);
    REQUIRE(found != nullptr);
    CHECK(found->severity == fault.severity);
  }
  CHECK(find(r, "unreadable", "train/none/p53_cut.png")->detail.find("cut off") == 0);
  CHECK(find(r, "duplicate-across-splits", "test/cyst/p52_comment.png")->detail.find("same pixels") !=
        std::string::npos);
  CHECK(r.shared_groups == 1);
}

TEST_CASE("near-duplicates are found despite JPEG and resizing, and different images are not") {
  const auto hash_of = [](const char* file) {
    return perceptual_hash(decode_image(golden_folder() / "near" / file));
  };
  const PerceptualHash one = hash_of("one.jpg"), other = hash_of("other.jpg");
  for (const char* copy : {"one_q25.jpg", "one_half.jpg", "one_large.jpg", "one_gray.png"}) {
    CAPTURE(copy);
    CHECK(distance(one, hash_of(copy)) <= kNearDistance);
    CHECK(difference(one, hash_of(copy)) <= kNearDifference);
  }
  CHECK((distance(one, other) > kNearDistance || difference(one, other) > kNearDifference));
  std::vector<PerceptualHash> hashes;
  for (uint64_t i = 0; i < 60; ++i) hashes.push_back(perceptual_hash(tiles(i / 2, 64 + int(i % 2) * 64, 64)));
  std::vector<const PerceptualHash*> pointers;
  for (const PerceptualHash& l : hashes) pointers.push_back(&l);
  for (int threads : {1, 2, 5}) {
    const NearPairs near = find_near_duplicates(pointers, kNearDistance, threads);
    REQUIRE(near.pairs.size() == 30);
    for (int i = 0; i < 30; ++i) CHECK((near.pairs[i].a == 2 * i && near.pairs[i].b == 2 * i + 1));
  }
  const std::vector<const PerceptualHash*> same(50, &hashes[0]);  // more pairs than are listed
  const NearPairs near = find_near_duplicates(same);
  CHECK(int64_t(near.pairs.size()) + near.omitted == 50 * 49 / 2);
  CHECK(near.omitted > 0);
}

TEST_CASE("groups come from an expression or a CSV") {
  const Scratch scratch;
  const auto group_of = [&](const GroupBy& by, const char* path, const char* below) {
    return by.groups_of({{path, below}}, scratch.path())[0];
  };
  CHECK(group_of(GroupBy("^([^_]+)_"), "train/a/p1_2.png", "p1_2.png") == "p1");
  CHECK(group_of(GroupBy("^(\\w+)/(\\d+)"), "train/a/x/12.png", "x/12.png") == "x/12");
  CHECK(group_of(GroupBy("p\\d+"), "train/p9/p1_2.png", "p1_2.png") == "p1");
  CHECK(group_of(GroupBy("q"), "q/q/p.png", "p.png").empty());
  CHECK_THROWS_WITH_AS(GroupBy("(["), doctest::Contains("regular expression"), Error);
  CHECK_THROWS_WITH_AS(GroupBy("/nowhere/groups.csv"), doctest::Contains("no such file"), Error);
  const fs::path csv = scratch.path() / "groups.csv";
  const auto with = [&](const std::string& text) {
    std::ofstream(csv, std::ios::binary) << text;
    return GroupBy(csv.string());
  };
  const GroupBy groups =
      with("\xEF\xBB\xBFpath,age,patient\r\ntrain/a/1.png,50,\"Smith, \"\"J\"\"\"\r\nsub/2.png,1,q\n3.png,2,r\n\n");
  CHECK(groups.groups_of({{"train/a/1.png", "1.png"},
                          {"test/b/sub/2.png", "sub/2.png"},
                          {"test/b/sub/3.png", "sub/3.png"},
                          {"train/b/1.png", "1.png"}},
                         scratch.path()) == std::vector<std::string>{"Smith, \"J\"", "q", "r", ""});
  CHECK(group_of(with("file;group\na.png;7\n"), "x/y/a.png", "a.png") == "7");
  for (const char* bad : {"", "a,b\n1,2\n", "path,group\n1\n", "path,group\na,1\na,2\n", "path\na\n"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(with(bad), Error);
  }
}

TEST_CASE("a folder without splits, and an empty one, are checked as they are") {
  FaultyDataset classes;
  for (int i = 0; i < 24; ++i)
    classes.image(i % 2 ? "a/" + std::to_string(i) : "b/" + std::to_string(i), uint64_t(i));
  const AuditReport r = check(classes);
  CHECK(r.splits == std::vector<std::string>{"all"});
  CHECK(r.findings.empty());
  FaultyDataset one;
  one.image("train/only/1.png", 1);
  CHECK(find(check(one), "one-class", "train/only"));
  FaultyDataset none;
  fs::create_directories(none.at("train/a"));
  CHECK(find(check(none), "no-images", "train/"));
  CHECK_THROWS_WITH_AS(check(FaultyDataset()), doctest::Contains("no such folder"), Error);
}

TEST_CASE("splits under other names are an error, but classes with such names are not") {
  const auto layout = [](std::initializer_list<const char*> folders) {
    auto planted = std::make_unique<FaultyDataset>();
    uint64_t seed = 0;
    for (const char* folder : folders)
      for (int i = 0; i < 12; ++i) planted->image(std::string(folder) + "/" + std::to_string(i) + ".png", ++seed);
    return planted;
  };
  // As on Kaggle: never the classes "Testing" and "Training".
  const auto kaggle = layout({"Training/a", "Training/b", "Testing/a", "Testing/b"});
  const AuditReport r = check(*kaggle);
  REQUIRE(find(r, "misnamed-split", "Training"));
  CHECK(find(r, "misnamed-split", "Training")->severity == Severity::error);
  CHECK(find(r, "misnamed-split", "Training")->detail == "ln -s Training train");
  CHECK(find(r, "misnamed-split", "Testing"));
  CHECK(find(r, "same-folders-in-classes", "."));
  const fs::path data = kaggle->path() / "data";
  CHECK_THROWS_WITH_AS(scan_dataset(data), doctest::Contains("ln -s Testing test && ln -s Training train"), Error);
  CHECK_THROWS_WITH_AS(plan_split(data, {}, "", std::vector{0.5, 0.5}, 1), doctest::Contains("ln -s Testing"),
                       Error);
  fs::create_directory_symlink("Training", data / "train");
  CHECK(find(check(*kaggle), "misnamed-split", "Testing"));
  CHECK_THROWS_WITH_AS(scan_dataset(data), doctest::Contains("ln -s Testing test"), Error);
  fs::create_directory_symlink("Testing", data / "test");
  CHECK(check(*kaggle).count(Severity::error) == 0);
  CHECK(scan_dataset(data).classes == std::vector<std::string>{"a", "b"});

  CHECK(find(check(*layout({"train/a", "train/b", "VAL/a", "VAL/b"})), "misnamed-split", "VAL"));
  CHECK(check(*layout({"Train", "Bus"})).findings.empty());  // vehicles
  CHECK(check(*layout({"a/left", "b/right"})).findings.empty());
  const auto sites = layout({"oslo/ill", "oslo/well", "bern/ill", "bern/well"});
  REQUIRE(find(check(*sites), "same-folders-in-classes", "."));
  CHECK(find(check(*sites), "same-folders-in-classes", ".")->severity == Severity::warning);
}

TEST_CASE("modes, depths and EXIF orientation are read from headers") {
  const fs::path images = golden_folder() / "images";
  const std::pair<const char*, const char*> modes[] = {
      {"bits.png", "gray"},       {"grey_alpha16.png", "gray+alpha"},
      {"palette.png", "palette"}, {"rgba.png", "RGBA"},
      {"rgb16.png", "RGB"},       {"cmyk.jpg", "CMYK"},
      {"grey.jpg", "gray"},       {"progressive.jpg", "RGB"},
      {"grey.ppm", "gray"},       {"rgb.ppm", "RGB"},
      {"rgb.bmp", "RGB"},         {"palette.bmp", "palette"}};
  for (const auto& [file, mode] : modes) {
    CAPTURE(file);
    CHECK(inspect_image(images / file).mode == mode);
  }
  CHECK(inspect_image(images / "bits.png").bits == 1);
  CHECK(inspect_image(images / "rgb16.png").bits == 16);
  const FaultyDataset p;
  p.file("x", "");
  std::ifstream source(images / "rgb420.jpg", std::ios::binary);
  std::string jpeg{std::istreambuf_iterator<char>(source), {}};
  for (const bool big : {false, true}) {
    const std::string exif =
        big ? std::string("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0", 32)
            : std::string("Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0", 32);
    p.file("exif.jpg", jpeg.substr(0, 2) + "\xFF\xE1" + std::string("\0\x22", 2) + exif + jpeg.substr(2));
    const ImageFacts facts = inspect_image(p.at("exif.jpg"));
    CHECK(facts.error == "");
    CHECK(facts.orientation == 6);
  }
}

}  // namespace graft::test
