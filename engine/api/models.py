"""/v1/models: what can be asked for."""

from aiohttp import web
from openai.types import ModelDeleted

from engine.api.replies import reply, reply_list
from engine.api.services import Services, services_of
from engine.concurrency.tasks import to_the_end
from engine.protocol.errors import ApiError, no_such_model


async def list_models(request: web.Request) -> web.Response:
    return await reply_list(await services_of(request).catalogue.list())


async def retrieve_model(request: web.Request) -> web.Response:
    catalogue = services_of(request).catalogue
    return reply(catalogue.described(await catalogue.find(request.match_info["model"])))


async def delete_model(request: web.Request) -> web.Response:
    """DELETE /v1/models/{model}: a tuned model and its weights. Jobs that tune it further end."""
    services, model_id = services_of(request), request.match_info["model"]
    if services.catalogue.is_built_in(model_id):
        message = f"The model `{model_id}` is built in and cannot be deleted."
        raise ApiError(message, status=403, param="model", code="model_not_deletable")
    await to_the_end(_delete(services, model_id))
    return reply(ModelDeleted(id=model_id, deleted=True, object="model"))


async def _delete(services: Services, model_id: str) -> None:
    async with services.state.transaction():
        if not await services.state.models.delete(model_id):
            raise no_such_model(model_id)
    await services.queue.fail_tuning_of(model_id)
    if services.queue.works_here:  # otherwise the process where it does sees that the model is gone
        await services.catalogue.sweep()
