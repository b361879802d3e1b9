# Emscripten's own toolchain file, from EMSDK when it is set, else beside the em++ on the PATH.

set(module cmake/Modules/Platform/Emscripten.cmake)
if(DEFINED ENV{EMSDK} AND EXISTS "$ENV{EMSDK}/upstream/emscripten/${module}")
  set(toolchain "$ENV{EMSDK}/upstream/emscripten/${module}")
else()
  find_program(POS_SYNC_EMXX em++)
  mark_as_advanced(POS_SYNC_EMXX)
  if(NOT POS_SYNC_EMXX)
    message(FATAL_ERROR "No Emscripten: run npm run setup, or set EMSDK.")
  endif()
  # Distributions put a link to the driver on the PATH.
  file(REAL_PATH "${POS_SYNC_EMXX}" driver)
  get_filename_component(directory "${driver}" DIRECTORY)
  set(toolchain "${directory}/${module}")
endif()
include("${toolchain}")
