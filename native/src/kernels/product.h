// What a matrix product is given, and the kinds of products that there are.
#pragma once

#include <cstdint>

namespace granary::kernels {

// A matrix that is read. Along: an element's neighbours in memory are its neighbours in k; across: those in rows or columns
// of the result.
struct Factor
{
    const void* data;
    int64_t stride;
    bool is_along;
    bool is_bfloat16;
};

// c [rows, columns] (= | +=) left [rows, depth] * right [depth, columns] + bias [columns] or null.
struct Product
{
    int64_t rows;
    int64_t columns;
    int64_t depth;
    Factor left;
    Factor right;
    float* c;
    int64_t ldc;
    const float* bias;
    bool adds;
    int32_t threads;
};

void multiply_float32(const Product& product);

}  // namespace granary::kernels
