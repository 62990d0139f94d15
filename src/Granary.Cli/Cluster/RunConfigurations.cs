using Granary.Cluster.Grains;
using Granary.Core.Configuration;
using Granary.Torch;

namespace Granary.Cli.Cluster;

/// <summary>Checks jobs' configurations as the command will that reads them: all commands that a job may be read a run's.</summary>
internal sealed class RunConfigurations : IJobConfigurations
{
    public JobNeeds Check(string command, string configuration)
    {
        var config = ConfigurationFile.Parse<RunConfig>(configuration, "configuration");

        // The stages before training compute on the CPU, and so do the proxies of a search.
        return new JobNeeds(config.Name, command is "run" or "train" ? GpusOf(config) : 0);
    }

    // As many as there must be for the one that is named to be there; where others train, what is trained is measured there.
    private static int GpusOf(RunConfig config)
    {
        var device = config.Training.ToDevice();
        return device.Type == DeviceType.CUDA ? Math.Max(0, device.Index) + 1 : 0;
    }
}
