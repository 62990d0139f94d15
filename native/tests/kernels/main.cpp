// Every fast kernel against its slow, obvious twin. Exit code 1 if anything differs.
#include "check.h"

#include "granary/kernels.h"

extern "C" int32_t granary_kernels_headers_are_c(void);

int main()
{
    using namespace granary::kernels::tests;
    const struct
    {
        const char* name;
        void (*run)();
    } families[] = {
        {"activation", test_activation}, {"attention", test_attention}, {"attention16", test_attention_bfloat16}, {"decode", test_decode},
        {"embedding", test_embedding},   {"loss", test_loss},           {"norm", test_norm},
        {"optimizer", test_optimizer},   {"product", test_product},
        {"bfloat16", test_product_bfloat16}, {"rotary", test_rotary},
    };
    for (const auto& family : families) {
        const Tally before = tally;
        family.run();
        std::printf("%-12s %6lld checks, %lld failures\n", family.name, (long long)(tally.checks - before.checks),
                    (long long)(tally.failures - before.failures));
    }
    expect(granary_kernels_headers_are_c() == GN_OK, "a C program can call the kernels");
    std::printf("kernels: %lld checks, %lld failures, vectors of %d floats\n", (long long)tally.checks,
                (long long)tally.failures, gn_kernels_lanes());
    return tally.failures == 0 ? 0 : 1;
}
