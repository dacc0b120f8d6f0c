r"""The forms to avoid, with better forms and examples.

``tests/scripts/test_check_prose.py`` checks every example. If a rule reports a sentence that is
good English, add the sentence to ``clean`` and fix the pattern.
"""

from __future__ import annotations

from .fragment import Kind
from .rule import Rule

PROSE = frozenset(Kind) - {Kind.NAME}
IN_CODE = frozenset({Kind.DOCSTRING, Kind.COMMENT})

#: Verbs and prepositions after which "what is" starts an indirect question.
ASKING = (
    "know|knows|ask|asks|see|sees|show|shows|decide|decides|explain|explains|describe|describes|"
    "define|defines|state|states|determine|determines|choose|chooses|matter|find out|say|says"
)
SPEECH = "(?:tells?|told|telling|says?|said|saying|hears?|heard|hearing)"
#: A subject of which people say "where" for "if".
VAGUE = (
    "(?:nothing|nobody|somebody|no|none|it|that|this|they|one|possible|needed|necessary|neither|"
    "both|there|every|all|such)"
)
PREPOSITIONS = "(?:for|to|by|from|with|than|at|as|except|only|but|if|when|that|how)"

RULES = (
    Rule(
        name="no-as-predicate",
        pattern=(
            r"\b(?:is|are|was|were|be|been)\sno\s"
            r"(?!(?:longer|more|less|fewer|such|good|way|later|earlier|older|newer|better|worse|"
            r"different)\b|\w+er\sthan\b)\w+"
        ),
        unless_after=r"there(?:\s\w+)?|would there|could there|will there",
        advice='"not a ...", or an adjective such as "unknown" or "invalid"',
        found=(
            "This is no valid kind.",
            "Only a browser is checked: a script is no browser.",
            "A visitor id that was no number",
        ),
        clean=(
            "There is no limit.",
            "There still is no limit.",
            "It is no longer open.",
            "The wait is no greater than a second.",
            "There were no such keys.",
            "It has no effect.",
        ),
        kinds=PROSE,
    ),
    Rule(
        name="who-as-noun",
        pattern=(
            r"\b(?:whoever|whomever)\b"
            r"|(?:\A|(?<=[.!:;—–]\s))who\s\w+"
            rf"|\b{PREPOSITIONS}\swho\s\w+"
        ),
        advice='"a visitor who ...", "the people who ...", or "signing in ..."',
        found=(
            "Whoever closes the page still counts.",
            "Who signs in leaves as a visitor.",
            "Keep the newest frame for who comes.",
            "It depends: who asks is counted.",
        ),
        clean=(
            "A visitor who signs in counts once.",
            "Who counts as active?",
            "For somebody who returns later",
            "Who may publish, and how?",
        ),
        kinds=PROSE,
        is_allowed_in_questions=True,
    ),
    Rule(
        name="where-for-if",
        pattern=(
            r"\b(?:only|except|even|none|null|false|true|but|nothing)\swhere\b"
            rf"|\bwhere\s{VAGUE}\b"
        ),
        unless_after=(
            "know|knows|knew|see|sees|show|shows|decide|decides|find|place|places|folder|file|"
            "page|point|line|position|column|row|exactly|from|is"
        ),
        advice='"if" or "when"',
        found=(
            "Wait where it costs nothing.",
            "None where that cannot be known",
            "Made up, only where the operator turned it on",
            "Send a frame where nobody waits.",
        ),
        clean=(
            "The folder where the templates are",
            "Where does it go?",
            "It knows where it is.",
            "The place where it starts",
        ),
        kinds=PROSE,
        is_allowed_in_questions=True,
    ),
    Rule(
        name="so-many",
        pattern=r"\bso\s(?:many|much|few|long)\b(?!\sas\b)(?!(?:\s\w+)?\sthat\b)",
        advice='"at most N", "up to N", or "the N newest"',
        found=("So many are kept.", "Active in so many last minutes", "so much more than the rest"),
        clean=("So many connections that it stalls", "Up to 20 are kept."),
    ),
    Rule(
        name="speech",
        pattern=rf"\b{SPEECH}\b(?!(?:\s\w+){{0,4}}\sapart\b)",
        unless_after=(
            "you|people|visitors|users|operators|readers|that is to|"
            "comments?|docstrings?|messages?|documents?|docs|readme|glossary|changelog"
        ),
        advice='"send", "receive", "publish", "report", "return", "log", "show", or "state"',
        found=(
            "Every worker is told.",
            "The server says which one is missing.",
            "A worker that nobody has heard of",
            "tell everybody",
        ),
        clean=(
            "This id tells two tabs apart.",
            "To tell tabs apart, send an id.",
            "The server reports the missing one.",
            "If you say so",
            "Comments say why.",
        ),
    ),
    Rule(
        name="trailing-of-it",
        pattern=(
            r"\bof\s(?:it|theirs|hers|his|ours|yours)(?=[.,;:)!?]|\s*\Z)"
            r"|\bnothing\sof\b"
        ),
        unless_after="because|instead|in front|outside|inside|ahead|on top|out|independent",
        advice="the name of the thing",
        found=(
            "The loop ends, and nothing of it stays.",
            "Each worker has a copy of it.",
            "A tab of theirs.",
        ),
        clean=("It waits because of it.", "A copy of its state", "Read the copy instead of it."),
        kinds=PROSE,
    ),
    Rule(
        name="what-is",
        pattern=(
            r"\bwhat\s(?:is|are|was|were)\b|\b(?:that|those)\swhich\b"
            r"|\ball\s(?:that|there)\sis\b"
        ),
        unless_after=ASKING,
        advice="the noun",
        found=(
            "Keeps what is newest of each kind.",
            "What is no browser may connect.",
            "That which was sent",
            "All there is, newest first",
        ),
        clean=(
            "What is a lease?",
            "The page shows what is stored.",
            "Everybody knows what is missing.",
        ),
        kinds=PROSE,
        is_allowed_in_questions=True,
    ),
    Rule(
        name="what-as-noun",
        pattern=r"(?:\A|(?<=[.!:;]\s))what(?:ever)?\s(?!(?:is|are|was|were|if|about)\b)\w+",
        advice="the noun, or an imperative",
        found=("What a socket can be subscribed to.", "Done. What remains goes out later."),
        clean=("What do we count?", "It states what the page does.", "What is a lease?"),
        kinds=IN_CODE,
        is_allowed_in_questions=True,
    ),
    Rule(
        name="at-the-most",
        pattern=r"\bat\sthe\s(?:most|least)\b(?!\s(?:recent|once))",
        advice='"at most" or "at least"',
        found=("after 10 s at the most", "at the least twice"),
        clean=("at most 10 s", "at the most recent version"),
    ),
    Rule(
        name="as-long-as",
        pattern=r"\b(?:for\sas|so)\slong\sas\b",
        advice='"while" or "until"',
        found=("for as long as the storm took", "so long as it runs"),
        clean=("while the storm lasts", "It lasts as long as the connection."),
    ),
    Rule(
        name="in-order",
        pattern=(
            r"\b(?:ends?|ended|ending|leaves?|left|leaving|closes?|closed|stops?|stopped|exits?|"
            r"exited|quits?|down|goes|went|go|gone)(?:\s\w+){0,2}\sin\sorder\b"
            r"(?!\s(?:to|of|that|by)\b)"
            r"|\bin\sgood\sorder\b"
        ),
        advice='"gracefully"',
        found=("A worker that ends in order", "It leaves the group in order."),
        clean=("It closes the loop in order to restart.", "Frames arrive in order."),
    ),
    Rule(
        name="way",
        pattern=(
            r"\b(?:the|its|their|every|whatever|another|no|a|each|one)\sway\s"
            r"(?:out|in|back|through|down|up|there)\b"
            r"|\b(?:in|by)\swhatever\sway\b|\bon\s(?:its|the|their)\sway\b|\bby\sway\sof\b"
        ),
        advice='"path", "outbound", "inbound", or the verb',
        found=("Frames on the way out", "A socket ended, in whatever way.", "A frame on its way"),
        clean=("The only way to read it", "It works the same way.", "There is a way to do this."),
    ),
    Rule(
        name="look",
        pattern=(
            r"\blook(?:s|ed|ing)?\s(?:at|after|again|every|whether|if|round|around|once|twice|for)\b"
            r"|\b(?:each|every|next|last|two|between)\slooks?\b(?!\s(?:and|alike|like)\b)"
        ),
        unless_after="you|people|visitors|users|operators|readers|visitor|user|operator|reader",
        advice='"check", "scan", "poll", "read", or "find"',
        found=(
            "It looks at the table every second.",
            "The collector looks again.",
            "Between two looks at the clock",
        ),
        clean=("Look up the key.", "It looks like a path.", "The page that a visitor looks at"),
        kinds=PROSE,
    ),
    Rule(
        name="archaic",
        pattern=(
            r"\b(?:anew|thus|hence|therein|thereof|thereby|thereupon|amid|amidst|wherein|"
            r"whereby|whereof|whereupon|hitherto|whilst|lest|thence|whence|hereby|herewith|ere)\b"
        ),
        advice='"again", "so", "in it", "during", or another common word',
        found=("Read anew by each worker", "Thus it is bounded.", "Amid a storm"),
        clean=("Read again by each worker", "A new reader"),
    ),
    Rule(
        name="number-for-name",
        pattern=r"\bshown\snumbers?\b|\bnumbers?\s(?:is|are|were|was)\stold\b",
        advice='the name: "count", "people", "version", or "snapshot"',
        found=("The shown number moves.", "Each number is told to a socket."),
        clean=("The number of people", "Enter a whole number."),
        kinds=PROSE,
    ),
    Rule(
        name="is-to",
        pattern=r"\b(?:is|are|was|were)\s(?:not\s|still\s|yet\s)?to\s\w+",
        unless_after=(
            "goal|job|purpose|task|aim|way|idea|point|role|step|alternative|option|default|rule|"
            "decision|plan|choice|fix|remedy|do"
        ),
        advice='"must", "should", or an active verb',
        found=(
            "Texts that are to be translated",
            "A frame is still to be sent.",
            "Nobody is to read it.",
        ),
        clean=("The goal is to count people.", "It has to be fast.", "It is close to zero."),
        kinds=PROSE,
    ),
)
