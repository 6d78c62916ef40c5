"""What a member agrees to: the purpose, the dataset, and the model servers that receive the text."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.settings import Settings, is_own_engine
from bot.texts import contributions as texts
from bot.texts.template import Sentence, markdown


@dataclass(frozen=True)
class Terms:
    """The terms in the form. `kind` is joke or slogan, `consent` the exact text in Discord's markdown."""

    draft_id: int
    draft: str
    kind: str
    model_server: str
    consent: str


def terms_for(draft_id: int, draft: str, kind: str, model_server: Sentence) -> Terms:
    """The terms for contributions to a draft."""
    consent = markdown(texts.CONSENT, {"dataset": draft, "kind": kind, "model_server": str(model_server)})
    return Terms(draft_id, draft, kind, str(model_server), consent)


def model_server(settings: Settings) -> Sentence:
    """The servers that receive examples, in words: the one that trains, and the one that compares texts if it is another."""
    training = _host(settings.finetune_base_url or settings.openai_base_url)
    chat = _host(settings.openai_base_url)
    return training if chat == training else texts.BOTH_SERVERS.of(training=training, chat=chat)


def _host(base_url: str) -> Sentence:
    host = urlsplit(base_url).hostname or ""
    return texts.OWN_SERVER.of(host=host) if is_own_engine(base_url) else texts.SERVER.of(host=host)
