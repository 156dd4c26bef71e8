// One test binary: tests/test_<subject>.cpp each hold the cases of one subject.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
