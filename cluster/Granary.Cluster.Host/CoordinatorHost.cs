using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Text.Encodings.Web;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Dashboard;
using Granary.Cluster.Host.Endpoints;
using Granary.Cluster.Host.Errors;
using Granary.Cluster.Host.Files;
using Granary.Cluster.Host.Metrics;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Hosting;
using Granary.Core.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Granary.Cluster.Host;

/// <summary>Puts the coordinator together: database, grains, and the HTTP interface before them.</summary>
[UnsupportedOSPlatform("windows")]
public static class CoordinatorHost
{
    // What is under way when the end is asked for gets this long; long waits end at once.
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The whole coordinator, not yet started. The database is opened, and the first start's admin token made, on the way; the
    /// addresses it listens on are known once it runs.
    /// </summary>
    /// <param name="options">Where it listens, and where everything lies.</param>
    /// <param name="configurations">Checks jobs' configurations.</param>
    /// <param name="time">The clock of everything but PostgreSQL's leases.</param>
    /// <param name="addLogs">Says where log lines go.</param>
    /// <exception cref="ConfigurationException">It cannot be started like this.</exception>
    public static WebApplication Build(ServeOptions options, IJobConfigurations configurations, TimeProvider time, Action<ILoggingBuilder> addLogs)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configurations);
        Check(options);
        Directory.CreateDirectory(options.Folder);
        var database = DatabaseAddress.Resolve(options, Environment.GetEnvironmentVariable);
        return Build(options, new HostLimits(), time, builder => AddCluster(builder, options, configurations, database), addLogs);
    }

    /// <summary>Where the first start's admin token lies.</summary>
    public static string AdminTokenPath(ServeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return AdminToken.PathOf(TokensOf(options, TimeProvider.System));
    }

    /// <summary>The HTTP interface over whatever the services give as grains and ledger.</summary>
    internal static WebApplication Build(ServeOptions options, HostLimits limits, TimeProvider time, Action<WebApplicationBuilder> addCluster, Action<ILoggingBuilder> addLogs)
    {
        var address = ListenAddress.Of(options, time);
        var tokens = TokensOf(options, time);
        AdminToken.Ensure(tokens);

        // Nothing is taken from files or variables that happen to be there.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = options.Folder });
        addLogs(builder.Logging);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, address, limits));
        builder.Services.AddSingleton(options).AddSingleton(limits).AddSingleton(time).AddSingleton(tokens);
        addCluster(builder);
        AddServices(builder.Services, options, limits);
        var application = builder.Build();
        Compose(application, limits);
        return application;
    }

    // Shorter, and the rows of a job would go while answers about its end are still on their way.
    private static void Check(ServeOptions options)
    {
        var errors = new ConfigurationErrors();
        errors.Require(options.EndedJobsStay >= TimeSpan.FromHours(1), "keep_jobs", options.EndedJobsStay, "an hour or more");
        errors.ThrowIfAny("serve");
    }

    private static TokenFile TokensOf(ServeOptions options, TimeProvider time)
    {
        return new TokenFile(options.TokensFile ?? Path.Combine(options.Folder, TokenFile.Name), time);
    }

    private static void AddCluster(WebApplicationBuilder builder, ServeOptions options, IJobConfigurations configurations, string database)
    {
        // In this order: tables, then grains, then what they left undone, then requests.
        builder.Services.AddSingleton(configurations).AddGranaryGrains(new ClusterOptions { Folder = options.Folder, LeaseTime = options.LeaseTime, EndedJobsStay = options.EndedJobsStay });
        builder.Services.AddHostedService<LedgerOpening>();
        builder.AddGrainRuntime(database);
        builder.Services.AddHostedService<ClusterResumption>();
    }

    private static void Listen(KestrelServerOptions kestrel, ListenAddress address, HostLimits limits)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = limits.Connections;
        kestrel.Limits.MaxRequestBodySize = limits.BodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.HeaderBytes;
        kestrel.Limits.MaxRequestHeaderCount = limits.Headers;
        foreach (var endpoint in address.Endpoints)
        {
            kestrel.Listen(endpoint, listen =>
            {
                if (address.Certificate is { } certificate)
                {
                    listen.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificate = certificate, SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 });
                }
                else
                {
                    listen.Protocols = HttpProtocols.Http1;
                }
            });
        }
    }

    private static void AddServices(IServiceCollection services, ServeOptions options, HostLimits limits)
    {
        services.Configure<HostOptions>(host => host.ShutdownTimeout = EndTime);
        services.Configure<JsonOptions>(json => WireFormat.CopyTo(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(route => route.ThrowOnBadRequest = true);
        services.AddRouting().AddHttpContextAccessor().AddMetrics().AddRateLimiter(limiter => RateLimits.AddTo(limiter, limits));
        services.AddOpenApi(ApiDescription.Configure);

        services.AddSingleton(UrlEncoder.Default).AddSingleton<TokenDirectory>().AddSingleton<PassSeal>().AddSingleton<PassReader>().AddSingleton<BrowserSessions>().AddSingleton<AuditLog>().AddSingleton<OutageLog>();
        services.AddAuthenticationCore(authentication =>
        {
            authentication.DefaultScheme = TokenAuthentication.SchemeName;
            authentication.AddScheme<TokenAuthentication>(TokenAuthentication.SchemeName, displayName: null);
        });
        services.AddTransient<TokenAuthentication>().AddAuthorization(Policies.AddTo);

        services.AddSingleton<ClusterReader>().AddSingleton<LeaseWait>().AddSingleton<JobPaths>().AddScoped<RequestEnd>();
        services.AddSingleton<ClusterMeters>().AddSingleton<PrometheusText>().AddSingleton<StandingReader>();
        if (options.Otlp is not null)
        {
            services.AddHostedService<OtlpExport>();
        }
    }

    private static void Compose(WebApplication application, HostLimits limits)
    {
        // Listens from the beginning, or what is counted before the first look at the metrics would be lost.
        application.Services.GetRequiredService<PrometheusText>();

        // A key that cannot be used is told of at the start, not to the first worker.
        application.Services.GetRequiredService<PassSeal>();

        SecurityHeaders.Use(application);
        RequestCounting.Use(application, application.Services.GetRequiredService<ClusterMeters>());
        application.UseMiddleware<FailureMiddleware>();
        application.UseRouting();
        application.UseAuthentication();
        UnmatchedRequests.Use(application);
        application.UseAuthorization();
        application.UseRateLimiter();

        NodeEndpoints.Map(application);
        LeaseEndpoints.Map(application);
        GenerationEndpoints.Map(application);
        JobEndpoints.Map(application);
        JobFileEndpoints.Map(application);
        DatasetEndpoints.Map(application, limits);
        DashboardEndpoints.Map(application);
        LoginEndpoints.Map(application);
        ServiceEndpoints.Map(application);
    }
}
