using Granary.Pipelines.Climb.Predictors;

namespace Granary.Pipelines.Native.XGBoost.Tests;

/// <summary>What the tests of trees share.</summary>
internal static class XGBoostSample
{
    /// <summary>Skips the test where the machine has no XGBoost.</summary>
    public static void Require()
    {
        if (TreeLibrary.Find(out var missing) is null)
        {
            Assert.Ignore(missing);
        }
    }
}
