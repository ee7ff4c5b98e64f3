"""Frames of everyday English: how people open, ask, tell, follow up and answer."""

from __future__ import annotations

OPENERS = (
    "hi ,|hello ,|hey there ,|good {w} ,|ok so|quick one :|sorry to bother you again ,|right ,|"
    "so here is the thing .|I need a hand with my {t} .|long story short ,|as a {R} I see this a lot .|"
    "my {m} asked me about this .|following up on {w} :|this is for {N} .|not sure where to begin ."
).split("|")

STATEMENTS = (
    "the {t} from {N} has been {a} since {w} .|we {d} {v} the {t} with a {a} {t} and a {m} .|"
    "my {m} says the {t} should be {a} , but the {m} looked {a} to me .|"
    "last {w} {N} and I tried {g} {q} {t} and ended up with a {a} {m} .|"
    "there are {x} {U} left and the {t} is {d} {a} .|it started when the {t} near {N} got {a} .|"
    "I keep {g} the {t} , yet every {m} comes out {a} .|the {m} was {y} and now it is {a} .|"
    "{N} wrote that a {a} {t} beats a {a} {t} any {w} .|our {R} prefers the {t} over the {m} .|"
    "in {N} people {v} their {t} {d} , which seems {a} .|this {t} cost me {y} {U} already .|"
    "the {a} part is the {m} between the {t} and the {t} .|{q} of the {t} in {N} are {a} or {a} .|"
    "we had {x} {t} in the {m} and only {x} were {a} .|nobody {d} told me that a {t} needs {g} .|"
    "{N} keeps a {t} next to the {t} for {a} {m} .|I read a {m} about {g} {t} under {a} conditions .|"
    "after {x} {U} the {t} turned {a} and the {m} went {a} .|I bought it from {N} in {w} .|"
    "a {R} from {N} {d} suggested {g} the {m} first .|the {t} is {a} , the {t} is not .|"
    "at {N} every {t} gets a {a} {m} by {w} .|I can {d} {v} one {t} but never {q} .|"
    "for the {m} in {w} I want something {a} and {a} .|the old {t} was {a} ; {N} threw it out .|"
    "her {t} and his {t} did not match the {m} .|it is a {a} {a} {t} , roughly {x} {U} .|"
    "everything about {N} depends on that {t} .|someone at {N} mixed up the {m} and the {t} {d} .|"
    "without a {t} the whole {m} would be {a} .|I once saw {N} {v} a {t} in {x} {U} .|"
    "the {m} on page {y} mentions {q} {t} .|between {w} and {w} we lost {x} {t} ."
).split("|")

ASKS = (
    "how do I {v} the {t} before {w} ?|what would you {v} first , the {t} or the {m} ?|"
    "can you {v} this {m} so the {t} sounds {a} ?|is it {a} to {v} a {t} with {q} {m} ?|"
    "why is my {t} so {a} after {g} it ?|please suggest {x} {a} names for a {t} called after {N} .|"
    "write me a {a} {m} about {N} and the {t} .|give me a {a} {m} for {g} {t} in {w} .|"
    "which {t} suits a {a} {R} who hates {g} ?|tell me whether {N} needs a {t} or just a {m} .|"
    "could you check if {x} {U} of {t} is {a} for {q} people ?|"
    "what is the difference between a {a} {t} and a {a} {m} ?|where can a {R} find a {a} {t} near {N} ?|"
    "help me {v} a {m} to my {R} about the {t} .|make a {m} of {x} {t} that are {a} .|"
    "do I have to {v} the {m} again if the {t} is {a} ?|how {a} should a {t} be for {N} ?|"
    "turn this into a {a} {m} for {w} .|who usually {g} a {t} , the {R} or the {R} ?|"
    "what happens when {q} {t} are {a} at once ?|should we {v} {N} or keep the {t} ?|"
    "explain the {t} to a {R} in {x} words .|can a {t} be {a} and {a} together ?|"
    "find the {a} mistake in my {t} .|how long does a {t} from {N} last , {x} {U} or more ?|"
    "I want to {v} my {t} by {w} , where do I start ?|any {a} {m} for a {t} under {y} {U} ?|"
    "rank {q} {t} from {a} to {a} please .|draft {x} lines telling {N} the {t} is {a} .|"
    "what does it mean when a {t} looks {a} ?|compare {N} with {N} for {g} {t} ."
).split("|")

FOLLOW_UPS = (
    "thanks , can you make it {a} ?|ok and what about the {t} ?|no , I meant the {t} from {N} .|"
    "shorter please|why ?|go on|and if the {t} is {a} ?|that did not work , the {m} is still {a} .|"
    "great . now {v} the {m} too .|could you add a {m} about {g} ?|use {x} instead of {x} .|"
    "hmm , the second {m} seems {a} to me .|please put it in a table|can you check the {t} again ?|"
    "what would {N} say ?|yes|perfect , thank you|same for the {t} , but {a} .|"
    "I already tried {g} it {d} .|explain the part on {t} like I am a {R} .|"
    "change {N} to {N} everywhere .|you forgot the {t} .|and for {w} ?|how sure are you about the {m} ?|"
    "ok but my {R} wants it {a} and under {x} {U} .|try once more with a {a} {t}|"
    "continue|which one is {a} ?|remove the {m} at the end .|does that hold for {q} {t} ?"
).split("|")

ANSWERS = (
    "A {a} {t} usually needs {q} {m} before {N} can {v} it .|First {v} the {t} , then leave the {m} {a} .|"
    "Because the {t} is {a} , the {m} will {d} end near {y} .|Start from the {m} that {N} gave .|"
    "Note that {g} a {t} takes about {x} {U} and a {a} {m} .|The {t} stays {a} as long as {N} is {a} .|"
    "If the {t} turns {a} , {v} the {m} and wait {x} {U} .|In short , a {a} {m} beats a {a} {t} here .|"
    "{N} and {N} differ in one {m} : the {t} .|So the {m} comes to {y} , which is {a} for a {t} .|"
    "Try {g} it {d} and keep {q} {t} in a {a} {m} .|A {R} would {v} the {m} at {N} by {w} .|"
    "Step {x} : check that the {t} and the {m} agree on {y} .|You can skip the {t} when the {m} is {a} .|"
    "Otherwise the {a} {t} of {N} makes every {m} {a} .|That leaves {x} {U} for the {t} at {N} .|"
    "Remember to {v} {N} after the {t} , not before .|This holds for {q} {t} but not for {N} ."
).split("|")

#: lines of files that people paste: tables, logs, programs, notes.
RECORDS = (
    "{y} , {N} , {t} , {a} , {x} |",
    "{i} = {i} ( {N} , {x} ) |",
    "[ {w} {x} ] {i} : {t} {a} , {m} {y} |",
    "def {i} ( {i} ) : return {i} |",
    "if {i} > {y} : {i} ( {x} ) |",
    "- {a} {t} : {N} , {x} {U} |",
    "{N} / {t} / {i} : {d} {a} , {m} {x} of {y} |",
    "# {v} the {t} before {g} {q} {m} |",
)

#: clauses of thought, for the reasoning that a model gives away when asked.
THOUGHTS = (
    "so the {t} has {y} {m} , and {N} takes {x} of them .|let me see whether {N} fits the {a} {m} .|"
    "the {m} says {x} , hence the {t} must be {a} .|wait , the {t} of {N} is {a} , not {a} .|"
    "dividing {y} by {x} leaves a {a} {m} for {N} .|that rules out the {t} , since the {m} is {a} .|"
    "then {N} gives {y} , which matches the {a} {t} .|assume the {m} at {N} is {a} ; then {x} {U} remain .|"
    "checking again : {y} minus {x} , with the {t} {d} {a} .|therefore the {a} {t} from {N} is the one ."
).split("|")
