using System.Reflection;
using NUnit.Framework.Api;
using NUnit.Framework.Internal;

namespace Granary.Gpu.Tests;

/// <summary>
/// Runs the tests of this assembly where no test host is: all of them, or those whose full name holds one of the words given.
/// `--rehearse` computes in main memory, to try the tests themselves. 0 when none failed.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        TestDevice.IsRehearsal = arguments.Contains("--rehearse");
        var words = arguments.Where(argument => argument != "--rehearse").ToArray();
        var runner = new NUnitTestAssemblyRunner(new DefaultTestAssemblyBuilder());
        runner.Load(Assembly.GetExecutingAssembly(), new Dictionary<string, object> { ["NumberOfTestWorkers"] = 0 });
        using var listener = new ConsoleListener(Console.Out);
        runner.Run(listener, words.Length == 0 ? TestFilter.Empty : new WordFilter(words));
        return listener.Summarize();
    }
}
