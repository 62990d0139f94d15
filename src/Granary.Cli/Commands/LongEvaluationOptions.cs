using System.CommandLine;
using System.CommandLine.Parsing;
using Granary.Core.Configuration;
using Granary.Training.Evaluation.Retrieval;

namespace Granary.Cli.Commands;

/// <summary>The options of `granary eval --long`.</summary>
internal sealed class LongEvaluationOptions
{
    private const int ShortestContext = 32;

    private static readonly int[] UsualLengths = [128, 256, 512];

    private readonly Option<bool> _long = new("--long") { Description = "Ask for what stands in contexts of several lengths, and for learned facts forward and backward." };
    private readonly Option<int[]> _lengths = new("--lengths")
    {
        Description = "With --long: tokens of the contexts. Default: 128,256,512 as far as the model takes them.",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = ParseLengths,
    };

    private readonly Option<int> _depths = new("--depths") { Description = "With --long: places in a context where the answer stands.", DefaultValueFactory = _ => 5 };
    private readonly Option<int> _items = new("--items") { Description = "With --long: questions of each length and place.", DefaultValueFactory = _ => 50 };
    private readonly Option<int> _pairs = new("--pairs") { Description = "With --long: keys in a multi-key context.", DefaultValueFactory = _ => 8 };
    private readonly Option<int> _candidates = new("--candidates") { Description = "With --long: answers to rank.", DefaultValueFactory = _ => 10 };
    private readonly Option<string[]> _tasks = new("--tasks") { Description = $"With --long: {string.Join(", ", RetrievalTasks.Names)}. Default: all that the model's run prepares it for.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<long> _seed = new("--seed") { Description = "With --long: where the random choices begin.", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> _filler = new("--filler") { Description = "With --long: JSON lines of documents whose sentences fill the contexts, such as a run's held-out.jsonl. Default: made-up sentences." };
    private readonly Option<string?> _plot = new("--plot") { Description = "With --long: an SVG file to draw the results in." };

    internal LongEvaluationOptions()
    {
        ThreadsOption.RequirePositive(_depths);
        ThreadsOption.RequirePositive(_items);
    }

    internal void AddTo(Command command)
    {
        foreach (var option in (Option[])[_long, _lengths, _depths, _items, _pairs, _candidates, _tasks, _seed, _filler, _plot])
        {
            command.Options.Add(option);
        }
    }

    internal bool IsAsked(ParseResult arguments)
    {
        return arguments.GetValue(_long);
    }

    /// <summary>The documents for the contexts' filler; null for made-up sentences.</summary>
    internal string? Filler(ParseResult arguments)
    {
        return arguments.GetValue(_filler);
    }

    /// <summary>The picture's path; null for none.</summary>
    internal string? Plot(ParseResult arguments)
    {
        return arguments.GetValue(_plot);
    }

    /// <summary>What to ask of a model that takes so many tokens, and that has learned facts or not.</summary>
    /// <exception cref="ConfigurationException">A value cannot be used.</exception>
    internal RetrievalPlan Plan(ParseResult arguments, int longest, bool knowsFacts)
    {
        var tasks = Words(arguments.GetValue(_tasks));
        var plan = new RetrievalPlan
        {
            Seed = arguments.GetValue(_seed),
            Lengths = arguments.GetValue(_lengths) is { Length: > 0 } given ? given : Usual(longest),
            Depths = arguments.GetValue(_depths),
            Items = arguments.GetValue(_items),
            Pairs = arguments.GetValue(_pairs),
            Candidates = arguments.GetValue(_candidates),
            Tasks = tasks.Count > 0 ? tasks : [.. RetrievalTasks.Names.Where(task => knowsFacts || task != RetrievalTasks.Reversal)],
        };
        Check(plan, longest);
        return plan;
    }

    private static int[] Usual(int longest)
    {
        int[] fitting = [.. UsualLengths.Where(length => length <= longest)];
        return fitting.Length > 0 ? fitting : [longest];
    }

    private static void Check(RetrievalPlan plan, int longest)
    {
        var errors = new ConfigurationErrors();
        foreach (var length in plan.Lengths)
        {
            errors.Require(length >= ShortestContext && length <= longest, "--lengths", length, $"from {ShortestContext} to {longest}, the longest the model takes");
        }

        foreach (var task in plan.Tasks)
        {
            errors.Require(RetrievalTasks.Names.Contains(task), "--tasks", task, $"among {string.Join(", ", RetrievalTasks.Names)}");
        }

        errors.Require(plan.Pairs is >= 2 and <= 16, "--pairs", plan.Pairs, "from 2 to 16");
        errors.Require(plan.Candidates is >= 2 and <= 32, "--candidates", plan.Candidates, "from 2 to 32");
        errors.ThrowIfAny("eval");
    }

    // 128,256,512 or 128 256 512.
    private static int[] ParseLengths(ArgumentResult result)
    {
        var lengths = new List<int>();
        foreach (var word in Words([.. result.Tokens.Select(token => token.Value)]))
        {
            if (int.TryParse(word, out var length))
            {
                lengths.Add(length);
            }
            else
            {
                result.AddError($"'--lengths' holds '{word}' but must be whole numbers: 128,256,512.");
            }
        }

        return [.. lengths];
    }

    private static List<string> Words(string[]? values)
    {
        return [.. (values ?? []).SelectMany(value => value.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries))];
    }
}
