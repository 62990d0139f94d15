namespace Orleans.Concurrency;

/// <summary>Lets a method of a grain's interface run between the turns of calls that wait for something.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;
