// exp, log, erf and the sigmoid over vector lanes. exp2 splits x = n + f with f in [-0.5, 0.5] and evaluates a minimax
// polynomial of 2^f; the degree is the trade: 5 costs one FMA less and errs by 9e-8 relative (attention, where p
// weighs sums whose own rounding is larger), 6 errs by 2e-9 before rounding. The coefficients are least-squares fits
// reweighted towards the minimax error.
#pragma once

#include "simd.h"

namespace granary::kernels {

inline constexpr float kLog2E = 1.44269504088896340736f;
inline constexpr float kLn2 = 0.69314718055994530942f;

GN_INLINE Floats round_nearest(Floats x)
{
#if defined(__AVX512F__)
    return (Floats)_mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#elif defined(__AVX2__)
    return (Floats)_mm256_round_ps((__m256)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
    const Floats magic = splat(12582912.0f);  // 1.5 * 2^23: the sum has no fraction bits left
    volatile Floats shifted = x + magic;      // volatile: the compiler must not cancel the two
    return shifted - magic;
#endif
}

// p * 2^n for integral n in [-160, 160], with gradual underflow.
GN_INLINE Floats scale_by_power(Floats p, Floats n)
{
#if defined(__AVX512F__)
    return (Floats)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
    // Two factors, because 2^n itself may lie outside of the normal range.
    Ints whole = __builtin_convertvector(n, Ints);
    Ints half = whole >> 1;
    Ints rest = whole - half;
    Floats first = (Floats)((half + 127) << 23);
    Floats second = (Floats)((rest + 127) << 23);
    return p * first * second;
#endif
}

// 2^f on [-0.5, 0.5], exact at 0.
template <int kDegree>
GN_INLINE Floats exp2_fraction(Floats f)
{
    static_assert(kDegree == 5 || kDegree == 6);
    Floats p;
    if constexpr (kDegree == 5) {
        p = f * 1.326472731307149e-3f + 9.671512991189957e-3f;
        p = p * f + 5.550733581185341e-2f;
        p = p * f + 2.4022242426872253e-1f;
        p = p * f + 6.931470036506653e-1f;
    } else {
        p = f * 1.5353361959569156e-4f + 1.3398873852565885e-3f;
        p = p * f + 9.61843691766262e-3f;
        p = p * f + 5.5503323674201965e-2f;
        p = p * f + 2.4022647738456726e-1f;
        p = p * f + 6.931471824645996e-1f;
    }
    return p * f + 1.0f;
}

// 2^x; -inf gives exactly 0, +inf gives +inf, NaN stays NaN.
template <int kDegree = 6>
GN_INLINE Floats exp2_of(Floats x)
{
    x = max_keep(splat(-160.0f), x);
    x = min_keep(splat(160.0f), x);
    Floats n = round_nearest(x);
    return scale_by_power(exp2_fraction<kDegree>(x - n), n);
}

// 2^x without the upper clamp, for x <= 0 (or NaN) as a softmax has it once its maximum is taken off.
GN_INLINE Floats exp2_of_nonpositive(Floats x)
{
    x = max_keep(splat(-160.0f), x);
#if !defined(__AVX512F__)
    x = min_keep(splat(160.0f), x);  // scale_by_power's exponents must not wrap
#endif
    Floats n = round_nearest(x);
    return scale_by_power(exp2_fraction<5>(x - n), n);
}

// e^x. ln 2 is taken off in two parts, the first with so few bits that n times it is exact.
GN_INLINE Floats exp_of(Floats x)
{
    x = max_keep(splat(-110.0f), x);
    x = min_keep(splat(110.0f), x);
    Floats n = round_nearest(x * kLog2E);
    Floats r = x - n * 0.693359375f;
    r = r + n * 2.12194440054690583e-4f;
    Floats p = r * 1.3811662793159485e-3f + 8.370134979486465e-3f;
    p = p * r + 4.166852682828903e-2f;
    p = p * r + 1.6666509211063385e-1f;
    p = p * r + 4.999999403953552e-1f;
    return scale_by_power((p * r) * r + r + 1.0f, n);
}

// ln(x) for normal x > 0: the mantissa is brought into [sqrt(1/2), sqrt(2)), where ln(1 + f) is a polynomial.
GN_INLINE Floats log_of_positive(Floats x)
{
    Ints bits = (Ints)x - 0x3f3504f3;  // of sqrt(1/2)
    Ints exponent = bits >> 23;
    Floats f = (Floats)((bits & 0x007fffff) + 0x3f3504f3) - 1.0f;
    Floats e = __builtin_convertvector(exponent, Floats);
    Floats p = f * -7.634497433900833e-2f + 1.276157796382904e-1f;
    p = p * f - 1.3160182535648346e-1f;
    p = p * f + 1.4201757311820984e-1f;
    p = p * f - 1.6623356938362122e-1f;
    p = p * f + 2.0001226663589478e-1f;
    p = p * f - 2.500081956386566e-1f;
    p = p * f + 3.333333134651184e-1f;
    Floats square = f * f;
    Floats tail = (p * f) * square + e * -2.12194440054690583e-4f;
    return (tail - 0.5f * square) + f + e * 0.693359375f;
}

// 1 / (1 + e^-x)
GN_INLINE Floats sigmoid_of(Floats x) { return 1.0f / (1.0f + exp_of(-x)); }

GN_INLINE Floats abs_of(Floats x) { return (Floats)((Ints)x & 0x7fffffff); }

GN_INLINE Floats with_sign_of(Floats magnitude, Floats sign)
{
    return (Floats)((Ints)magnitude | ((Ints)sign & (int32_t)0x80000000));
}

// erf: an odd polynomial below 1; above, 1 - 2^(-a P(a)) with P fitted to -log2(erfc(a)) / a on [0.95, 4.2].
GN_INLINE Floats erf_of(Floats x)
{
    Floats a = abs_of(x);
    Floats t = a * a;
    Floats p = t * 7.853861461626366e-5f - 8.010193705558777e-4f;
    p = p * t + 5.188327748328447e-3f;
    p = p * t - 2.6853812858462334e-2f;
    p = p * t + 1.128358542919159e-1f;
    p = p * t - 3.761262595653534e-1f;
    p = p * t + 1.1283791065216064f;
    Floats small = p * a;
    Floats c = min_keep(splat(4.2f), a);
    Floats q = c * 1.8147715309169143e-5f - 4.8523385384612053e-4f;
    q = q * c + 5.33463666215539e-3f;
    q = q * c - 3.445058688521385e-2f;
    q = q * c + 1.534646600484848e-1f;
    q = q * c + 9.16209876537323e-1f;
    q = q * c + 1.6283252239227295f;
    Floats large = 1.0f - exp2_of<6>(-(c * q));
    return with_sign_of(select(a < 1.0f, small, large), x);
}

}  // namespace granary::kernels
