using System.CommandLine;
using Granary.Models.Generation.Drafting;

namespace Granary.Cli.Commands;

/// <summary>The option that says where guesses of coming tokens are from.</summary>
internal static class DraftOption
{
    private static readonly Dictionary<string, DraftMethod> Methods = new(StringComparer.Ordinal)
    {
        ["none"] = DraftMethod.None,
        ["lookahead"] = DraftMethod.Lookahead,
        ["recycling"] = DraftMethod.Recycling,
        ["heads"] = DraftMethod.Heads,
        ["auto"] = DraftMethod.Auto,
    };

    /// <summary>A fresh option; anything but a method's name is wrong usage.</summary>
    internal static Option<string> Create(string name)
    {
        return new Option<string>(name) { Description = "Where guesses of coming tokens are from; they change the speed, not the text.", DefaultValueFactory = _ => "auto" }
            .AcceptOnlyFromAmong([.. Methods.Keys]);
    }

    /// <summary>The method of a name.</summary>
    internal static DraftMethod Method(string name) => Methods[name];
}
