"""What the bot says in the arena."""

BASE_NAME = "the base with examples"
CLOSED_ARENA = "The arena is closed. An admin opens it with `/arena start`."
TOO_FEW = "The arena needs two contestants, and has {count}. An admin adds models with `/arena add`."
NOT_HERE = "This model is not in the arena. `/arena ranking` shows who does."
TAKES_PART = "This model is already in the arena."
PROMPT_NOT_HERE = "This prompt is not in the arena. `/arena ranking` shows who does."
PROMPT_TAKES_PART = "This prompt is already in the arena."
GONE = "This round is gone."
ROUND_CLOSED = "This round is closed, and its names are shown. Start another with `/arena play`."
VOTED = "You already voted in this round."
CONTESTANT_GONE = "The model server no longer has one of these models, so it has left the arena. Play again."
ALIKE = "Both contestants gave the same answer, so there is nothing to choose between. Try another scenario."
NO_VOTES = "Nobody has voted yet. `/arena play` starts a round."
TOO_FEW_DECIDED = (
    "People chose the same answer clearly enough in {count:,} of {rounds:,} closed rounds, and training needs at least {fewest}. Play more"
    " rounds with `/arena play`, or ask for fewer `votes` or a smaller `percent`."
)
ONE_SIDED = (
    "People preferred {name} in all {count:,} decided rounds. A model learns from pairs of its own answers, some better and some worse."
    " Add more contestants with `/arena add`, such as a checkpoint of {name}, and play on."
)
WINNER_IN_USE = "{winner} leads the ranking and already tells this server's jokes."
CURRENT_NOT_HERE = "The model in use is not in the arena, so nothing shows which is better. Add it with `/arena add`."
PROMPT_NOT_HERE_NOW = (
    "The prompt in use is not in the arena, so nothing shows which is better. Add it with `/arena add`."
)
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
ROUND_FOOTER = "Which is funnier? Names are shown after you have voted."
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
RANKING_TITLE = "Arena ranking"
STANDING = "{rank}. **{name}**: beats an average contestant in {chance:.0f} % ({low:.0f} to {high:.0f} %), {votes}"
RANKED_BY = "{votes}, 95 % intervals. Models with the same number cannot be told apart yet."
TO_PART = "About {votes:,} more votes may separate the first two."
PARTED = "The first two are clearly apart."
SEAT = "{share:.0f} % of decided votes went to A ({low:.0f} to {high:.0f} %)."
FAVOURS = " That is more than chance, but sides are drawn, so it harms nobody."
CAPPED = "{members} voted so often that their votes count less."
ONE_MEMBER, MEMBERS = "1 member", "{count} members"
PROMOTED = "🏆 **{name}** tells this server's jokes now. {evidence} `/models rollback` goes back."
PAIRS_OF = "From {rounds:,} closed rounds: the pairs in which one answer got at least {votes}, and {percent} % of all in the round."
PROMOTED_BASE = "🏆 **{name}** tells this server's jokes now. {evidence} `/prompt use` goes back."
PROMOTED_PROMPT = "🏆 The base model tells this server's jokes with **{name}** now. {evidence} `/prompt use` goes back."
PROMOTED_OVER_MODEL = (
    "🏆 The base model tells this server's jokes with **{name}** now. {evidence} `/models rollback` goes back."
)
CHART_ALT = "Ranking with 95 % intervals: {standings}"
