using DigitalTwin.Model.Schema;
using Microsoft.Extensions.Hosting;

namespace DigitalTwin.Gateway.Api;

/// <summary>Makes what every page asks for first while nobody is waiting for it.</summary>
internal sealed class CityWarmUp(CityDocuments documents, CitySearch search) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(
        () =>
        {
            documents.City.Compress();
            documents.Models.Compress();
            documents.Ground.Compress();
            foreach (var kind in Enum.GetValues<TwinKind>())
            {
                if (stoppingToken.IsCancellationRequested)
                    return;
                documents.Scene(kind).Compress();
            }

            search.Find("warm-up", limit: 1);
        },
        CancellationToken.None);
}
