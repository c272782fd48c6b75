using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.Api;

/// <summary>The one place where a refused parameter or body becomes an answer.</summary>
internal static class RequestRefusal
{
    public static RouteGroupBuilder RefuseAsProblem(this RouteGroupBuilder group) =>
        group.AddEndpointFilter(RefuseAsync);

    private static async ValueTask<object?> RefuseAsync(
        EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (ParameterException refused)
        {
            return TypedResults.Problem(refused.Message, statusCode: StatusCodes.Status400BadRequest);
        }
        catch (BodyException refused)
        {
            return TypedResults.Problem(refused.Message, statusCode: refused.StatusCode);
        }
    }
}
