"""What the bot says in the arena."""

BASE_NAME = {"joke": "the base with examples", "slogan": "the base model"}
CLOSED_ARENA = "The arena is closed. An admin opens it with `/arena start`."
WRITES = {"joke": "tells this server's jokes", "slogan": "writes this server's slogans"}
TOO_FEW = {
    "joke": "The arena needs two contestants, and has {count}. An admin adds models with `/arena add`.",
    "slogan": "The arena needs two contestants for slogans, and has {count}. An admin adds models or prompts with `/arena add`.",
}
NOT_HERE = "This model is not in the arena. `/arena ranking` shows which ones are."
TAKES_PART = "This model is already in the arena."
PROMPT_NOT_HERE = "This prompt is not in the arena. `/arena ranking` shows which ones are."
PROMPT_TAKES_PART = "This prompt is already in the arena."
GONE = "This round is gone."
FORGOTTEN = "The member who opened this round asked the bot to forget it. Its votes still count."
ROUND_CLOSED = "This round is closed, and its names are shown. Start another with `/arena play`."
VOTED = "You already voted in this round."
CONTESTANT_GONE = "The model server no longer has one of these models, so it has left the arena. Play again."
ALIKE = "Both contestants gave the same answer, so there is nothing to choose between. Try another scenario."
NO_VOTES = "Nobody has voted yet. `/arena play` starts a round."
TOO_FEW_DECIDED = (
    "Only {count:,} of {rounds:,} closed rounds have a clear winner, and training needs at least {fewest}. Play more rounds with"
    " `/arena play`, or choose a smaller `votes` or `percent`."
)
ONE_SIDED = (
    "{name} won all {count:,} decided rounds, so a model would learn nothing from them. Add more contestants with `/arena add`, such as a"
    " checkpoint of {name}, and play more rounds."
)
WINNER_IN_USE = "{winner} leads the ranking and already {writes}."
CURRENT_NOT_HERE = "The model in use is not in the arena, so there is nothing to compare. Add it with `/arena add`."
PROMPT_NOT_HERE_NOW = "The prompt in use is not in the arena, so there is nothing to compare. Add it with `/arena add`."
NOT_SURE = (
    "{winner} leads, but not surely: it beats an average contestant in {low:.0f} to {high:.0f} % of rounds, the model in use in"
    " {current_low:.0f} to {current_high:.0f} %. About {votes:,} more votes may settle it."
)
EVIDENCE = (
    "{winner} beat an average contestant in {low:.0f} to {high:.0f} % of rounds, the model in use in"
    " {current_low:.0f} to {current_high:.0f} % ({votes:,} votes, 95 % intervals)."
)

# Cards.
LEFT, RIGHT = "A", "B"
ROUND_FOOTER = {
    "joke": "Which is funnier? Names are shown after you have voted.",
    "slogan": "Which is better? Names are shown after you have voted.",
}
ROUND_CLOSED_FOOTER = "Closed: {votes}"
ROUND_CLOSED_GONE = "Closed: {votes}. The model server no longer has {name}."
VOTES_SO_FAR = "{votes} so far"
ONE_VOTE, MANY_VOTES = "1 vote", "{count:,} votes"
THANKS = "You chose {choice}. A was **{left}**, B was **{right}**."
SKIPPED = "You skipped. A was **{left}**, B was **{right}**."
CHOICES = {"left": "A", "right": "B", "both_good": "both good", "both_bad": "both bad", "skip": "to skip"}
SAT = "{seat}: {name}"
RESULT = "A {left}, B {right}, both good {both_good}, both bad {both_bad}"
STARTED = "The arena is open with {contestants}. A round closes after {votes} or {minutes}. `/arena play` starts one."
ONE_CONTESTANT, CONTESTANTS = "1 contestant", "{count} contestants"
MINUTES = "{count} minutes"
STOPPED = "The arena is closed. Its votes and its ranking stay; `/arena start` opens it again."
ADDED, REMOVED = "**{name}** is in the arena now.", "**{name}** has left the arena. Its votes stay."
RANKING_TITLE = {"joke": "Arena ranking", "slogan": "Arena ranking for slogans"}
STANDING = "{rank}. **{name}**: beats an average contestant in {chance:.0f} % ({low:.0f} to {high:.0f} %), {votes}"
RANKED_BY = "{votes}, 95 % intervals. Models with the same number cannot be told apart yet."
TO_PART = "About {votes:,} more votes may separate the first two."
PARTED = "The first two are clearly apart."
SEAT = "{share:.0f} % of decided votes went to A ({low:.0f} to {high:.0f} %)."
FAVOURS = " That is more than chance, but sides are drawn, so it harms nobody."
CAPPED = "{members} voted so often that their votes count less."
ONE_MEMBER, MEMBERS = "1 member", "{count} members"
PROMOTED = "🏆 **{name}** now {writes}. {evidence} `{undo!c}` undoes this."
PROMOTED_PROMPT = "🏆 The base model now {writes} with the prompt **{name}**. {evidence} `{undo!c}` undoes this."
UNDO_MODEL = {"joke": "/models rollback", "slogan": "/models rollback kind:slogan"}
UNDO_PROMPT = "/prompt use"
PAIRS_OF = "Made from {rounds:,} closed rounds: a round counts if one answer got at least {votes} and {percent} % of all votes."
CHART_ALT = "Ranking with 95 % intervals: {standings}"
