"""Word lists of the rehearsal's own English: subjects, and words that fit any subject."""

from __future__ import annotations

#: subject -> its nouns. An account talks about a few subjects; a request about one.
SUBJECTS: dict[str, str] = {
    "kitchen": "dough skillet broth onion oven recipe marinade butter saucepan crust spice pantry "
    "whisk batter simmer garlic noodle casserole glaze yeast lentil stock",
    "garden": "compost seedling trellis mulch hedge tomato irrigation soil greenhouse pruning weed "
    "orchard bulb fertiliser slug lawn perennial raised-bed pollinator rain-barrel cutting",
    "travel": "itinerary hostel visa layover ferry luggage museum passport train guidebook harbour "
    "ticket suitcase hiking-trail rental border-crossing jet-lag beach old-town tram cabin",
    "health": "physio sleep posture vitamin allergy dosage migraine knee stretching blood-test diet "
    "pharmacy symptom recovery pulse appointment rash inhaler vaccine hydration shoulder",
    "money": "mortgage budget invoice pension dividend rent refund deposit savings interest tax-code "
    "payroll receipt expense loan insurance bond deduction overdraft balance ledger",
    "law": "clause tenancy contract liability deadline notice appeal statute witness settlement "
    "licence warranty trademark affidavit mediation landlord precedent hearing waiver bylaw",
    "school": "essay lecture syllabus exam seminar thesis rubric textbook revision classroom tutor "
    "bibliography semester quiz dissertation worksheet grade scholarship lab-report module",
    "maths": "fraction theorem polynomial triangle ratio integral matrix probability vector proof "
    "equation derivative logarithm set sequence permutation modulus graph average inequality",
    "physics": "momentum voltage lens pendulum friction orbit wavelength entropy torque magnet "
    "capacitor pressure isotope photon resistor acceleration buoyancy spectrum field coil",
    "biology": "enzyme membrane genome habitat protein species mitosis fungus neuron pathogen "
    "receptor chlorophyll mutation bacterium organ tissue larva predator plasmid hormone",
    "history": "treaty dynasty revolution archive parliament trade-route siege colony manuscript "
    "monarch census railway harvest empire guild reform pamphlet frontier embassy fortress",
    "music": "chord melody tempo drummer synth chorus rhythm fretboard scale setlist harmony bassline "
    "rehearsal mixdown violin lyric reverb metronome concert score",
    "film": "screenplay scene villain dialogue montage director trailer plot sequel lighting cast "
    "storyboard ending soundtrack flashback monologue camera costume genre pilot",
    "sport": "marathon coach interval league goalkeeper tournament warm-up sprint referee racket "
    "season training-plan penalty fixture stamina swim relay transfer squad defender",
    "pets": "puppy litter-box aquarium leash kitten vet collar parrot kennel grooming treat hamster "
    "crate harness vaccination tail flea rescue obedience paw",
    "home": "boiler plaster gutter insulation socket paint shelf tile radiator window-frame drill "
    "floorboard leak hinge thermostat sofa ceiling damp fuse-box extension",
    "office": "meeting agenda slide memo roadmap stakeholder quarter deadline onboarding review "
    "workshop spreadsheet inbox handover headcount milestone minutes vendor proposal briefing",
    "sales": "prospect pipeline discount newsletter landing-page funnel campaign quote renewal lead "
    "pitch catalogue churn bundle coupon territory demo commission testimonial checkout",
    "support": "ticket refund-request outage password complaint shipment warranty escalation tracking "
    "return login subscription delivery voucher replacement account-page chatbot queue reply",
    "code": "function endpoint parser queue migration cache thread regex schema test-suite compiler "
    "pointer loop deployment container index webhook dependency iterator exception branch",
    "data": "dataset column pipeline dashboard outlier join histogram warehouse sample regression "
    "feature forecast metric null-value partition survey cluster label time-series confusion-matrix",
    "systems": "server firewall kernel latency load-balancer certificate packet disk backup log-file "
    "daemon cluster-node replica socket permission router hypervisor mount proxy scheduler",
    "writing": "paragraph character metaphor draft chapter tone headline editor sonnet outline "
    "cover-letter blurb dialogue-tag viewpoint opening rhyme synopsis punctuation narrator verse",
    "security": "password-manager phishing vulnerability token patch audit encryption threat-model "
    "incident sandbox credential key-rotation pentest signature policy exploit hash alert",
}

GENERAL = (
    "plan list problem idea note question project team friend neighbour sister manager teacher "
    "colleague client example version option result change reason mistake weekend morning evening "
    "month summary table step rule goal habit story detail template page message draft copy file "
    "picture group partner brother budget answer checklist decision guide method price photo "
    "report schedule screen section sign size source space style task term test text thing tool "
    "topic total trip unit update view week word world year afternoon approach argument article "
    "background basis benefit box case choice class comment company condition cost course customer "
    "date day design difference document doubt effect effort error event fact feature figure form"
)

ADJECTIVES = (
    "short long clear odd simple quick careful honest cheap heavy quiet polite formal casual strict "
    "gentle bright dull broken fresh stale local common rare modern old early late busy tidy loose "
    "tight rough smooth cold warm dry wet narrow wide deep shallow strong weak safe risky steady "
    "sudden usual strange plain fancy tricky boring decent solid proper partial final first second "
    "empty full messy sharp blunt noisy slow rapid cautious minor major tiny huge friendly awkward "
    "practical realistic useful helpful detailed vague precise balanced neutral"
)

VERBS = (
    "fix compare explain plan draft sort check choose review prepare organise replace measure build "
    "clean split improve describe estimate test move learn translate summarise reduce finish start "
    "shorten rewrite collect label convert combine store schedule remove adjust record follow avoid "
    "handle solve design teach repair search simplify verify count track balance arrange mix cut"
)

GERUNDS = (
    "fixing comparing planning drafting sorting checking choosing reviewing preparing organising "
    "replacing measuring building cleaning splitting improving describing estimating testing moving "
    "learning translating reducing finishing starting rewriting collecting labelling converting "
    "combining storing removing adjusting recording handling solving designing teaching repairing"
)

ADVERBS = (
    "really quite mostly often rarely never always already still soon lately probably perhaps "
    "clearly slowly quickly carefully finally again together apart somehow usually nearly hardly "
    "twice yesterday today tomorrow overnight meanwhile afterwards instead anyway basically"
)

UNITS = "minutes hours days weeks kilos litres metres euros dollars pages miles grams people boxes"
TIMES = (
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday morning noon evening night spring "
    "summer autumn winter January March May July September November"
)
ROLES = (
    "teacher nurse student plumber designer accountant driver chef developer analyst carer farmer "
    "writer librarian engineer shopkeeper electrician musician translator recruiter florist baker"
)
CODE_LANGUAGES = "Python Go Rust Java TypeScript Kotlin Ruby C++ SQL Bash Swift PHP Scala Julia"
QUANTIFIERS = "some several many few most all both another two three four five"
MOODS = "polite friendly formal playful firm calm upbeat dry warm neutral persuasive modest"
SYLLABLES = (
    "ba be bi bo bra bre ca ce cho cla da de di dra du el en fa fe fi flo ga ge gi gra ha he ho "
    "in ir ja jo ka ke ki kla la le li lo lu ma me mi mo na ne ni no or pa pe pi pla ra re ri ro "
    "sa se shi so sta ta te ti to tra tu ul va ve vi vo wa we wi xa ya ye yo za ze zi zo"
)
