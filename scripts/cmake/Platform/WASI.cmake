# CMake before 3.31 does not know the system and would warn about it at every configuration.
set(WASI 1)
