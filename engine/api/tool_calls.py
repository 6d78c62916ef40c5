"""Function calls in OpenAI's format, whole and streamed."""

from collections.abc import Sequence

from openai.types.chat import ChatCompletionMessage, ChatCompletionMessageFunctionToolCall
from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall, ChoiceDeltaToolCallFunction
from openai.types.chat.chat_completion_message_function_tool_call import Function

from engine.backends.interface import CallPiece, ToolCall


def message_with(text: str, calls: Sequence[ToolCall]) -> ChatCompletionMessage:
    """An answer's message. `tool_calls` is absent where there are none."""
    if not calls:
        return ChatCompletionMessage(role="assistant", content=text, refusal=None)
    listed = [
        ChatCompletionMessageFunctionToolCall(
            id=call.id, type="function", function=Function(name=call.name, arguments=call.arguments)
        )
        for call in calls
    ]
    return ChatCompletionMessage(role="assistant", content=text or None, refusal=None, tool_calls=[*listed])


def delta_of(piece: CallPiece) -> ChoiceDeltaToolCall:
    """Only a call's first delta has its id, type and name."""
    if not piece.name:
        more = ChoiceDeltaToolCallFunction(arguments=piece.arguments)
        return ChoiceDeltaToolCall(index=piece.index, function=more)
    begun = ChoiceDeltaToolCallFunction(name=piece.name, arguments=piece.arguments)
    return ChoiceDeltaToolCall(index=piece.index, id=piece.id, type="function", function=begun)
