using Granary.Core.Randomness;

namespace Granary.Pipelines.Decomposition.Packing.Tests;

public sealed class CapacityIndexTests
{
    [TestCase(1)]
    [TestCase(63)]
    [TestCase(64)]
    [TestCase(5_000)]
    [TestCase(300_000, Description = "four levels of words")]
    public void Smallest_room_that_suffices_is_found_as_by_looking_at_all(int largest)
    {
        var (index, rooms) = (new CapacityIndex(largest), new List<int>());
        var open = new SortedSet<(int Room, int Row)>();
        var key = RandomKey.FromSeed(1).Fold(largest);
        for (var i = 0; i < 3_000; i++)
        {
            if (key.BelowAt(2 * i, 2) == 0)
            {
                rooms.Add((int)key.BelowAt((2 * i) + 1, largest + 1));
                index.Put(rooms.Count - 1, rooms[^1]);
                open.Add((rooms[^1], rooms.Count - 1));
                continue;
            }

            var size = (int)key.BelowAt((2 * i) + 1, largest + 1);
            var expected = open.FirstOrDefault(entry => entry.Room >= size, (Room: -1, Row: -1)).Room;
            var (row, room) = index.TakeSmallest(size);
            Assert.That(row < 0 ? -1 : room, Is.EqualTo(expected));
            Assert.That(row < 0 || open.Remove((room, row)), Is.True, "the row has that room and was there");
        }
    }
}
