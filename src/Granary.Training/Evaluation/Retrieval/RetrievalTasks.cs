namespace Granary.Training.Evaluation.Retrieval;

/// <summary>The tasks there are.</summary>
public static class RetrievalTasks
{
    private static readonly IRetrievalTask[] All = [new PairsTask("key-value", _ => 1), new PairsTask("multi-key", plan => plan.Pairs), new ContextReversalTask(), new ReversalTask()];

    /// <summary>Facts learned in training, the only task that a model can do in no world but the one it was trained in.</summary>
    public static string Reversal => ReversalTask.TaskName;

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names => [.. All.Select(task => task.Name)];

    /// <summary>The task of a name.</summary>
    /// <exception cref="ArgumentException">No task has it.</exception>
    internal static IRetrievalTask Of(string name)
    {
        return All.FirstOrDefault(task => task.Name == name)
            ?? throw new ArgumentException($"No task is named '{name}'. Known: {string.Join(", ", Names.Select(known => $"'{known}'"))}.", nameof(name));
    }
}
