using System.Globalization;
using NUnit.Framework.Interfaces;

namespace Granary.Gpu.Tests;

/// <summary>Writes a line for each test as it ends, then what failed and why, and how many of each there were.</summary>
internal sealed class ConsoleListener(TextWriter output) : ITestListener, IDisposable
{
    private readonly List<ITestResult> _failed = [];
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private double _seconds;

    public void TestStarted(ITest test)
    {
        if (!test.IsSuite)
        {
            output.Write($"{ShortName(test)} ... ");
            output.Flush();
        }
    }

    public void TestFinished(ITestResult result)
    {
        if (result.Test.IsSuite)
        {
            // A fixture's own set-up or tear-down is no test, but its failure must be heard.
            if (result.ResultState.Status == TestStatus.Failed && result.ResultState.Site != FailureSite.Child)
            {
                Count(result);
            }

            return;
        }

        _seconds += result.Duration;
        var reason = result.ResultState.Status is TestStatus.Skipped or TestStatus.Inconclusive ? $" ({result.Message})" : string.Empty;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.ResultState.Status}{reason}, {result.Duration:F2} s"));
        foreach (var line in result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            output.WriteLine($"    {line}");
        }

        output.Flush();
        Count(result);
    }

    public void TestOutput(TestOutput progress)
    {
    }

    public void SendMessage(TestMessage message)
    {
    }

    public void Dispose()
    {
        output.Flush();
    }

    internal int Summarize()
    {
        foreach (var result in _failed)
        {
            output.WriteLine($"\nFAILED {result.FullName}\n{result.Message}\n{result.StackTrace}");
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{string.Join(", ", _counts.Select(count => $"{count.Value} {count.Key}"))} in {_seconds:F1} s"));
        return _failed.Count == 0 && _counts.Count > 0 ? 0 : 1;
    }

    private static string ShortName(ITest test)
    {
        return test.FullName.Replace("Granary.Gpu.Tests.", string.Empty, StringComparison.Ordinal);
    }

    private void Count(ITestResult result)
    {
        var status = result.ResultState.Status;
        var name = status.ToString().ToLowerInvariant();
        _counts[name] = _counts.GetValueOrDefault(name) + 1;
        if (status == TestStatus.Failed)
        {
            _failed.Add(result);
        }
    }
}
