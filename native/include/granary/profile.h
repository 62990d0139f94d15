/* Where a thread's time goes: by operator, forward and backward, and by what the caller names. */
#ifndef GRANARY_PROFILE_H
#define GRANARY_PROFILE_H

#include "common.h"

/* What was done under one name in one phase. Times are the thread's own: what is nested in another counts for itself alone. */
typedef struct gn_profile_row {
  const char* phase; /* the innermost phase, "" outside of all; valid until the next start */
  const char* name;
  int64_t calls;
  double seconds;
  double operations; /* of floating-point arithmetic */
  double bytes;      /* read and written, each operand once */
} gn_profile_row;

/* Counts what this thread does from here on; forgets what was counted before. */
GN_API int32_t gn_profile_start(void);

/* Ends it, and tells how many rows there are. */
GN_API int32_t gn_profile_stop(int64_t* rows);
GN_API int32_t gn_profile_get_row(int64_t index, gn_profile_row* row);

/* Begins something that is no operator; a phase is what the rows inside of it are counted under. */
GN_API int32_t gn_profile_enter(const char* name, int32_t length, int32_t is_phase, double operations, double bytes);
GN_API int32_t gn_profile_leave(void);

#endif
