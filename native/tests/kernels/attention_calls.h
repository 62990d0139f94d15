// Calls of the attention kernels on plain arrays, which are laid out by strides with gaps that must stay untouched.
#pragma once

#include <algorithm>

#include "attention_reference.h"
#include "check.h"

namespace granary::kernels::tests {

constexpr float kUntouched = 12345.5f;

// How [B, H, T, D] lies in memory; `gap` elements behind each row must stay untouched.
enum class Layout { kHeadsOutside, kHeadsInside };

class StridedTensor
{
public:
    StridedTensor(Layout layout, int64_t batch, int64_t heads, int64_t length, int64_t dim, int64_t gap)
        : _batch(batch), _heads(heads), _length(length), _dim(dim),
          _row(layout == Layout::kHeadsInside ? heads * (dim + gap) : dim + gap),
          _head(layout == Layout::kHeadsInside ? dim + gap : length * (dim + gap)),
          _data((size_t)(batch * heads * length * (dim + gap)), kUntouched)
    {
    }

    gn_kernels_attention_tensor view() { return {_data.data(), _heads * _length * (_dim + gap()), _head, _row}; }

    void set(const std::vector<double>& values)
    {
        for_each([&](float& element, int64_t i) { element = (float)values[(size_t)i]; });
    }

    std::vector<float> values()
    {
        std::vector<float> result((size_t)(_batch * _heads * _length * _dim));
        for_each([&](float& element, int64_t i) { result[(size_t)i] = element; });
        return result;
    }

    bool gaps_are_untouched()
    {
        std::vector<float> copy = _data;
        for_each([&](float& element, int64_t) { copy[(size_t)(&element - _data.data())] = kUntouched; });
        return std::all_of(copy.begin(), copy.end(), [](float x) { return x == kUntouched; });
    }

private:
    int64_t gap() const { return std::min(_row, _head) - _dim; }

    template <typename Body>
    void for_each(const Body& body)
    {
        int64_t i = 0;
        for (int64_t b = 0; b < _batch; ++b) {
            for (int64_t h = 0; h < _heads; ++h) {
                for (int64_t t = 0; t < _length; ++t) {
                    for (int64_t d = 0; d < _dim; ++d, ++i) {
                        body(_data[(size_t)(b * _heads * _length * (_dim + gap()) + h * _head + t * _row + d)], i);
                    }
                }
            }
        }
    }

    int64_t _batch;
    int64_t _heads;
    int64_t _length;
    int64_t _dim;
    int64_t _row;
    int64_t _head;
    std::vector<float> _data;
};

struct KernelResult
{
    std::vector<float> out;
    std::vector<float> lse;
    std::vector<float> dq;
    std::vector<float> dk;
    std::vector<float> dv;
};

inline gn_kernels_attention_shape shape_of(const AttentionArrays& a, int32_t threads)
{
    return {a.batch,    a.query_heads,      a.key_heads, a.query_length, a.key_length,
            a.head_dim, (float)a.scale, threads,     a.products,      0};
}

inline gn_kernels_attention_mask mask_of(const MaskVectors& m)
{
    const auto given = [](const auto& vector) { return vector.empty() ? nullptr : vector.data(); };
    return {m.kind, 0, m.causal_offset, given(m.segment_q), given(m.segment_k), given(m.anchor_k), given(m.rank_q),
            given(m.rank_k)};
}

inline KernelResult run_kernels(const AttentionArrays& a, const std::vector<double>& dout, const std::vector<float>* dlse,
                         Layout layout, int64_t gap, int32_t threads, const std::string& name)
{
    const auto tensor = [&](int64_t heads, int64_t length) {
        return StridedTensor(layout, a.batch, heads, length, a.head_dim, gap);
    };
    StridedTensor q = tensor(a.query_heads, a.query_length);
    StridedTensor k = tensor(a.key_heads, a.key_length);
    StridedTensor v = tensor(a.key_heads, a.key_length);
    StridedTensor gradient = tensor(a.query_heads, a.query_length);
    q.set(a.q);
    k.set(a.k);
    v.set(a.v);
    gradient.set(dout);
    StridedTensor out = tensor(a.query_heads, a.query_length);
    StridedTensor dq = tensor(a.query_heads, a.query_length);
    StridedTensor dk = tensor(a.key_heads, a.key_length);
    StridedTensor dv = tensor(a.key_heads, a.key_length);
    std::vector<float> lse((size_t)(a.batch * a.query_heads * a.query_length), kUntouched);

    const gn_kernels_attention_shape shape = shape_of(a, threads);
    const gn_kernels_attention_mask mask = mask_of(a.mask);
    const auto vq = q.view(), vk = k.view(), vv = v.view(), vo = out.view(), vg = gradient.view();
    const auto vdq = dq.view(), vdk = dk.view(), vdv = dv.view();
    expect(gn_kernels_attention_forward(&shape, &mask, &vq, &vk, &vv, &vo, lse.data()) == GN_OK,
           name + ": forward's status");
    expect(gn_kernels_attention_backward(&shape, &mask, &vq, &vk, &vv, &vo, lse.data(), nullptr, &vg,
                                         dlse != nullptr ? dlse->data() : nullptr, &vdq, &vdk, &vdv)
               == GN_OK,
           name + ": backward's status");
    for (StridedTensor* t : {&out, &dq, &dk, &dv}) {
        expect(t->gaps_are_untouched(), name + ": memory between rows is untouched");
    }
    return {out.values(), lse, dq.values(), dk.values(), dv.values()};
}

}  // namespace granary::kernels::tests
