namespace Orleans;

/// <summary>Gives references to grains; none needs to be made first.</summary>
public interface IGrainFactory
{
    /// <summary>A reference to the grain of this key; the prefix chooses among several classes of one interface.</summary>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;
}
