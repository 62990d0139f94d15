#include "granary/error.h"

#include "guarded.h"

namespace granary {
namespace {

thread_local std::string last_error;
thread_local int64_t last_cause = 0;

}  // namespace

void set_error(const char* text, int64_t cause) noexcept {
  last_cause = cause;
  try {
    last_error = text;
  } catch (...) {
    last_error.clear();
  }
}

}  // namespace granary

const char* gn_error_last(void) { return granary::last_error.c_str(); }

int64_t gn_error_cause(void) { return granary::last_cause; }

void gn_error_set(const char* text) { granary::set_error(text); }

void gn_error_set_cause(const char* text, int64_t cause) { granary::set_error(text, cause); }
