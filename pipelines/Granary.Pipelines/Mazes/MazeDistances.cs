namespace Granary.Pipelines.Mazes;

/// <summary>How far cells are from the goal.</summary>
internal static class MazeDistances
{
    /// <summary>Steps from each cell to the goal; -1 where no way leads there.</summary>
    public static int[] ToGoal(Maze maze)
    {
        var distances = new int[maze.CellCount];
        Array.Fill(distances, -1);
        distances[maze.Goal] = 0;
        var queue = new Queue<int>([maze.Goal]);
        Span<int> steps = stackalloc int[4];
        while (queue.TryDequeue(out var cell))
        {
            foreach (var next in steps[..maze.CopySteps(cell, steps)])
            {
                if (distances[next] < 0)
                {
                    distances[next] = distances[cell] + 1;
                    queue.Enqueue(next);
                }
            }
        }

        return distances;
    }
}
