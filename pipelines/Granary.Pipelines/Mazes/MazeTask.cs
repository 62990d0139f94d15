using Granary.Core.Randomness;

namespace Granary.Pipelines.Mazes;

/// <summary>A maze and the path that answers it.</summary>
/// <param name="Maze">The maze.</param>
/// <param name="Path">The cells from start to goal: the only path of a Dfs maze, of the shortest the one <see cref="AStarSolver"/> finds.</param>
/// <param name="Key">The stream of what else is random about the task: the order in which its passages are written.</param>
public sealed record MazeTask(Maze Maze, IReadOnlyList<int> Path, RandomKey Key);
