// JSON that came out of a file: small, shallow, no key twice, or an error of the file.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "kernels/api/error.h"

namespace graft {

// Throws Error of that fault: "<what> is not valid JSON: ...".
nlohmann::json parse_json(std::string_view text, const std::string& what, Fault fault = Fault::weights);

}  // namespace graft
