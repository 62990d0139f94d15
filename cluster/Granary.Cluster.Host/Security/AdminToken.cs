namespace Granary.Cluster.Host.Security;

/// <summary>The first token of a coordinator, which makes all others possible.</summary>
internal static class AdminToken
{
    internal const string Name = "admin";

    private const string FileName = "admin.token";

    /// <summary>Where the token lies: beside the file with the tokens' hashes, for its owner only.</summary>
    internal static string PathOf(TokenFile tokens)
    {
        return Path.Combine(Path.GetDirectoryName(Path.GetFullPath(tokens.Path))!, FileName);
    }

    /// <summary>Makes it where there is no file of tokens.</summary>
    internal static void Ensure(TokenFile tokens)
    {
        if (!File.Exists(tokens.Path))
        {
            TokenFile.WriteToken(PathOf(tokens), tokens.Add(Name, TokenRole.Admin, lifetime: null));
        }
    }
}
