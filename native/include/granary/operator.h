/* Any ATen operator, by name and overload, through the dispatcher. Its schema decides how arguments are packed. */
#ifndef GRANARY_OPERATOR_H
#define GRANARY_OPERATOR_H

#include "common.h"

enum {
  GN_NONE = 0,
  GN_TENSOR = 1,    /* pointer: gn_tensor*, borrowed as an argument, owned by the caller as a result */
  GN_INTEGER = 2,   /* also for ScalarType, Layout and MemoryFormat */
  GN_REAL = 3,
  GN_BOOLEAN = 4,   /* integer: 0 or 1 */
  GN_INTEGERS = 5,  /* pointer: const int64_t*, count of them */
  GN_REALS = 6,     /* pointer: const double* */
  GN_TENSORS = 7,   /* pointer: gn_tensor* const*; NULL entries where the schema allows Tensor? */
  GN_TEXT = 8,      /* pointer: UTF-8, count bytes; also names a device, "cuda:0" */
  GN_GENERATOR = 9  /* pointer: gn_generator*, borrowed */
};

typedef struct gn_value {
  int32_t kind;
  int32_t count;
  union {
    int64_t integer;
    double real;
    const void* pointer;
  };
} gn_value;

/* *op is NULL when there is no such operator. Operators live as long as the process. */
GN_API int32_t gn_operator_find(const char* name, const char* overload, gn_operator** op);

/* The schema as text; owned by the operator. */
GN_API const char* gn_operator_schema(gn_operator* op);

/* Arguments are given in the schema's order; trailing ones may be left out where the schema has a default.
 * Tensor results come one by one, lists of tensors unrolled; *result_count of them, at most capacity. */
GN_API int32_t gn_operator_call(gn_operator* op, const gn_value* arguments, int32_t argument_count, gn_value* results,
                                int32_t capacity, int32_t* result_count);

#endif
