/* The library without .NET: a C program that calls operators, walks graphs through a callback of its own, and provokes
 * failures. Prints what does not hold and ends with the number of such facts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "granary/autograd.h"
#include "granary/distributed.h"
#include "granary/error.h"
#include "granary/operator.h"
#include "granary/runtime.h"
#include "granary/script.h"
#include "granary/tensor.h"

static int failures = 0;

#define EXPECT(fact)                                                                       \
  do {                                                                                     \
    if (!(fact)) {                                                                         \
      printf("line %d: not so: %s (last error: %s)\n", __LINE__, #fact, gn_error_last());  \
      failures++;                                                                          \
    }                                                                                      \
  } while (0)

#define EXPECT_OK(call) EXPECT((call) == GN_OK)

static const int32_t float32 = 6;
static int releases = 0;

static void count_release(void* context) {
  (void)context;
  releases++;
}

static gn_tensor* wrap(float* data, int64_t count) {
  gn_tensor* tensor = NULL;
  EXPECT_OK(gn_tensor_from_memory(data, &count, 1, float32, count_release, NULL, &tensor));
  return tensor;
}

static gn_value tensor_value(gn_tensor* tensor) {
  gn_value value = {GN_TENSOR, 1, {.pointer = tensor}};
  return value;
}

static gn_operator* find(const char* name, const char* overload) {
  gn_operator* op = NULL;
  EXPECT_OK(gn_operator_find(name, overload, &op));
  EXPECT(op != NULL);
  return op;
}

static float first_of(gn_tensor* tensor) {
  void* data = NULL;
  EXPECT_OK(gn_tensor_get_data(tensor, &data));
  return *(float*)data;
}

static gn_tensor* call(gn_operator* op, const gn_value* arguments, int32_t count) {
  gn_value result = {GN_NONE, 0, {0}};
  int32_t results = 0;
  EXPECT_OK(gn_operator_call(op, arguments, count, &result, 1, &results));
  EXPECT(results == 1 && result.kind == GN_TENSOR);
  return (gn_tensor*)result.pointer;
}

static void operators_are_called_by_name(void) {
  float left_data[] = {1, 2, 3}, right_data[] = {10, 20, 30};
  gn_tensor *left = wrap(left_data, 3), *right = wrap(right_data, 3);
  gn_operator* add = find("aten::add", "Tensor");
  EXPECT(strncmp(gn_operator_schema(add), "aten::add.Tensor(", 17) == 0);

  gn_value arguments[] = {tensor_value(left), tensor_value(right), {GN_REAL, 1, {.real = 2}}};
  gn_tensor* sum = call(add, arguments, 3);
  EXPECT(first_of(sum) == 21);

  gn_tensor_layout layout;
  EXPECT_OK(gn_tensor_get_layout(sum, &layout));
  EXPECT(layout.dimensions == 1 && layout.sizes[0] == 3 && layout.elements == 3 && layout.bytes == 12 && layout.type == float32);
  EXPECT(strstr(gn_tensor_text(sum), "21") != NULL);

  releases = 0;
  gn_tensor_free(sum);
  gn_tensor_free(left);
  gn_tensor_free(right);
  EXPECT(releases == 2);
}

static void lists_come_one_by_one(void) {
  float data[] = {1, 2, 3, 4, 5};
  gn_tensor* whole = wrap(data, 5);
  gn_value arguments[] = {tensor_value(whole), {GN_INTEGER, 1, {.integer = 2}}};
  gn_value results[3];
  int32_t count = 0;

  EXPECT_OK(gn_operator_call(find("aten::split", "Tensor"), arguments, 2, results, 3, &count));
  EXPECT(count == 3);
  for (int32_t index = 0; index < count; index++) {
    EXPECT(first_of((gn_tensor*)results[index].pointer) == 1 + 2 * index);
    gn_tensor_free((gn_tensor*)results[index].pointer);
  }

  EXPECT(gn_operator_call(find("aten::split", "Tensor"), arguments, 2, results, 2, &count) == GN_FAILED);
  EXPECT(strstr(gn_error_last(), "more results than the caller has room for (2)") != NULL);
  gn_tensor_free(whole);
}

static void memory_is_resized_under_its_tensors(void) {
  float data[] = {1, 2, 3};
  gn_tensor *wrapped = wrap(data, 3), *own = NULL, *other = NULL;
  gn_value argument = tensor_value(wrapped);
  own = call(find("aten::neg", ""), &argument, 1);
  EXPECT_OK(gn_tensor_detach(own, &other));

  void* memory = NULL;
  EXPECT_OK(gn_tensor_resize_storage(own, 0));
  EXPECT_OK(gn_tensor_get_data(other, &memory));
  EXPECT(memory == NULL);
  EXPECT_OK(gn_tensor_resize_storage(own, sizeof(data)));
  EXPECT_OK(gn_tensor_get_data(own, &memory));
  *(float*)memory = 7;
  EXPECT(first_of(other) == 7);

  EXPECT(gn_tensor_resize_storage(own, -1) == GN_FAILED);
  EXPECT(gn_tensor_resize_storage(wrapped, 0) == GN_FAILED);
  gn_tensor_free(wrapped);
  gn_tensor_free(own);
  gn_tensor_free(other);
}

static void failures_are_statuses_with_a_reason(void) {
  float data[] = {1, 2, 3};
  gn_tensor *three = wrap(data, 3), *two = wrap(data, 2);
  gn_value arguments[] = {tensor_value(three), tensor_value(two), {GN_TEXT, 1, {.pointer = "x"}}};
  gn_value result;
  int32_t count = 0;
  gn_operator* add = find("aten::add", "Tensor");

  EXPECT(gn_operator_call(add, arguments, 2, &result, 1, &count) == GN_FAILED);
  EXPECT(strstr(gn_error_last(), "given (Tensor Float[3] on cpu, Tensor Float[2] on cpu)") != NULL);
  EXPECT(gn_operator_call(add, arguments, 1, &result, 1, &count) == GN_FAILED);
  EXPECT(strstr(gn_error_last(), "argument 1 is missing") != NULL);
  EXPECT(gn_operator_call(add, arguments, 3, &result, 1, &count) == GN_FAILED);
  EXPECT(strstr(gn_error_last(), "argument 2 does not fit the schema") != NULL);
  EXPECT(gn_error_cause() == 0);

  gn_operator* missing = add;
  EXPECT_OK(gn_operator_find("aten::no_such_operator", "", &missing));
  EXPECT(missing == NULL);

  int64_t huge = (int64_t)1 << 46;
  gn_value size = {GN_INTEGERS, 1, {.pointer = &huge}};
  EXPECT(gn_operator_call(find("aten::empty", "memory_format"), &size, 1, &result, 1, &count) == GN_FAILED);
  EXPECT(gn_runtime_set_threads(0) == GN_FAILED);

  int64_t negative = -1;
  gn_tensor* none = NULL;
  releases = 0;
  EXPECT(gn_tensor_from_memory(data, &negative, 1, float32, count_release, NULL, &none) == GN_FAILED);
  EXPECT(none == NULL && releases == 1);

  EXPECT(gn_tensor_set_grad(three, two) == GN_FAILED);
  gn_tensor_free(three);
  gn_tensor_free(two);
}

typedef struct squares {
  gn_tensor* input;
  int fails;
  int backwards, releases, destroys;
} squares;

static int32_t squares_backward(void* context, gn_tensor* const* gradients, int32_t gradient_count, gn_tensor** results,
                                int32_t result_count) {
  squares* function = context;
  function->backwards++;
  EXPECT(gradient_count == 1 && result_count == 1);
  if (function->fails) {
    gn_error_set_cause("the callback said no", 77);
    return GN_FAILED;
  }

  gn_value product[] = {tensor_value(gradients[0]), tensor_value(function->input)};
  gn_tensor* half = call(find("aten::mul", "Tensor"), product, 2);
  gn_value twice[] = {tensor_value(half), tensor_value(half)};
  results[0] = call(find("aten::add", "Tensor"), twice, 2);
  gn_tensor_free(half);
  return GN_OK;
}

static void squares_release(void* context) { ((squares*)context)->releases++; }

static void squares_destroy(void* context) { ((squares*)context)->destroys++; }

/* The square of x, whose backward is the callback. */
static gn_tensor* attach_square(squares* function, gn_tensor* x) {
  gn_autograd_set_enabled(0);
  gn_value product[] = {tensor_value(x), tensor_value(x)};
  gn_tensor* y = call(find("aten::mul", "Tensor"), product, 2);
  gn_autograd_set_enabled(1);

  gn_function table = {squares_backward, squares_release, squares_destroy, function};
  EXPECT_OK(gn_autograd_attach(&table, "Square", &x, 1, &y, 1));
  return y;
}

static void a_callback_is_a_node_of_the_graph(void) {
  float data[] = {3};
  gn_tensor *x = wrap(data, 1), *detached = NULL, *gradient = NULL;
  EXPECT_OK(gn_tensor_set_requires_grad(x, 1));
  EXPECT_OK(gn_tensor_detach(x, &detached));

  squares function = {detached, 0, 0, 0, 0};
  gn_tensor* y = attach_square(&function, x);
  int32_t is_leaf = 1;
  EXPECT_OK(gn_tensor_get_is_leaf(y, &is_leaf));
  EXPECT(is_leaf == 0);
  EXPECT_OK(gn_autograd_backward(&y, NULL, 1, 1, 0));
  EXPECT_OK(gn_autograd_backward(&y, NULL, 1, 0, 0));
  EXPECT_OK(gn_tensor_get_grad(x, &gradient));
  EXPECT(first_of(gradient) == 12);
  EXPECT(function.backwards == 2 && function.releases == 1 && function.destroys == 0);
  gn_tensor_free(y);
  EXPECT(function.destroys == 1);
  gn_tensor_free(gradient);

  squares failing = {detached, 1, 0, 0, 0};
  y = attach_square(&failing, x);
  gn_tensor* found = NULL;
  EXPECT(gn_autograd_grad(&y, NULL, 1, &x, 1, 0, 0, 0, &found) == GN_FAILED);
  EXPECT(strcmp(gn_error_last(), "the callback said no") == 0 && gn_error_cause() == 77);
  gn_tensor_free(y);
  EXPECT(failing.destroys == 1);

  squares refused = {detached, 0, 0, 0, 0};
  gn_function table = {squares_backward, squares_release, squares_destroy, &refused};
  EXPECT(gn_autograd_attach(&table, "Square", &x, 1, &x, 1) == GN_FAILED);
  EXPECT(refused.destroys == 1);

  gn_tensor_free(detached);
  gn_tensor_free(x);
}

static void generators_repeat_themselves(void) {
  gn_generator *first = NULL, *second = NULL;
  gn_tensor* state = NULL;
  int64_t length = 4;
  EXPECT_OK(gn_generator_create(5, &first));
  EXPECT_OK(gn_generator_create(6, &second));
  EXPECT_OK(gn_generator_get_state(first, &state));
  EXPECT_OK(gn_generator_set_state(second, state));

  gn_value left[] = {{GN_INTEGERS, 1, {.pointer = &length}}, {GN_GENERATOR, 1, {.pointer = first}}};
  gn_value right[] = {{GN_INTEGERS, 1, {.pointer = &length}}, {GN_GENERATOR, 1, {.pointer = second}}};
  gn_operator* randn = find("aten::randn", "generator");
  gn_tensor *one = call(randn, left, 2), *other = call(randn, right, 2);
  EXPECT(first_of(one) == first_of(other));

  gn_tensor_free(one);
  gn_tensor_free(other);
  gn_tensor_free(state);
  gn_generator_free(first);
  gn_generator_free(second);
}

/* One process is host and client of a store; a group of many needs processes or threads, which the managed tests have. */
static void a_store_is_shared_by_its_connections(void) {
  gn_store *host = NULL, *client = NULL;
  int32_t port = 0, flag = 0;
  int64_t sum = 0, bytes = 0;
  const uint8_t* value = NULL;
  EXPECT_OK(gn_distributed_store_create("127.0.0.1", 0, 1, 5000, &host));
  EXPECT_OK(gn_distributed_store_get_port(host, &port));
  EXPECT_OK(gn_distributed_store_create("127.0.0.1", port, 0, 5000, &client));

  EXPECT_OK(gn_distributed_store_add(client, "count", 2, &sum));
  EXPECT_OK(gn_distributed_store_add(host, "count", 3, &sum));
  EXPECT(sum == 5);
  EXPECT_OK(gn_distributed_store_compare(client, "key", NULL, 0, (const uint8_t*)"one", 3, &value, &bytes));
  EXPECT_OK(gn_distributed_store_get(host, "key", &value, &bytes));
  EXPECT(bytes == 3 && memcmp(value, "one", 3) == 0);
  EXPECT_OK(gn_distributed_store_delete(client, "key", &flag));
  EXPECT(flag == 1);
  EXPECT_OK(gn_distributed_store_check(client, "key", &flag));
  EXPECT(flag == 0);

  gn_group* group = NULL;
  EXPECT(gn_distributed_group_create(client, "g", "no such", 0, 1, 5000, NULL, NULL, 1, &group) == GN_FAILED);
  EXPECT(group == NULL && strstr(gn_error_last(), "'no such' is not in this build") != NULL);
  gn_distributed_store_free(client);
  gn_distributed_store_free(host);
}

static void a_script_that_cannot_be_read_is_a_failure(void) {
  gn_script* script = NULL;
  EXPECT(gn_script_load("no/such/module.pt", &script) == GN_FAILED);
  EXPECT(script == NULL && strlen(gn_error_last()) > 0);
}

int main(void) {
  operators_are_called_by_name();
  lists_come_one_by_one();
  memory_is_resized_under_its_tensors();
  failures_are_statuses_with_a_reason();
  a_callback_is_a_node_of_the_graph();
  generators_repeat_themselves();
  a_store_is_shared_by_its_connections();
  a_script_that_cannot_be_read_is_a_failure();
  printf("libtorch %s: %d facts do not hold\n", gn_runtime_torch_version(), failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
