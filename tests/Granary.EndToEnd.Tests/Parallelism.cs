// Fixtures run two at a time: what they wait for is processes of their own, in folders of their own.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(2)]
