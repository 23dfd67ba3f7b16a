"""Runs one GraphQL operation: prepare it, then execute it or subscribe to it."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import closing
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final, cast

from graphql import ExecutionResult, GraphQLError, default_field_resolver, default_type_resolver
from graphql.execution import create_source_event_stream
from graphql.execution.async_iterables import aclosing
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from engine.answers import Answer
from engine.complexity import Estimator
from engine.documents import Documents
from engine.draft import Draft
from engine.errors import UNAVAILABLE, Mask, Rejected, refusal
from engine.levels import Levels
from engine.plans import Plans
from engine.requested import Operation, OperationRequest
from engine.sharing import Sharing
from engine.subscribers import Source, Subscriber
from engine.variables import coerced

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

    import strawberry
    from graphql import Executor, FieldNode

    from engine.limits import Limits
    from engine.subscribers import Delivery

    Refused = Callable[[Any, str, Exception | None], Awaitable[None]]
    """`refused(context, mutation, error)` is told what a mutation failed of."""

Data = tuple[dict[str, Any] | None, list[GraphQLError], bool]
SWITCHED_OFF: Final = "switched off"

__all__ = ["Answer", "Engine", "Operation", "OperationRequest", "Rejected"]


OPENED: Final = Answer(data=None, errors=[])


class Engine:
    """Executes operations of one schema within limits; safe to share between requests."""

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        limits: Limits,
        introspection: bool,
        suggestions: bool,
        public_errors: tuple[type[Exception], ...],
        planned: bool = True,
        refused: Refused | None = None,
    ) -> None:
        """`planned=False` lets graphql-core execute everything: more slowly, with equal answers."""
        self._planned = planned
        self._schema = schema._schema  # noqa: SLF001  Strawberry has no public name for it
        self._converter = schema.schema_converter
        self._plans = Plans(self._schema, hide_suggestions=not suggestions)
        self._sharing = Sharing()
        self.handed_over: Counter[str] = Counter()
        """How often graphql-core executed an operation, or a part of one, by reason."""

        self._limits = limits
        self._suggestions = suggestions
        self._refused = refused
        self.mask = Mask(public_errors)
        self._estimator = Estimator(self._schema, limits)
        self.documents = Documents(
            self._schema, limits, introspection=introspection, suggestions=suggestions
        )

    def prepare(self, request: OperationRequest) -> Operation:
        """Parse, validate, coerce and weigh; whatever is wrong raises Rejected."""
        document = self.documents.get(request.query)
        definition = document.operation(request.operation_name)
        variables = coerced(
            self._schema, definition, request.variables or {}, suggestions=self._suggestions
        )
        self._estimator.check(document, definition, variables.coerced)
        return Operation(document, definition, variables, request)

    async def execute(self, operation: Operation, context: Any) -> Answer:
        """The answer to a query or mutation; errors in resolvers are part of it."""
        if operation.kind == "query":
            return (await self._answer(operation, context, None))[0]
        context = context.fresh()
        try:
            return (await self._answer(operation, context, None))[0]
        finally:
            await context.settle()

    async def answer_event(self, operation: Operation, context: Any, event: Any) -> Answer:
        """What a subscription answers to an event, for one who has not subscribed."""
        return (await self._answer(operation, context.fresh(), event))[0]

    async def subscribe(
        self,
        operation: Operation,
        context: Any,
        renew: Callable[[], Awaitable[Any]],
        delivery: Delivery | None = None,
    ) -> AsyncGenerator[Answer, None]:
        """One answer an event, each resolved with the fresh context that `renew` gives.

        A source that cannot be opened raises Rejected. A source or renewal that fails later
        ends the stream with the error as last answer. Closing the stream closes its source.
        Answers that need not be waited for go out by the `delivery`, where there is one, and are
        not iterated.
        """
        answers = self._answers(operation, context, renew, delivery)
        await anext(answers)
        return answers

    async def _answers(
        self,
        operation: Operation,
        context: Any,
        renew: Callable[[], Awaitable[Any]],
        delivery: Delivery | None,
    ) -> AsyncGenerator[Answer, None]:
        """Says OPENED first, so that the source is open before there is anything to wait for."""
        async with aclosing(await self._source(operation, context)) as events:
            subscriber = Subscriber(self._sharing, operation, context, renew, self._executed)
            if delivery is not None and isinstance(events, Source):
                subscriber.listen(events, delivery)
            with closing(subscriber):
                yield OPENED
                try:
                    async for event in events:
                        yield await subscriber.answer(event)
                    await subscriber.flushed()
                except Exception as error:  # noqa: BLE001  whatever ends the source is its last answer
                    failure = GraphQLError(str(error), original_error=error)
                    yield Answer(None, self._formatted([failure], context), is_failure=True)

    async def _source(self, operation: Operation, context: Any) -> AsyncIterator[Any]:
        try:
            async with asyncio.timeout(self._limits.operation_timeout):
                source = create_source_event_stream(self._core(operation, context, None))
                opened = await source if isawaitable(source) else source
        except TimeoutError:
            raise Rejected(self._formatted([self._overtime()], context)) from None
        if isinstance(opened, ExecutionResult):
            raise Rejected(self._formatted(opened.errors or [], context))
        return aiter(opened)

    async def _executed(
        self, operation: Operation, context: Any, event: Any
    ) -> tuple[Answer, bool]:
        answer, is_for_all = await self._answer(operation, context, event)
        answer.position = getattr(event, "position", None)
        return answer, is_for_all

    async def _answer(self, operation: Operation, context: Any, root: Any) -> tuple[Answer, bool]:
        """The answer, and whether it is the same for all who see the same."""
        reason = operation.document.traits.unplanned if self._planned else SWITCHED_OFF
        try:
            async with asyncio.timeout(self._limits.operation_timeout):
                if reason is None:
                    data, errors, is_for_all = await self._planned_data(operation, context, root)
                else:
                    self.handed_over[reason] += 1
                    data, errors, is_for_all = await _core_data(
                        self._core(operation, context, root)
                    )
        except TimeoutError:
            return Answer(None, self._formatted([self._overtime()], context)), False
        if errors and operation.kind == "mutation":
            await self._report(errors, context)
        return Answer(data, self._formatted(errors, context)), is_for_all and not errors

    async def _report(self, errors: list[GraphQLError], context: Any) -> None:
        """Tell which mutations failed, once nothing is held of what was only tried."""
        await context.settle()
        for error in errors:
            if self._refused is not None and len(error.path or ()) == 1 and error.nodes:
                [node, *_] = cast("list[FieldNode]", error.nodes)
                await self._refused(context, node.name.value, error.original_error)

    async def _planned_data(self, operation: Operation, context: Any, root: Any) -> Data:
        plan = self._plans.get(operation.document, operation.definition, operation.variables)
        core = partial(self._core, operation, context, root)
        draft = Draft(core, context, operation.variables, root)
        levels = Levels(plan, draft, self._converter, self._count_handed_over)
        await levels.execute()
        self._plans.used(plan)
        return draft.data, draft.errors, not levels.is_personal

    def _count_handed_over(self, reason: str) -> None:
        self.handed_over[reason] += 1

    def _overtime(self) -> GraphQLError:
        seconds = self._limits.operation_timeout
        return refusal(UNAVAILABLE, f"The operation took longer than {seconds:g} seconds.")

    def _formatted(self, errors: list[GraphQLError], context: Any) -> list[dict[str, Any]]:
        return self.mask.format(errors, context.request_id) if errors else []

    def _core(self, operation: Operation, context: Any, root: Any) -> Executor[Any]:
        """graphql-core's executor for the operation."""
        document = operation.document
        return StrawberryGraphQLCoreExecutionContext(
            self._schema,
            document.fragments,
            document.details,
            root,
            context,
            operation.definition,
            operation.variables,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            is_awaitable=optimized_is_awaitable,
            hide_suggestions=not self._suggestions,
            operation_extensions=operation.request.extensions,
        )


async def _core_data(executor: Executor[Any]) -> Data:
    result = executor.execute_operation()
    done = cast("ExecutionResult", await result if isawaitable(result) else result)
    return done.data, done.errors or [], False
