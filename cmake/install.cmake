# Installs the library with its headers (the folder structure kept, below include/graft), the program, and the CMake
# package that find_package(graft) finds.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/graft)
target_include_directories(graft INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/graft>)
install(TARGETS graft EXPORT graftTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT graftTargets NAMESPACE graft:: DESTINATION ${package_dir})
foreach(folder kernels/api engine models weights)
  install(DIRECTORY ${folder}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/graft/${folder} FILES_MATCHING PATTERN "*.h")
endforeach()
if(TARGET vgg-finetune)
  install(TARGETS vgg-finetune RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

configure_package_config_file(cmake/graftConfig.cmake.in ${PROJECT_BINARY_DIR}/graftConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/graftConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/graftConfig.cmake ${PROJECT_BINARY_DIR}/graftConfigVersion.cmake
        DESTINATION ${package_dir})
