# WebAssembly with clang, wasi-libc and libc++: from a wasi-sdk when WASI_SDK_PREFIX is set, else the
# newest clang++-NN that has its wasm32 libraries (scripts/lib/toolchains.mjs looks the same way).

set(CMAKE_SYSTEM_NAME WASI)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
list(APPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")

# Probing for features must not need a linked program: that would need an entry point.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

# wasm32-wasip1 is the new spelling of the same target: wasi-sdk is moving to it, Debian's headers
# are only found under the old one, and a new clang warns about that.
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)
set(CMAKE_CXX_FLAGS_INIT "-Wno-deprecated")

if(DEFINED ENV{WASI_SDK_PREFIX})
  set(CMAKE_CXX_COMPILER "$ENV{WASI_SDK_PREFIX}/bin/clang++")
  if(EXISTS "$ENV{WASI_SDK_PREFIX}/share/wasi-sysroot/lib/wasm32-wasip1")
    set(CMAKE_CXX_COMPILER_TARGET wasm32-wasip1)
  endif()
elseif(NOT CMAKE_CXX_COMPILER)
  foreach(release RANGE 40 16 -1)
    find_program(POS_SYNC_CLANG_${release} clang++-${release})
    mark_as_advanced(POS_SYNC_CLANG_${release})
    if(POS_SYNC_CLANG_${release})
      # An absolute path is the answer of a clang that has the library.
      execute_process(
        COMMAND ${POS_SYNC_CLANG_${release}} --target=wasm32-wasi -print-file-name=libc++.a
        OUTPUT_VARIABLE library
        OUTPUT_STRIP_TRAILING_WHITESPACE
      )
      if(IS_ABSOLUTE "${library}" AND EXISTS "${library}")
        set(CMAKE_CXX_COMPILER "${POS_SYNC_CLANG_${release}}")
        break()
      endif()
    endif()
  endforeach()
  if(NOT CMAKE_CXX_COMPILER)
    message(FATAL_ERROR "No clang with wasm32-wasi libraries: run npm run setup, or set WASI_SDK_PREFIX.")
  endif()
endif()

# Headers and libraries come from the toolchain alone; the host's are for another machine.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
