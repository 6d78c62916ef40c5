"""How strict a server is with what the model server's moderation says."""

from bot.model_server.judgement import Judgement
from bot.store.moderation import ModerationRules

STRICT, NORMAL, OFF = LEVELS = ("strict", "normal", "off")
STRICT_SCORE = 0.2  # from which score on a strict server refuses a category that is not flagged yet


def level_of(rules: ModerationRules) -> str:
    """How strict a server is."""
    return rules.level if rules.level in LEVELS else NORMAL


def refused(judged: Judgement, level: str) -> tuple[str, ...]:
    """The categories that a server of this level does not let through, the worst first."""
    if level == OFF:
        return ()
    near = {name for name, score in judged.scores.items() if score >= STRICT_SCORE} if level == STRICT else set()
    return tuple(sorted(judged.flagged | near, key=lambda name: (-judged.scores.get(name, 0.0), name)))
