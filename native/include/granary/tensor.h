/* Tensor handles: one counted reference to a libtorch tensor each. */
#ifndef GRANARY_TENSOR_H
#define GRANARY_TENSOR_H

#include "common.h"

/* sizes and strides belong to the tensor and are valid while the handle lives; strides count elements. bytes is what the
 * elements take, but not more than there is memory behind them. */
typedef struct gn_tensor_layout {
  const int64_t* sizes;
  const int64_t* strides;
  int64_t elements;
  int64_t bytes;
  int32_t dimensions;
  int32_t type; /* c10::ScalarType */
  int32_t device_type;
  int32_t device_index;
  int32_t is_contiguous;
} gn_tensor_layout;

GN_API void gn_tensor_free(gn_tensor* tensor);

/* A second handle to the same tensor. */
GN_API int32_t gn_tensor_alias(gn_tensor* tensor, gn_tensor** alias);

/* The tensor's data without its history; shares memory. */
GN_API int32_t gn_tensor_detach(gn_tensor* tensor, gn_tensor** detached);

/* How many references there are to the tensor and to its memory, this handle's included. */
GN_API int32_t gn_tensor_get_references(gn_tensor* tensor, int64_t* to_tensor, int64_t* to_memory);

GN_API int32_t gn_tensor_get_layout(gn_tensor* tensor, gn_tensor_layout* layout);

/* The address of the first element; NULL for an empty tensor. */
GN_API int32_t gn_tensor_get_data(gn_tensor* tensor, void** data);

/* Gives the memory behind the tensor, and behind every other tensor over it, another size in bytes. What was in it is not
 * kept; with 0 there is none until the next call. Memory of the caller's cannot be resized. */
GN_API int32_t gn_tensor_resize_storage(gn_tensor* tensor, int64_t bytes);

/* Wraps memory of the caller's. The memory belongs to the library from here on, whatever is returned: release(context)
 * is called once, on any thread, when the last reference goes, or before the return where the call fails. */
GN_API int32_t gn_tensor_from_memory(void* data, const int64_t* sizes, int32_t dimensions, int32_t type,
                                     void (*release)(void* context), void* context, gn_tensor** tensor);

/* The number of in-place changes so far: what autograd compares for saved tensors. */
GN_API int32_t gn_tensor_get_version(gn_tensor* tensor, int64_t* version);

/* Counts one in-place change more: for whoever wrote to the tensor's memory directly. */
GN_API int32_t gn_tensor_bump_version(gn_tensor* tensor);

GN_API int32_t gn_tensor_get_requires_grad(gn_tensor* tensor, int32_t* requires_grad);
GN_API int32_t gn_tensor_set_requires_grad(gn_tensor* tensor, int32_t requires_grad);
GN_API int32_t gn_tensor_get_is_leaf(gn_tensor* tensor, int32_t* is_leaf);

/* *gradient is NULL where there is none; a gradient that is set has the tensor's shape, type and device, or is NULL. */
GN_API int32_t gn_tensor_get_grad(gn_tensor* tensor, gn_tensor** gradient);
GN_API int32_t gn_tensor_set_grad(gn_tensor* tensor, gn_tensor* gradient);

/* A printable form; owned by the library, valid until the thread's next call. */
GN_API const char* gn_tensor_text(gn_tensor* tensor);

#endif
