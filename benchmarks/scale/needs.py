"""What a community needs in a month and a year: rows, bytes, hours, connections, dollars."""

from dataclasses import dataclass

from benchmarks.scale import constants as known
from benchmarks.scale.formulas import DAYS, MONTHS, Community, Plan, shards
from bot.prices import load_prices
from bot.tokens import Tokens

MODEL = "gpt-6-luna"
GB = 1e9


@dataclass(frozen=True)
class Needs:
    """Bytes are at the end of a year in which nothing is deleted; `rewriting_seconds` is None where nobody measured it."""

    shards: int
    start_minutes: float
    process_mib: float
    connections: int
    rows: float
    ledger_bytes: float
    answer_bytes: float
    rewriting_seconds: float | None
    vector_bytes: float
    embedding_hours: float
    training_hours: float
    dollars: float


def needs(community: Community, plan: Plan) -> Needs:
    """Training and embedding hours are those of one machine of two cores; dollars a month are what a provider would take for the answers."""
    answers = community.servers * community.members * community.commands * community.model_share * DAYS
    kept = min(answers, community.servers * known.MOST_ANSWERS)
    size = kept * plan.turns.answer_bytes
    texts = community.servers * community.texts
    price = load_prices().chat_nanodollars(MODEL, Tokens(community.prompt_tokens, community.answer_tokens))
    assert price is not None, f"{MODEL} is in the shipped list"
    return Needs(
        shards(community),
        shards(community) * known.IDENTIFY_SECONDS / 60,
        known.PROCESS_MIB + community.servers / plan.processes * known.SERVER_KIB / 1024,
        plan.processes * known.CONNECTIONS if plan.turns.trips else 0,
        answers,
        answers * known.LEDGER_BYTES,
        size,
        None if plan.turns.trips else size * known.REWRITE_SECONDS,
        texts * known.VECTOR_BYTES,
        texts / known.EMBEDDED / 3600,
        community.servers * community.trainings * known.TRAINING_SECONDS / 3600,
        answers / MONTHS * price / 1e9,
    )
