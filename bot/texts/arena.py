"""What the bot says in the arena."""

from bot.texts.template import Plural, Text

BASE_NAME = {"joke": Text("the base with examples"), "slogan": Text("the base model")}
CLOSED_ARENA = Text("The arena is closed. An admin opens it with `/arena start`.")
WRITES = {"joke": Text("tells this server's jokes"), "slogan": Text("writes this server's slogans")}
TOO_FEW = {
    "joke": Text("The arena needs two contestants, and has {count}. An admin adds models with `/arena add`."),
    "slogan": Text(
        "The arena needs two contestants for slogans, and has {count}. An admin adds models or prompts with `/arena add`."
    ),
}
NOT_HERE = Text("This model is not in the arena. `/arena ranking` shows which ones are.")
TAKES_PART = Text("This model is already in the arena.")
PROMPT_NOT_HERE = Text("This prompt is not in the arena. `/arena ranking` shows which ones are.")
PROMPT_TAKES_PART = Text("This prompt is already in the arena.")
GONE = Text("This round is gone.")
FORGOTTEN = Text("The member who opened this round asked the bot to forget it. Its votes still count.")
ROUND_CLOSED = Text("This round is closed, and its names are shown. Start another with `/arena play`.")
VOTED = Text("You already voted in this round.")
CONTESTANT_GONE = Text("The model server no longer has one of these models, so it has left the arena. Play again.")
ALIKE = Text("Both contestants gave the same answer, so there is nothing to choose between. Try another scenario.")
NO_VOTES = Text("Nobody has voted yet. `/arena play` starts a round.")
TOO_FEW_DECIDED = Text(
    "Only {count:,} of {rounds:,} closed rounds have a clear winner, and training needs at least {fewest}. Play more rounds with"
    " `/arena play`, or choose a smaller `votes` or `percent`."
)
ONE_SIDED = Text(
    "{name} won all {count:,} decided rounds, so a model would learn nothing from them. Add more contestants with `/arena add`, such as a"
    " checkpoint of {name}, and play more rounds."
)
WINNER_IN_USE = Text("{winner} leads the ranking and already {writes}.")
CURRENT_NOT_HERE = Text(
    "The model in use is not in the arena, so there is nothing to compare. Add it with `/arena add`."
)
PROMPT_NOT_HERE_NOW = Text(
    "The prompt in use is not in the arena, so there is nothing to compare. Add it with `/arena add`."
)
NOT_SURE = Text(
    "{winner} leads, but not surely: it beats an average contestant in {low:.0f} to {high:.0f} % of rounds, the model in use in"
    " {current_low:.0f} to {current_high:.0f} %. {more}"
)
TO_SETTLE = Plural("About 1 more vote may settle it.", "About {count:,} more votes may settle it.")
EVIDENCE = Text(
    "{winner} beat an average contestant in {low:.0f} to {high:.0f} % of rounds, the model in use in"
    " {current_low:.0f} to {current_high:.0f} % ({votes}, 95 % intervals)."
)

# Cards.
LEFT, RIGHT = Text("A"), Text("B")
ROUND_FOOTER = {
    "joke": Text("Which is funnier? Names are shown after you have voted."),
    "slogan": Text("Which is better? Names are shown after you have voted."),
}
ROUND_CLOSED_FOOTER = Text("Closed: {votes}")
ROUND_CLOSED_GONE = Text("Closed: {votes}. The model server no longer has {name}.")
VOTES_SO_FAR = Text("{votes} so far")
VOTES = Plural("1 vote", "{count:,} votes")
THANKS = Text("You chose {choice}. A was **{left}**, B was **{right}**.")
SKIPPED = Text("You skipped. A was **{left}**, B was **{right}**.")
CHOICES = {
    "left": Text("A"),
    "right": Text("B"),
    "both_good": Text("both good"),
    "both_bad": Text("both bad"),
    "skip": Text("to skip"),
}
SAT = Text("{seat}: {name}")
RESULT = Text("A {left}, B {right}, both good {both_good}, both bad {both_bad}")
STARTED = Text(
    "The arena is open with {contestants}. A round closes after {votes} or {minutes}. `/arena play` starts one."
)
CONTESTANTS = Plural("1 contestant", "{count} contestants")
MINUTES = Plural("1 minute", "{count} minutes")
STOPPED = Text("The arena is closed. Its votes and its ranking stay; `/arena start` opens it again.")
ADDED, REMOVED = Text("**{name}** is in the arena now."), Text("**{name}** has left the arena. Its votes stay.")
RANKING_TITLE = {"joke": Text("Arena ranking"), "slogan": Text("Arena ranking for slogans")}
STANDING = Text(
    "{rank}. **{name}**: beats an average contestant in {chance:.0f} % ({low:.0f} to {high:.0f} %), {votes}"
)
RANKED_BY = Text("{votes}, 95 % intervals. Models with the same number cannot be told apart yet.")
TO_PART = Plural(
    "About 1 more vote may separate the first two.", "About {count:,} more votes may separate the first two."
)
PARTED = Text("The first two are clearly apart.")
SEAT = Text("{share:.0f} % of decided votes went to A ({low:.0f} to {high:.0f} %).")
FAVOURS = Text(" That is more than chance, but sides are drawn, so it harms nobody.")
CAPPED = Text("{members} voted so often that their votes count less.")
MEMBERS = Plural("1 member", "{count:,} members")
PROMOTED = Text("🏆 **{name}** now {writes}. {evidence} `{undo!c}` undoes this.")
PROMOTED_PROMPT = Text("🏆 The base model now {writes} with the prompt **{name}**. {evidence} `{undo!c}` undoes this.")
UNDO_MODEL = {"joke": "/models rollback", "slogan": "/models rollback kind:slogan"}
UNDO_PROMPT = "/prompt use"
PAIRS_OF = Text(
    "Made from {rounds:,} closed rounds: a round counts if one answer got at least {votes} and {percent} % of all votes."
)
CHART_ALT_ONE = Text("{name} {chance:.0f} % ({low:.0f} to {high:.0f})")
CHART_ALT = Text("Ranking with 95 % intervals: {standings}")
