namespace Granary.Distributed.Ranks.Tests;

public sealed class SlurmNodeListTests
{
    [TestCase("node1", "node1")]
    [TestCase("node[01-03,7]", "node01 node02 node03 node7")]
    [TestCase("a1,b[2-3],c", "a1 b2 b3 c")]
    [TestCase("r[1-2]n[08-09]-x", "r1n08-x r1n09-x r2n08-x r2n09-x")]
    [TestCase("node[9-11]", "node9 node10 node11")]
    [TestCase("node[098-101]", "node098 node099 node100 node101")]
    [TestCase("gpu-node.cluster", "gpu-node.cluster")]
    public void A_list_of_nodes_is_expanded_in_its_order(string list, string hosts)
    {
        Assert.That(SlurmNodeList.Expand(list), Is.EqualTo(hosts.Split(' ')));
    }

    [TestCase("")]
    [TestCase("a,,b")]
    [TestCase("node[1-3")]
    [TestCase("node1]")]
    [TestCase("node]1[")]
    [TestCase("node[]")]
    [TestCase("node[3-1]")]
    [TestCase("node[1-2-3]")]
    [TestCase("node[x]")]
    [TestCase("node[0-2000000000]")]
    public void What_is_no_list_gives_no_hosts(string list)
    {
        Assert.That(SlurmNodeList.Expand(list), Is.Empty);
    }

    [TestCase("4", "4")]
    [TestCase("4(x2),3", "4 4 3")]
    [TestCase("1,2(x3)", "1 2 2 2")]
    [TestCase("4(x", "")]
    [TestCase("(x2)", "")]
    [TestCase("4(x0)", "")]
    [TestCase("two", "")]
    public void Counts_are_expanded_in_their_order(string list, string counts)
    {
        Assert.That(SlurmNodeList.ExpandCounts(list), Is.EqualTo(counts.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)));
    }
}
