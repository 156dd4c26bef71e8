// A build with CUDA on a machine without a GPU, and every reason why a GPU cannot be used.
#include <doctest/doctest.h>

#include "kernels/api/backend.h"
#include "kernels/cuda/diagnosis.h"
#include "tests/support/program.h"
#include "tests/support/scratch.h"

using namespace graft;
using cuda::Facts;

namespace {

Facts good() {
  return {.built_for = "sm_80 sm_90a",
          .driver = 13000,
          .runtime = 13000,
          .gpus = 1,
          .name = "NVIDIA H100",
          .major = 9,
          .minor = 0};
}

void check_reason(const Facts& facts, std::initializer_list<const char*> words) {
  const std::string reason = why_unusable(facts);
  INFO(reason);
  for (const char* word : words) CHECK(reason.find(word) != reason.npos);
  CHECK(reason.find('\n') == reason.npos);
}

}  // namespace

TEST_CASE("cuda: every reason why a GPU cannot be used has its own message") {
  CHECK(why_unusable(good()) == "");
  Facts f = good();
  f.driver = 13020;  // newer than the build's
  CHECK(why_unusable(f) == "");
  f.driver = 0;
  check_reason(f, {"no NVIDIA driver", "install"});
  f.driver = 12080;
  check_reason(f, {"too old", "CUDA 12.8", "CUDA 13.0", "update"});
  f = good(), f.gpus = 0;
  check_reason(f, {"no GPU", "CUDA_VISIBLE_DEVICES"});
  f.error = "system not yet initialized";
  check_reason(f, {"system not yet initialized", "nvidia-smi"});
  f = good(), f.name = "Tesla T4", f.major = 7, f.minor = 5;
  check_reason(f, {"Tesla T4 (sm_75)", "sm_80"});
  f = good(), f.major = 12, f.image = false, f.trouble = "no kernel image is available";
  check_reason(f, {"sm_120", "sm_80 sm_90a", "no kernel image", "-DGRAFT_CUDA_ARCHITECTURES=120"});
  f = good(), f.trouble = "all CUDA-capable devices are busy or unavailable";
  check_reason(f, {"NVIDIA H100 (sm_90)", "busy", "nvidia-smi"});
}

// For machines without a GPU; on others, all other tests run on it.
TEST_CASE("cuda: without a GPU the program reports the reason, uses the CPU for auto, and works") {
  const Backend& gpu = cuda_backend();
  if (!gpu.absent_because) {
    CHECK(&find_backend("auto") == &gpu);
    return;
  }
  const std::string reason = gpu.absent_because;
  CHECK(reason.size() > 10);
  CHECK(&find_backend("auto") == &cpu_backend());
  try {
    find_backend("cuda");
    FAIL("nothing was thrown");
  } catch (const Error& e) {
    CHECK(e.fault() == Fault::usage);
    CHECK(std::string(e.what()) == "device 'cuda' cannot be used: " + reason);
  }

  Scratch scratch;
  const auto data = scratch.path() / "data", out = scratch.path() / "run";
  draw_stripes(data, {"a", "b"}, 2);
  const auto train = [&](const std::string& device) {
    return shell("vgg-finetune train '" + data.string() + "'" + tiny(device) + "--out " + out.string());
  };
  const Run refused = train("--device cuda");
  CHECK(refused.code == static_cast<int>(Fault::usage));
  CHECK(refused.output == "vgg-finetune: device 'cuda' cannot be used: " + reason + "\n");
  CHECK_FALSE(std::filesystem::exists(out));

  const Run automatic = train("--device auto --epochs 1");
  CHECK(automatic.code == 0);
  CHECK(automatic.output.find("no GPU: " + reason + "\n") != std::string::npos);
  CHECK(automatic.output.find(cuda_build()) != std::string::npos);
  const Run cpu = shell("vgg-finetune kernels --device cpu");
  CHECK(cpu.code == 0);
  CHECK(cpu.output.find("no GPU") == std::string::npos);  // none was requested
}
