using Granary.Pipelines.Native.XGBoost;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>What grows trees on this machine.</summary>
public static class TreeLibrary
{
    /// <summary>The library's name and version; null, with the reason, when there is none.</summary>
    public static string? Find(out string missing)
    {
        try
        {
            missing = string.Empty;
            return $"XGBoost {XGBoostLibrary.Version}";
        }
        catch (XGBoostException exception)
        {
            missing = exception.Message.TrimEnd('.');
            return null;
        }
    }
}
