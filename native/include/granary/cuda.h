/* GPUs: what there are, their memory, streams of work captured once and replayed. In a build without CUDA every call that
 * can fail does, and says so. */
#ifndef GRANARY_CUDA_H
#define GRANARY_CUDA_H

#include "common.h"

typedef struct gn_cuda_graph gn_cuda_graph;
typedef struct gn_cuda_event gn_cuda_event;

typedef struct gn_cuda_device {
  const char* name; /* owned by the library */
  int64_t total_memory; /* bytes */
  int32_t multiprocessors;
  int32_t major; /* of the compute capability */
  int32_t minor;
} gn_cuda_device;

GN_API int32_t gn_cuda_get_count(int32_t* count);
GN_API int32_t gn_cuda_get_device(int32_t index, gn_cuda_device* device);

/* The device that this thread's calls without one mean. */
GN_API int32_t gn_cuda_set_device(int32_t index);

/* Waits until the current device has done all it was given. */
GN_API int32_t gn_cuda_synchronize(void);

/* Bytes of the current device: in tensors, the most that were in tensors at one time, and kept by the allocator. */
GN_API int32_t gn_cuda_get_memory(int64_t* live, int64_t* peak, int64_t* kept);
GN_API int32_t gn_cuda_reset_peak_memory(void);

/* Gives what is kept and in no tensor back to the device. */
GN_API int32_t gn_cuda_empty_cache(void);

/* Whether float32 products may round their factors to 10 bits of mantissa. */
GN_API int32_t gn_cuda_allow_tf32(int32_t allow);

/* Whether operators take the form with the same bits in every run; those that have none fail. Before the first product. */
GN_API int32_t gn_cuda_set_deterministic(int32_t deterministic);

/* Begins a graph: until gn_cuda_graph_end what this thread launches, and the backward it starts, goes on a stream of its own
 * and is recorded instead of run. Tensors made meanwhile live in memory that all graphs of the process share: what is held
 * stays, what was freed is written over by this graph's and by later ones' replays. The thread that begins ends it, always. */
GN_API int32_t gn_cuda_graph_begin(gn_cuda_graph** graph);
GN_API int32_t gn_cuda_graph_end(gn_cuda_graph* graph);

/* Runs a graph on the current stream; returns when it is launched. */
GN_API int32_t gn_cuda_graph_replay(gn_cuda_graph* graph);
GN_API void gn_cuda_graph_free(gn_cuda_graph* graph);

/* A point on the current stream, for timing. Free with gn_cuda_event_free. */
GN_API int32_t gn_cuda_event_record(gn_cuda_event** event);

/* Waits for the later one and tells the milliseconds between the two. */
GN_API int32_t gn_cuda_event_elapsed(gn_cuda_event* from, gn_cuda_event* to, double* milliseconds);
GN_API void gn_cuda_event_free(gn_cuda_event* event);

#endif
