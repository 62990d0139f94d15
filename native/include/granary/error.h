/* The reason for the last failure. */
#ifndef GRANARY_ERROR_H
#define GRANARY_ERROR_H

#include "common.h"

/* UTF-8 text owned by the library, valid until the next failing call on this thread; never NULL. */
GN_API const char* gn_error_last(void);

/* Replaces the text: a managed callback leaves its reason here before it returns GN_FAILED. */
GN_API void gn_error_set(const char* text);

#endif
