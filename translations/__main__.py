"""`python -m translations`: brings every catalogue up to date with the code, and says what is still to be translated."""

import asyncio
import sys

from bot.texts.language import TRANSLATED
from translations.catalogue import load, save, source_of, untranslated, update
from translations.messages import all_messages


def main() -> int:
    """The process's exit code: 1 if anything is untranslated."""
    messages, code = asyncio.run(all_messages()), 0
    for language in TRANSLATED:
        catalog = load(language)
        update(catalog, messages)
        save(language, catalog)
        missing = untranslated(catalog)
        print(f"{language}: {len(messages) - len(missing)} of {len(messages)} messages are translated.")
        if missing:
            code = 1
            print(f"Translate these in {source_of(language)}, and run this again:", *missing, sep="\n  ")
    return code


if __name__ == "__main__":
    sys.exit(main())
