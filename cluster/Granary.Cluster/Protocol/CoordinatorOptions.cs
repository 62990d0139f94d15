using System.Security.Cryptography;

namespace Granary.Cluster.Protocol;

/// <summary>How a coordinator is reached.</summary>
public sealed record CoordinatorOptions
{
    /// <summary>The variable that holds the coordinator's address, in what a worker runs.</summary>
    public const string AddressVariable = "GRANARY_COORDINATOR";

    /// <summary>The variable that names the file with the token.</summary>
    public const string TokenFileVariable = "GRANARY_TOKEN_FILE";

    /// <summary>The variable that holds the job's id, in a job's own process.</summary>
    public const string JobVariable = "GRANARY_JOB_ID";

    /// <summary>The coordinator's address, like "http://127.0.0.1:7420".</summary>
    public required Uri Address { get; init; }

    /// <summary>The token, which every request shows.</summary>
    public required string Token { get; init; }

    /// <summary>How long a call is tried again while the coordinator does not answer. Default 30 s; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one request may take beyond what it asks the coordinator to wait. Default 15 s.</summary>
    public TimeSpan RequestTime { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Where chance comes from, from 0 to below 1: it spreads attempts over time, and decides nothing else.</summary>
    internal Func<double> Chance { get; init; } = () => RandomNumberGenerator.GetInt32(1 << 20) / (double)(1 << 20);

    /// <summary>Reads the token from a file, so that it stands on no command line.</summary>
    /// <exception cref="CoordinatorException">There is no file, or no token in it.</exception>
    public static CoordinatorOptions Open(string address, string? tokenFile)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new CoordinatorException($"'{address}' is no address of a coordinator. Give one like http://127.0.0.1:7420.");
        }

        if (string.IsNullOrEmpty(tokenFile))
        {
            throw new CoordinatorException($"No file with a token is named. Give it by option, or in the variable {TokenFileVariable}; `granary token` makes tokens.");
        }

        if (!File.Exists(tokenFile))
        {
            throw new CoordinatorException($"There is no token file '{tokenFile}'. Name one that holds a token and nothing else.");
        }

        var token = File.ReadAllText(tokenFile).Trim();
        return token.Length > 0 && token.All(letter => letter is > ' ' and < (char)127)
            ? new CoordinatorOptions { Address = uri, Token = token }
            : throw new CoordinatorException($"The file '{tokenFile}' holds no token. A token is one line of letters and digits.");
    }
}
