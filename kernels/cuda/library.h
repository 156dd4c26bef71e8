// A third-party shared library, loaded when one of its kernels is asked for: the program starts where it is not
// installed, and says why a kernel of it cannot run.
#pragma once
#include <initializer_list>
#include <string>

namespace graft::cuda {

class Library {
 public:
  explicit Library(std::initializer_list<const char*> names);  // the first one that can be loaded
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  template <class F>
  void find(F*& function, const char* name) {
    function = reinterpret_cast<F*>(symbol(name));
  }
  void give_up(const std::string& why);                     // it was found but cannot be used
  const char* problem() const { return problem_.c_str(); }  // "" if it and all requested symbols were found

 private:
  void* symbol(const char* name);
  void* handle_ = nullptr;
  std::string problem_;
};

}  // namespace graft::cuda
