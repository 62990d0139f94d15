using System.Diagnostics;
using System.Globalization;

namespace Granary.Bench.OperatorCall;

/// <summary>
/// What a call of libtorch costs: 4x4 additions one after the other, from here and, where the system's Python has
/// PyTorch, from there, interleaved. Prints the medians in microseconds of processor time, which other processes on the
/// machine disturb less than the clock, and their ratio.
/// </summary>
internal static class Program
{
    private const int Samples = 7;
    private const int Calls = 500_000;
    private const int CallsPerScope = 1_000;
    private const double MostMicroseconds = 1.2;

    private const string PythonSample = """
        import time, torch
        torch.set_num_threads(1)
        x = torch.ones(4, 4)
        def calls(count):
            begin = time.process_time()
            for _ in range(count):
                x.add(x)
            return (time.process_time() - begin) / count * 1e6
        calls(50000)
        print(calls(500000))
        """;

    private static int Main()
    {
        Torch.torch.set_num_threads(1);
        Sample();
        Sample();
        var here = new List<double>();
        var python = new List<double>();
        for (var sample = 0; sample < Samples; sample++)
        {
            here.Add(Sample());
            if (SampleOfPython() is { } microseconds)
            {
                python.Add(microseconds);
            }
        }

        Print("granary", here);
        if (python.Count < Samples)
        {
            Console.WriteLine("python3   PyTorch is absent; 'make setup-peers' installs it.");
            return Median(here) <= MostMicroseconds ? 0 : 1;
        }

        Print("python3", python);
        Console.WriteLine(FormattableString.Invariant($"ratio     {Median(here) / Median(python):0.00} (below 1: a call from here is cheaper)"));
        return Median(here) <= MostMicroseconds && Median(here) < Median(python) ? 0 : 1;
    }

    private static double Sample()
    {
        using var outer = Torch.torch.NewDisposeScope();
        var x = Torch.torch.ones(4, 4);
        var begin = Environment.CpuUsage.TotalTime;
        for (var made = 0; made < Calls; made += CallsPerScope)
        {
            using var scope = Torch.torch.NewDisposeScope();
            for (var count = 0; count < CallsPerScope; count++)
            {
                x.add(x);
            }
        }

        return (Environment.CpuUsage.TotalTime - begin).TotalMicroseconds / Calls;
    }

    private static double? SampleOfPython()
    {
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", PythonSample]) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? double.Parse(output, CultureInfo.InvariantCulture) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static void Print(string name, List<double> samples)
    {
        Console.WriteLine(FormattableString.Invariant($"{name,-9} {Median(samples):0.000} us a call ({string.Join(", ", samples.Select(sample => sample.ToString("0.000", CultureInfo.InvariantCulture)))})"));
    }

    private static double Median(List<double> samples)
    {
        return samples.Order().ElementAt(samples.Count / 2);
    }
}
