"""The ways to tune a model, by OpenAI's names."""

from typing import Literal, TypeAlias

MethodName: TypeAlias = Literal["supervised", "dpo"]
