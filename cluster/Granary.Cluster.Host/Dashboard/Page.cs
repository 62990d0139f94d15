namespace Granary.Cluster.Host.Dashboard;

/// <summary>The dashboard's files, which lie in the program itself.</summary>
internal static class Page
{
    internal static string Index { get; } = Read("dashboard.html");

    internal static string Login { get; } = Read("login.html");

    internal static string Script { get; } = Read("dashboard.js");

    internal static string Style { get; } = Read("dashboard.css");

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Page).Assembly.GetManifestResourceStream($"{typeof(Page).Namespace}.{name}")!);
        return reader.ReadToEnd();
    }
}
