// The CUDA kernels, run on the CPU, against references in double. Exit code 1 if anything differs.
#include "arrays.h"

#include "cuda/stream.h"
#include "granary/error.h"

void* granary::cuda::current_stream() { return nullptr; }

void gn_error_set(const char*) {}

int main()
{
    using namespace granary::cuda::tests;
    using granary::kernels::tests::Tally;
    using granary::kernels::tests::tally;
    const struct
    {
        const char* name;
        void (*run)();
    } families[] = {
        {"activation", test_activation}, {"attention", test_attention}, {"columns", test_columns},     {"loss", test_loss},
        {"norm", test_norm},             {"optimizer", test_optimizer}, {"rotary", test_rotary},
    };
    for (const auto& family : families) {
        const Tally before = tally;
        worst_part = 0.0;
        family.run();
        std::printf("%-12s %6lld checks, %lld failures, at most %.2f of a tolerance used\n", family.name,
                    (long long)(tally.checks - before.checks), (long long)(tally.failures - before.failures), worst_part);
    }
    std::printf("cuda kernels: %lld checks, %lld failures\n", (long long)tally.checks, (long long)tally.failures);
    return tally.failures == 0 ? 0 : 1;
}
