"""English words that a request can do without: none of them is ever put into a slot."""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_FUNCTION_WORDS = _words("""
a an the this that these those some any every each another other many several few more most much all both no own same such
i you he she it we they me him her us them my your his its our their who whom whose which what where when why how
and or but nor so yet if then than as because while until unless although though after before during since
at by for from in into of off on onto out over to under up down with without within across along around about above
against among behind below beneath beside besides between beyond near next past through toward towards upon via like
is am are was were be been being do does did has have had having can could will would shall should may might must
not never always often very too quite rather just only also even still again really almost ever here there now
""")
_NUMBERS = _words("""
one two three four five six seven eight nine ten first second third last dozen hundred thousand million
""")
_DESCRIBING_VERBS = _words("""
sell sells make makes offer offers provide provides produces creates builds delivers serves helps give gives bring brings
lets wants tries go goes going get gets take takes uses keeps specialises specializes connects teaches repairs rents
organises organizes publishes bakes brews grows selling making offering providing producing creating delivering serving
helping renting repairing teaching specialising specializing sold made based called named doing trying getting using
""")
COMPANY_WORDS = _words("""
company companies business businesses firm firms startup startups start-up start-ups brand brands enterprise corporation
organisation organization manufacturer maker makers producer seller sellers retailer supplier provider service services
product products people customers clients
""")
_STATES = _words("""
lost stuck caught late afraid alone asleep awake scared tired angry hungry busy ready new old young big small little
good best great local online home-made homemade fresh own famous love play meet meets met ask asks buy buys bought
tell joke slogan funny write please walk
""")

FILLERS = _FUNCTION_WORDS | _NUMBERS | _DESCRIBING_VERBS | _STATES
# A word between one of these and another word is a verb more often than not.
VERB_HERALDS = frozenset(["that", "which", "who", "to"])
