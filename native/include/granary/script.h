/* TorchScript modules: models of any origin, as torch.jit.save writes them. */
#ifndef GRANARY_SCRIPT_H
#define GRANARY_SCRIPT_H

#include "common.h"

typedef struct gn_script gn_script;

/* Reads a module's file, UTF-8, to main memory, and sets it to evaluation; free with gn_script_free. */
GN_API int32_t gn_script_load(const char* path, gn_script** script);
GN_API void gn_script_free(gn_script* script);

/* Arguments of the module's forward, the module itself not counted: those without a default, and all. */
GN_API int32_t gn_script_get_arguments(gn_script* script, int32_t* required, int32_t* all);

/* Calls forward without history. The result is its tensor, or the first one in its tuple, list or dictionary; the caller
 * frees it. */
GN_API int32_t gn_script_call(gn_script* script, gn_tensor* const* inputs, int32_t count, gn_tensor** result);

#endif
