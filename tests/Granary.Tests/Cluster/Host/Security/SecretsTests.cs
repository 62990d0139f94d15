using System.Runtime.Versioning;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Tests;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;

namespace Granary.Cluster.Host.Security.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class SecretsTests
{
    [Test]
    public async Task No_token_reaches_a_log_an_answer_or_a_metric()
    {
        await using var host = await RunningHost.StartAsync();
        var answers = new List<string>();
        host.Cluster.Grain<IQueueGrain>(IQueueGrain.Main).On(nameof(IQueueGrain.SnapshotAsync), _ => Task.FromException<QueueSnapshot>(new InvalidOperationException("fault")));
        var tokens = Enum.GetValues<TokenRole>().Select(host.TokenOf)
            .Concat(Enum.GetValues<PassRole>().Select(role => host.PassOf(role, "none", new ShardKey("none/driver", 0), new LeaseToken(1, 1))))
            .Append("grn_canary-0123456789-0123456789-0123456789").ToList();

        foreach (var token in tokens)
        {
            var client = host.ClientWith(token);
            foreach (var path in (string[])[Routes.Jobs, Routes.Queue, "/metrics", "/nothing", "/v1/jobs/none", "/openapi.json", "/"])
            {
                answers.Add(await (await client.GetAsync(path)).Content.ReadAsStringAsync());
            }

            answers.Add(await (await client.SendAsync(Routes.Jobs, new JobSubmission { Key = "a", Configuration = "name: a" })).Content.ReadAsStringAsync());
            var form = new FormUrlEncodedContent([KeyValuePair.Create("token", token), KeyValuePair.Create("seal", "x")]);
            answers.Add(await (await client.PostAsync("/login", form)).Content.ReadAsStringAsync());
        }

        Assert.That(host.Logs.Lines, Has.Count.GreaterThan(100), "everything is captured, down to the lowest level");
        foreach (var token in tokens)
        {
            var secret = token[4..];
            Assert.That(host.Logs.Lines.Where(line => line.Contains(secret, StringComparison.OrdinalIgnoreCase)), Is.Empty);
            Assert.That(answers.Where(answer => answer.Contains(secret, StringComparison.OrdinalIgnoreCase)), Is.Empty);
            Assert.That(host.Logs.Lines.Where(line => line.Contains(TokenText.HashText(token), StringComparison.OrdinalIgnoreCase)), Is.Empty);
        }
    }

    [Test]
    public async Task A_running_coordinator_sees_a_token_that_is_added_or_revoked_and_says_so()
    {
        await using var host = await RunningHost.StartAsync();
        var token = host.Tokens.Add("late", TokenRole.Read, lifetime: null);
        var client = host.ClientWith(token);

        var before = await client.GetAsync(Routes.Jobs);
        host.Tokens.Revoke("late");
        var after = await client.GetAsync(Routes.Jobs);

        Assert.That(((int)before.StatusCode, (int)after.StatusCode), Is.EqualTo((200, 401)));
        Assert.That(host.Logs.Lines, Has.Some.Contains("Token 'late' with role 'Read' is valid").And.Some.Contains("Token 'late' with role 'Read' is revoked"));
    }

    [Test]
    public async Task The_first_start_leaves_an_admins_token_for_its_owner_only()
    {
        await using var host = await RunningHost.StartAsync(options: options => options with { TokensFile = Path.Combine(options.Folder, "other", "tokens.json") });
        var path = CoordinatorHost.AdminTokenPath(new ServeOptions { Folder = host.Folder, TokensFile = Path.Combine(host.Folder, "other", "tokens.json") });

        var answer = await host.ClientWith((await File.ReadAllTextAsync(path)).Trim()).GetAsync(Routes.Jobs);

        Assert.That((int)answer.StatusCode, Is.EqualTo(200));
        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }
}
