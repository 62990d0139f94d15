/* Gradients, and functions whose backward is managed code. */
#ifndef GRANARY_AUTOGRAD_H
#define GRANARY_AUTOGRAD_H

#include "common.h"

/* Whether operators record history on this thread. */
GN_API int32_t gn_autograd_get_enabled(void);
GN_API void gn_autograd_set_enabled(int32_t enabled);

/* Accumulates gradients into the leaves. gradients may be NULL, or hold NULL for scalars. */
GN_API int32_t gn_autograd_backward(gn_tensor* const* roots, gn_tensor* const* gradients, int32_t count,
                                    int32_t retain_graph, int32_t create_graph);

/* Returns the gradients of the inputs; entries are NULL where an input is unused and allow_unused is 1. */
GN_API int32_t gn_autograd_grad(gn_tensor* const* roots, gn_tensor* const* gradients, int32_t root_count,
                                gn_tensor* const* inputs, int32_t input_count, int32_t retain_graph,
                                int32_t create_graph, int32_t allow_unused, gn_tensor** results);

/* backward: gradients (borrowed, NULL where undefined) of the outputs in, gradients of the inputs out (owned by the
 * library afterwards; NULL for none), on any thread; returns a status and leaves its reason with gn_error_set_cause.
 * release: drops what was saved; called when the graph is freed. destroy: the context is not used any more. */
typedef struct gn_function {
  int32_t (*backward)(void* context, gn_tensor* const* gradients, int32_t gradient_count, gn_tensor** results,
                      int32_t result_count);
  void (*release)(void* context);
  void (*destroy)(void* context);
  void* context;
} gn_function;

/* Makes the outputs, computed without history, the results of a function of the inputs; none may be an input, and those
 * of integers get no history. The context belongs to the library from here on, whatever is returned. */
GN_API int32_t gn_autograd_attach(const gn_function* function, const char* name, gn_tensor* const* inputs,
                                  int32_t input_count, gn_tensor* const* outputs, int32_t output_count);

#endif
