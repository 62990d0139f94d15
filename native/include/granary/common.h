/* What every header of this library shares.
 *
 * Calls that can fail return GN_OK or another status; gn_error_last() then holds the reason, until the next failure on
 * the same thread. No C++ exception leaves a function of this library. Handles are opaque; whoever receives one from an
 * out parameter frees it with the function the header names.
 */
#ifndef GRANARY_COMMON_H
#define GRANARY_COMMON_H

#include <stdint.h>

#ifdef __cplusplus
#define GN_API extern "C" __attribute__((visibility("default")))
#else
#define GN_API __attribute__((visibility("default")))
#endif

#define GN_OK 0
#define GN_FAILED 1

typedef struct gn_tensor gn_tensor;
typedef struct gn_operator gn_operator;
typedef struct gn_generator gn_generator;

#endif
