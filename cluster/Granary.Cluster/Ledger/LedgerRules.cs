using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Granary.Cluster.Ledger;

/// <summary>What all stores agree on before a row is touched: which names are taken, when two requests are the same.</summary>
internal static partial class LedgerRules
{
    private const int LongestFailure = 8_000;

    /// <summary>Refuses a dataset that no store may hold.</summary>
    public static void Check(DatasetSpec dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        CheckName(dataset.Id, "dataset");
        CheckName(dataset.Job, "job");
        ArgumentOutOfRangeException.ThrowIfLessThan(dataset.MostFailures, 1);
    }

    /// <summary>Refuses an operation's id that is empty, too long, or holds more than visible ASCII.</summary>
    public static void CheckOperation(string operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        if (!Operation().IsMatch(operation))
        {
            throw new ArgumentException($"The operation's id '{operation}' must be 1 to 200 visible ASCII characters.", nameof(operation));
        }
    }

    /// <summary>
    /// The incarnation after another. The time in it, in milliseconds since 1970, makes it a later one also where one copy is restored
    /// twice, or all is lost and made anew, which a mere count would not.
    /// </summary>
    public static long NextIncarnation(long before, DateTimeOffset now) => Math.Max(before + 1, now.ToUnixTimeMilliseconds());

    /// <summary>The shard's work as it is stored: the same work is always the same text.</summary>
    public static string Canonical(ShardWork work)
    {
        return LedgerJson.Write(work with { Environment = new SortedDictionary<string, string>(work.Environment.ToDictionary(), StringComparer.Ordinal) });
    }

    /// <summary>What a dataset is made with, as a hash, by which the same one is known again.</summary>
    public static string Fingerprint(DatasetSpec dataset)
    {
        return Hash([dataset.Id, dataset.Job, dataset.Kind.ToString(), $"{dataset.MostFailures}", .. dataset.Shards.Select(Canonical)]);
    }

    /// <summary>What an operation asks for when it adds shards: another request with its id is a conflict.</summary>
    public static string AddRequest(string dataset, IEnumerable<ShardWork> shards)
    {
        return $"add {Hash([dataset, .. shards.Select(Canonical)])}";
    }

    /// <summary>What an operation asks for when it commits: another request with its id is a conflict.</summary>
    public static string CommitRequest(ShardKey shard, LeaseToken token)
    {
        return $"commit {shard} {token.Incarnation}.{token.Epoch}";
    }

    /// <summary>Text for people without what a database refuses (NUL, halves of surrogate pairs), cut to a length that a page bears.</summary>
    public static string? Clean(string? text)
    {
        var start = text is null || text.Length <= LongestFailure ? text : text[^LongestFailure..];
        return start is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(start)).Replace('\0', ' ');
    }

    public static LedgerConflictException OtherDataset(string dataset)
    {
        return new LedgerConflictException($"A dataset '{dataset}' is there with another job, kind or shards; make it with the same ones or choose another id.");
    }

    public static LedgerConflictException NoDataset(string dataset)
    {
        return new LedgerConflictException($"There is no dataset '{dataset}' to add shards to; make it first.");
    }

    public static LedgerConflictException CancelledDataset(string dataset)
    {
        return new LedgerConflictException($"The dataset '{dataset}' is cancelled and takes no more shards.");
    }

    public static LedgerConflictException OtherRequest(string operation)
    {
        return new LedgerConflictException($"The operation '{operation}' has asked for something else before; each request needs an id of its own.");
    }

    private static void CheckName(string name, string what)
    {
        if (!Name().IsMatch(name))
        {
            throw new ArgumentException($"The {what}'s id '{name}' must be 1 to 300 letters, digits, '.', '_', '-' and '/'.");
        }
    }

    private static string Hash(IEnumerable<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(part));
            hash.AppendData([0]);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._/-]{1,300}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[!-~]{1,200}\z")]
    private static partial Regex Operation();
}
