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
  add_graft_subset(graft_fuzzed ""
    evaluation/evaluation evaluation/evaluation_csv evaluation/evaluation_json events/human_time events/observer
    options/advice options/config_json options/optimizers options/options options/rows_data options/rows_model options/rows_run
    options/rows_schedule options/rows_training options/train_config options/values report/html report/report_chart
    report/report_curves report/report_examples report/report_metrics report/report_page report/report_plots
    report/report_run report/report_setup report/report_trace run/calibration_file run/csv run/history run/run_config
    run/run_file run/run_state run/run_summary terminal/terminal)
  add_subdirectory(tests/fuzz)
endif()
if(GRAFT_TSAN)
  add_graft_subset(graft_threaded "|/models/([a-z_]+\\.cpp|interpret/|features/(feature_batches|feature_store|evaluate))"
    events/human_time run/run_lock terminal/progress_line terminal/terminal)
  enable_testing()
  add_subdirectory(tests/threads)
endif()
