using System.Globalization;
using Granary.Testing;

namespace Granary.Cluster.Submission.Tests;

/// <summary>Programs of a scheduler on a PATH of the test's own: each records how it is called and answers what it was told to.</summary>
internal sealed class FakePrograms : IDisposable
{
    private readonly TempFolder _folder = new();

    /// <summary>The environment of who calls them.</summary>
    public Dictionary<string, string> Environment => new() { ["PATH"] = $"{_folder.Path}:/usr/bin:/bin" };

    /// <summary>A runner that finds them.</summary>
    public ProgramRunner Runner => new(Environment, TimeProvider.System);

    /// <summary>A path beside the programs.</summary>
    public string this[string name] => _folder[name];

    /// <summary>Makes a program that answers the same to every call.</summary>
    public FakePrograms Answer(string program, string output, int exitCode = 0, string error = "")
    {
        File.WriteAllText(_folder[$"{program}.out"], output);
        File.WriteAllText(_folder[$"{program}.err"], error);
        return Script(program, string.Create(CultureInfo.InvariantCulture, $"cat '{_folder[program]}.out'; cat '{_folder[program]}.err' >&2; exit {exitCode}"));
    }

    /// <summary>Makes a program of some lines of shell, behind the recording of the call.</summary>
    public FakePrograms Script(string program, string body)
    {
        File.WriteAllText(_folder[program], $"#!/bin/sh\nprintf '%s\\0' \"$#\" \"$@\" >> '{_folder[program]}.calls'\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder[program], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return this;
    }

    /// <summary>The arguments of each call, in their order.</summary>
    public IReadOnlyList<string[]> Calls(string program)
    {
        var path = _folder[$"{program}.calls"];
        var words = File.Exists(path) ? File.ReadAllText(path).Split('\0') : [];
        var calls = new List<string[]>();
        for (var at = 0; at < words.Length - 1; at += calls[^1].Length + 1)
        {
            calls.Add(words[(at + 1)..(at + 1 + int.Parse(words[at], CultureInfo.InvariantCulture))]);
        }

        return calls;
    }

    public void Dispose()
    {
        _folder.Dispose();
    }
}
