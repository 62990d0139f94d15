namespace Granary.Pipelines.Mazes;

/// <summary>Which side a maze is on; its layout decides, so no layout is ever on both, whatever the seeds.</summary>
public enum MazeSplit
{
    /// <summary>Mazes to learn from: fifteen layouts in sixteen.</summary>
    Training,

    /// <summary>Mazes to measure on.</summary>
    Validation,
}
