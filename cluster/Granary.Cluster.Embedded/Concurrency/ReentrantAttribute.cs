namespace Orleans.Concurrency;

/// <summary>Lets all calls of a grain class run between the turns of others that wait for something.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;
