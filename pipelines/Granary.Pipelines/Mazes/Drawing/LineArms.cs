namespace Granary.Pipelines.Mazes.Drawing;

/// <summary>The directions in which lines leave a point.</summary>
[Flags]
internal enum LineArms
{
    None = 0,
    Up = 1,
    Right = 2,
    Down = 4,
    Left = 8,
}
