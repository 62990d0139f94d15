#include "granary/error.h"

#include "guarded.h"

namespace granary {
namespace {

thread_local std::string last_error;

}  // namespace

void set_error(const char* text) noexcept {
  try {
    last_error = text;
  } catch (...) {
    last_error.clear();
  }
}

}  // namespace granary

const char* gn_error_last(void) { return granary::last_error.c_str(); }

void gn_error_set(const char* text) { granary::set_error(text); }
