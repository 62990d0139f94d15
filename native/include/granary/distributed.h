/* Ranks that exchange tensors: a key-value store to meet at, and groups whose members send to and receive from each
 * other, over libtorch's c10d. A call that waits blocks its own thread only; stores, groups and works may be used from
 * several threads at once. */
#ifndef GRANARY_DISTRIBUTED_H
#define GRANARY_DISTRIBUTED_H

#include "common.h"

typedef struct gn_store gn_store;
typedef struct gn_group gn_group;
typedef struct gn_work gn_work;

/* A contiguous tensor that goes to a peer, or is overwritten by what comes from it. */
typedef struct gn_distributed_operation {
  gn_tensor* tensor;
  int32_t peer;
  int32_t tag;
  int32_t is_send;
} gn_distributed_operation;

/* The backends a group can have here, separated by blanks: of "gloo" and "nccl", or none. Owned by the library. */
GN_API const char* gn_distributed_backends(void);

/* A connection to the store at host:port. With is_host the store itself lives in this process, until the last handle to
 * it is freed; port 0 then takes a free one. Connecting is tried again until the time is over. Free with
 * gn_distributed_store_free. */
GN_API int32_t gn_distributed_store_create(const char* host, int32_t port, int32_t is_host, int64_t milliseconds,
                                           gn_store** store);
GN_API void gn_distributed_store_free(gn_store* store);

/* The port that the store listens on. */
GN_API int32_t gn_distributed_store_get_port(gn_store* store, int32_t* port);

GN_API int32_t gn_distributed_store_set(gn_store* store, const char* key, const uint8_t* value, int64_t bytes);

/* Waits for the key. The value is owned by the library and valid until the thread's next call. */
GN_API int32_t gn_distributed_store_get(gn_store* store, const char* key, const uint8_t** value, int64_t* bytes);

/* Whether there is a value under the key. */
GN_API int32_t gn_distributed_store_check(gn_store* store, const char* key, int32_t* is_there);

/* Adds to the number under the key, which begins at 0; *sum is what it is then. */
GN_API int32_t gn_distributed_store_add(gn_store* store, const char* key, int64_t amount, int64_t* sum);

/* Writes the desired value where the key has the expected one, or is absent and the expected one is empty; *value is what
 * stands there then, owned as above. */
GN_API int32_t gn_distributed_store_compare(gn_store* store, const char* key, const uint8_t* expected,
                                            int64_t expected_bytes, const uint8_t* desired, int64_t desired_bytes,
                                            const uint8_t** value, int64_t* bytes);

GN_API int32_t gn_distributed_store_delete(gn_store* store, const char* key, int32_t* was_there);

/* A group of size members that meet under the prefix, this one as rank; returns when all have come. Gloo listens on the
 * network interface, or else on the host's address, or else on that of the machine's name; either may be NULL. With
 * reads_memory its members that run on one machine as one user read what they exchange from each other's memory, where
 * the system lets them; all members say the same. Free with gn_distributed_group_free, which closes the connections once
 * the last work is freed too. */
GN_API int32_t gn_distributed_group_create(gn_store* store, const char* prefix, const char* backend, int32_t rank,
                                           int32_t size, int64_t milliseconds, const char* interface_name,
                                           const char* host, int32_t reads_memory, gn_group** group);
GN_API void gn_distributed_group_free(gn_group* group);

/* Ends what the group's transfers wait for on a device, whose tensors are then nobody's; nothing may be begun in it any
 * more. Transfers in main memory are ended by gn_distributed_work_abort. */
GN_API int32_t gn_distributed_group_abort(gn_group* group);

/* Begins all transfers, the receives first, each kind in the order given. The tensors are held until the work is freed,
 * with gn_distributed_work_free. */
GN_API int32_t gn_distributed_begin(gn_group* group, const gn_distributed_operation* operations, int32_t count,
                                    gn_work** work);

/* Waits for all transfers. *pending is the first operation that is not done, in the order they were given; -1 when all
 * are. A failure leaves it at the one that failed, and GN_OK with an operation pending says that the work was aborted. */
GN_API int32_t gn_distributed_work_wait(gn_work* work, int64_t milliseconds, int32_t* pending);

/* Ends the waiting of another thread, at once or as soon as it begins. */
GN_API int32_t gn_distributed_work_abort(gn_work* work);
GN_API void gn_distributed_work_free(gn_work* work);

#endif
