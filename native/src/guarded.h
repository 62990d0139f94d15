// The one place where C++ exceptions meet the C boundary.
#pragma once

#include <c10/util/Exception.h>

#include <exception>
#include <string>

#include "granary/error.h"

namespace granary {

// A std::string may itself throw bad_alloc; the text is set through a function that never throws.
void set_error(const char* text) noexcept;

template <typename Body>
int32_t guarded(Body&& body) noexcept {
  try {
    body();
    return GN_OK;
  } catch (const c10::Error& error) {
    set_error(error.what_without_backtrace());
  } catch (const std::exception& error) {
    set_error(error.what());
  } catch (...) {
    set_error("An exception of an unknown kind was thrown.");
  }
  return GN_FAILED;
}

}  // namespace granary
