/* The reason for the last failure. */
#ifndef GRANARY_ERROR_H
#define GRANARY_ERROR_H

#include "common.h"

/* UTF-8 text owned by the library, valid until the next failing call on this thread; never NULL. */
GN_API const char* gn_error_last(void);

/* The cause that came with the text: what a callback gave to gn_error_set_cause, on whichever thread it ran; else 0. */
GN_API int64_t gn_error_cause(void);

/* Replaces the text. */
GN_API void gn_error_set(const char* text);

/* Replaces text and cause: a callback leaves its reason here before it returns GN_FAILED. */
GN_API void gn_error_set_cause(const char* text, int64_t cause);

#endif
