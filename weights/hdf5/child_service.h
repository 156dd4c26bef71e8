// A child process that answers questions, for libraries that a malicious file can crash or hang: the worst result
// is an Error. The child is a fork, has limits on processor time, memory and files, and ends with this object.
#pragma once
#include <sys/types.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/unique_fd.h"

namespace graft {

class ChildService {
 public:
  using Reply = std::function<void(std::string_view bytes)>;
  // Called in the child for every request; passes its answer to `reply` once, or throws.
  using Serve = std::function<void(std::string_view request, const Reply& reply)>;

  // `start` runs in the child and returns the server function; if it throws, that answers the first question.
  // `subject` is used in messages: the file, printable. Throws Error (resources) if no child can be created.
  ChildService(std::string subject, const std::function<Serve()>& start);
  ~ChildService();
  ChildService(const ChildService&) = delete;
  ChildService& operator=(const ChildService&) = delete;

  // An Error of the child is rethrown here: resources as "cannot read <subject>: ...", all others as weights. A
  // child that crashed, hung or sent nonsense: "damaged"; one that was killed from outside: resources.
  std::string ask(std::string_view request, size_t max_bytes) const;
  void ask_into(std::string_view request, std::span<std::byte> answer) const;  // of exactly this size

 private:
  size_t request_and_length(std::string_view request, uint64_t seconds) const;
  void receive(std::span<std::byte> to) const;
  [[noreturn]] void damaged() const;
  [[noreturn]] void died() const;

  std::string subject_;
  mutable pid_t child_ = -1;  // -1: it has ended and was waited for
  UniqueFd socket_;
};

}  // namespace graft
