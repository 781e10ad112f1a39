// The TOML library, as all of the program has it.
#pragma once

// It asserts, and in a release build takes for granted, what a file such as "[*" breaks ("key" begins with a letter);
// and then it goes on to find just that error. Neither may it do here.
#undef NDEBUG
#define TOML_ASSERT(condition) static_assert(true)
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>
