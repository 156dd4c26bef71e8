#include "engine/base/system_advice.h"

#include <cerrno>
#include <cstring>

namespace graft {
namespace {

struct Advice {
  int error;
  const char* text;
};
constexpr const char* kPermissions = "check its permissions and those of the folders above it";
constexpr const char* kSpace = "free some space and run again";
constexpr const char* kDevice = "check the disk or the network drive and run again";
constexpr Advice kAdvice[] = {{EACCES, kPermissions},
                              {EPERM, kPermissions},
                              {ENOTDIR, "a part of its path is a file"},
                              {ENAMETOOLONG, "choose a shorter name"},
                              {EFBIG, "raise the limit on file sizes"},
                              {ENOSPC, kSpace},
                              {EDQUOT, kSpace},
                              {EIO, kDevice},
                              {ESTALE, kDevice},
                              {EMFILE, "allow more open files (ulimit -n)"},
                              {ENFILE, "close other programs"},
                              {ENOMEM, "free some memory and run again"}};

}  // namespace

const char* system_advice(int error, const char* otherwise) {
  for (const Advice& advice : kAdvice)
    if (error == advice.error) return advice.text;
  return otherwise;
}

std::string system_reason(int error) {
  const char* advice = system_advice(error, nullptr);
  return std::strerror(error) + (advice ? std::string("; ") + advice : "");
}

}  // namespace graft
