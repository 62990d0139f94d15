// The one place where C++ exceptions meet the C boundary.
#pragma once

#include <c10/util/Exception.h>

#include <exception>
#include <stdexcept>
#include <string>

#include "granary/error.h"

namespace granary {

// A failure of the caller's own callback. The engine may carry it to another thread, so the cause travels inside it.
class CallbackError final : public std::runtime_error {
 public:
  CallbackError(const char* text, int64_t cause) : std::runtime_error(text), cause_(cause) {}

  int64_t cause() const noexcept { return cause_; }

 private:
  int64_t cause_;
};

// A std::string may itself throw bad_alloc; the text is set through a function that never throws.
void set_error(const char* text, int64_t cause = 0) noexcept;

template <typename Body>
int32_t guarded(Body&& body) noexcept {
  try {
    body();
    return GN_OK;
  } catch (const CallbackError& error) {
    set_error(error.what(), error.cause());
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
