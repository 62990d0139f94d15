using Granary.Testing;

namespace Granary.Cluster.Submission.Tests;

/// <summary>Orders of a run to submit.</summary>
internal static class Orders
{
    /// <summary>A run whose folder is below a test's.</summary>
    public static SubmissionOrder Of(TempFolder folder, string to, SubmissionConfig? settings = null)
    {
        return new SubmissionOrder
        {
            Name = "tiny",
            To = to,
            Runs = folder["runs"],
            WorkingFolder = folder.Path,
            Configuration = "name: tiny\n",
            PreparationCommand = "decompose",
            Program = ["/opt/granary/granary"],
            Settings = settings ?? new SubmissionConfig(),
        };
    }

    /// <summary>Makes the folder of an order's run.</summary>
    public static Action MakeFolder(SubmissionOrder order) => () => Directory.CreateDirectory(order.RunFolder);
}
