# KArchive 5.116 built for Qt 6 as a static library, for systems that have no KDE Frameworks 6.
#
# As a script (packaging/install-deps.sh): cmake -DSOURCES=DIR -DPREFIX=DIR -DWORK=DIR -P karchive.cmake, where SOURCES holds
# both tarballs. Included by the top CMakeLists.txt on systems without apt: the tarballs come from KDE.
# Static, because a second libKF5Archive.so.5 that needs Qt 6 would break the desktop's own programs.

set(KARCHIVE_VERSION 5.116.0)
set(ECM_VERSION 6.13.0)
set(KARCHIVE_SHA256 1663e3c970b84063ece7f28548a87c97bc7592e79da0a0afaa4f6354f8dea30a)
set(ECM_SHA256 7006017c00c817ff4c056995146d271791d1487a398d39ea6cac1cd59a8bf402)

function(scalekeep_run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}")
  endif()
endfunction()

function(scalekeep_unpack tarball digest work)
  file(SHA256 ${tarball} found)
  if(NOT found STREQUAL digest)
    message(FATAL_ERROR "${tarball} has the digest ${found}, not ${digest}: it is not the release that was checked. Nothing was built.")
  endif()
  file(ARCHIVE_EXTRACT INPUT ${tarball} DESTINATION ${work})
endfunction()

function(scalekeep_build_karchive sources prefix work)
  scalekeep_unpack(${sources}/extra-cmake-modules-${ECM_VERSION}.tar.xz ${ECM_SHA256} ${work})
  scalekeep_unpack(${sources}/karchive-${KARCHIVE_VERSION}.tar.xz ${KARCHIVE_SHA256} ${work})
  scalekeep_run(${CMAKE_COMMAND} -S ${work}/extra-cmake-modules-${ECM_VERSION} -B ${work}/ecm -DBUILD_TESTING=OFF
    -DBUILD_DOC=OFF -DCMAKE_INSTALL_PREFIX=${work}/ecm-installed)
  scalekeep_run(${CMAKE_COMMAND} --install ${work}/ecm)
  # bzip2 and xz are left out: a bundle is a plain tar, and every format that a parser knows is one more to attack.
  scalekeep_run(${CMAKE_COMMAND} -S ${work}/karchive-${KARCHIVE_VERSION} -B ${work}/karchive -DQT_MAJOR_VERSION=6
    -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_POSITION_INDEPENDENT_CODE=ON
    -DCMAKE_DISABLE_FIND_PACKAGE_BZip2=ON -DCMAKE_DISABLE_FIND_PACKAGE_LibLZMA=ON
    -DCMAKE_PREFIX_PATH=${work}/ecm-installed -DCMAKE_INSTALL_PREFIX=${prefix})
  scalekeep_run(${CMAKE_COMMAND} --build ${work}/karchive --parallel 2)
  scalekeep_run(${CMAKE_COMMAND} --install ${work}/karchive)
endfunction()

function(scalekeep_download_karchive sources)
  file(DOWNLOAD https://download.kde.org/stable/frameworks/6.13/extra-cmake-modules-${ECM_VERSION}.tar.xz
    ${sources}/extra-cmake-modules-${ECM_VERSION}.tar.xz EXPECTED_HASH SHA256=${ECM_SHA256})
  file(DOWNLOAD https://download.kde.org/stable/frameworks/5.116/karchive-${KARCHIVE_VERSION}.tar.xz
    ${sources}/karchive-${KARCHIVE_VERSION}.tar.xz EXPECTED_HASH SHA256=${KARCHIVE_SHA256})
endfunction()

if(CMAKE_SCRIPT_MODE_FILE)
  scalekeep_build_karchive(${SOURCES} ${PREFIX} ${WORK})
endif()
