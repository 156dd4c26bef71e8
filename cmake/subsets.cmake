# Parts of the library and of the program, compiled apart for checks that need neither kernels nor a backend: the fuzz
# targets (tests/fuzz) and the tests under ThreadSanitizer (tests/threads). Included by the root, because properties of
# source files belong to its folder.

# A static library of the sources of graft but for kernels, probes (OpenMP) and what `without` matches, and of TOOLS.
function(add_graft_subset name without)
  get_target_property(sources graft SOURCES)
  list(FILTER sources EXCLUDE REGEX "/kernels/(cpu|emu|cuda)/|/kernels/api/(backend|host_threads).cpp|/engine/probe/|TARGET_OBJECTS${without}")
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/tools/)
  list(TRANSFORM ARGN APPEND .cpp)
  add_library(${name} STATIC ${sources} ${ARGN})
  get_target_property(libraries graft LINK_LIBRARIES)
  list(REMOVE_ITEM libraries OpenMP::OpenMP_CXX)
  target_link_libraries(${name} PUBLIC ${libraries})
  target_include_directories(${name} PRIVATE ${PROJECT_BINARY_DIR}/generated)
endfunction()

if(GRAFT_FUZZ)
  add_graft_subset(graft_fuzzed "" calibration_file cam_image csv history html measured measured_csv measured_json
    pointing progress report_chart report_curves report_examples report_metrics report_page report_plots report_run
    report_setup report_trace run_config run_file run_state run_summary terminal trace)
  add_subdirectory(tests/fuzz)
endif()
if(GRAFT_TSAN)
  add_graft_subset(graft_threaded "|/models/" feature_files progress run_lock terminal)
  enable_testing()
  add_subdirectory(tests/threads)
endif()
