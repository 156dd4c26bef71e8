# Installs the libraries with their headers (the folder structure kept, below include/graft), the program, and the CMake
# package that find_package(graft) finds: graft::graft, and graft::app with what the program does with runs.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/graft)
target_include_directories(graft INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/graft>)
set_target_properties(graft_app PROPERTIES EXPORT_NAME app)
install(TARGETS graft graft_app EXPORT graftTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT graftTargets NAMESPACE graft:: DESTINATION ${package_dir})
foreach(folder kernels/api engine models weights tools/evaluation tools/events tools/options tools/run tools/train)
  install(DIRECTORY ${folder}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/graft/${folder} FILES_MATCHING PATTERN "*.h")
endforeach()

# With GRAFT_BUNDLE the program, and the tests and benchmarks where they are built, take along the libraries that they
# need, all but those of glibc: the installed folder runs on any x86-64 Linux with a glibc that is as new, a machine with
# a GPU for example. (Debian's HDF5 needs curl and Highway has no archive there, so a static program is no choice.)
if(GRAFT_BUNDLE)
  foreach(program vgg-finetune draw-phantoms graft_tests graft_bench)
    if(TARGET ${program})
      set_target_properties(${program} PROPERTIES INSTALL_RPATH "\$ORIGIN/../lib/bundle")
      target_link_options(${program} PRIVATE -Wl,--disable-new-dtags) # the path holds for libraries of libraries too
      install(TARGETS ${program} RUNTIME_DEPENDENCY_SET bundle RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    endif()
  endforeach()
  install(RUNTIME_DEPENDENCY_SET bundle DESTINATION lib/bundle
          PRE_EXCLUDE_REGEXES "^lib(c|m|dl|rt|pthread|resolv)\\.so" "^ld-linux")
elseif(TARGET vgg-finetune)
  install(TARGETS vgg-finetune RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

configure_package_config_file(cmake/graftConfig.cmake.in ${PROJECT_BINARY_DIR}/graftConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/graftConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/graftConfig.cmake ${PROJECT_BINARY_DIR}/graftConfigVersion.cmake
        DESTINATION ${package_dir})
