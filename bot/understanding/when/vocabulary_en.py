"""English words about days and hours, as `vocabulary_es` has the Spanish ones."""

from typing import Any

from bot.understanding.when.marks import Words

WEEKDAYS: dict[Any, str] = {
    0: "monday, munday, modnay",
    1: "tuesday, teusday, tusday",
    2: "wednesday, wensday, wednsday, wendsday",
    3: "thursday, thrusday, thursay",
    4: "friday, firday, fryday",
    5: "saturday, saterday",
    6: "sunday",
}
SHORT_WEEKDAYS: dict[Any, str] = {
    0: "mon",
    1: "tue, tues",
    2: "wed, weds",
    3: "thu, thur, thurs",
    4: "fri",
    5: "sat",
    6: "sun",
}
MONTHS: dict[Any, str] = {
    1: "january",
    2: "february, febuary",
    3: "march",
    4: "april",
    5: "may",
    6: "june",
    7: "july",
    8: "august",
    9: "september",
    10: "october",
    11: "november",
    12: "december",
}
SHORT_MONTHS: dict[Any, str] = {
    1: "jan",
    2: "feb",
    4: "apr",
    6: "jun",
    7: "jul",
    8: "aug",
    9: "sep, sept",
    10: "oct",
    11: "nov",
    12: "dec",
}

WORDS: Words = {
    "WEEKDAY": WEEKDAYS,
    "SHORT_WEEKDAY": SHORT_WEEKDAYS,
    "WEEKDAYS": {0: "mondays", 1: "tuesdays", 2: "wednesdays", 3: "thursdays", 4: "fridays", 5: "saturdays", 6: "sundays"},
    "MONTH": MONTHS,
    "SHORT_MONTH": SHORT_MONTHS,
    "MARCH": {True: "mar"},
    "DAY": {0: "today, tday", 1: "tomorrow, tomorow, tommorow, tommorrow, tmrw, tmr, tomm, 2morrow", 2: "day after tomorrow, the day after tomorrow"},
    "PAST": {True: "yesterday"},
    "PASADO": {True: "ago"},
    "TONIGHT": {True: "tonight, tonite"},
    "PART": {
        "dawn": "dawn",
        "morning": "morning, mornings",
        "midmorning": "mid morning, mid-morning",
        "noon": "noon, midday, mid day",
        "lunch": "lunchtime, lunch time, lunch",
        "afternoon": "afternoon, afternoons, arvo",
        "midafternoon": "mid afternoon",
        "evening": "late afternoon",
        "evening_en": "evening, evenings",
        "night": "night, nights",
        "early": "early, early morning, bright and early",
    },
    "EDGE": {"first": "first thing, first thing in the morning, first slot, first appointment, opening", "last": "last thing, last slot, last appointment, closing time, end of day, end of the day"},
    "AFTER_WORK": {True: "after work"},
    "AFTER_LUNCH": {True: "after lunch"},
    "BEFORE_LUNCH": {True: "before lunch"},
    "MIDNIGHT": {True: "midnight"},
    "NOW": {True: "now, right now, right away, right this minute"},
    "SOON": {True: "asap, as soon as possible"},
    "HALF": {True: "half"},
    "QUARTER": {True: "quarter, a quarter"},
    "PAST_HOUR": {True: "past, after"},
    "SHARP": {True: "o'clock, oclock, sharp, on the dot, exactly"},
    "ISH": {True: "ish"},
    "HOURS": {"short": "h, hrs, hr", "long": "hours, hour"},
    "MINUTES": {True: "min, mins, minute, minutes"},
    "UNIT": {"day": "day, days", "week": "week, weeks", "month": "month, months", "year": "year, years"},
    "WEEK": {True: "week"},
    "WORKDAYS": {True: "weekday, weekdays"},
    "WEEKEND": {True: "weekend, weekends"},
    "MONTH_WORD": {True: "month"},
    "YEAR_WORD": {True: "year"},
    "EL": {True: "the"},
    "LAS": {True: "the"},
    "DIA": {True: "date"},
    "OF": {True: "of, for"},
    "AT": {True: "at"},
    "AT_HOUR": {True: "at"},
    "TO": {True: "to, till, til, until, through, thru"},
    "TO_HOUR": {True: "to, til, till, before"},
    "FROM": {True: "from"},
    "FOR": {True: "for"},
    "BY": {True: "by"},
    "CHANGE": {True: "change, move, reschedule, switch"},
    "IN": {True: "in, within"},
    "ON": {True: "on, in"},
    "AND": {True: "and"},
    "OR": {True: "or, otherwise, or else"},
    "BETWEEN": {True: "between"},
    "AFTER": {True: "after, later than"},
    "AFTER_EL": {True: "after the"},
    "SINCE": {True: "starting, from, starting at, as of"},
    "ONWARD": {True: "onwards, onward, or later, and later"},
    "BEFORE": {True: "before, earlier than"},
    "BEFORE_EL": {True: "before the"},
    "UNTIL": {True: "until, till, by, no later than"},
    "THIS": {True: "this, that"},
    "NEXT": {True: "next"},
    "LAST": {True: "last"},
    "FIRSTS": {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"},
    "FROM_NOW": {True: "from now, from today, hence"},
    "FROM_DAY": {True: "from"},
    "ONE": {True: "a, an"},
    "ABOUT_SO": {True: "ish, or so, approximately, roughly, approx, or thereabouts"},
    "ABOUT": {True: "about, around, like, approximately, roughly, close to"},
    "PART_OF": {"begin": "beginning, start", "mid": "middle, mid", "end": "end"},
    "NO": {True: "no, not, can't, cant, never, don't, dont, won't, wont, isn't, cannot, doesn't"},
    "WISH": {True: "happy, nice, great, lovely"},
    "EXCEPT": {True: "except, but not"},
    "EVERY": {True: "every, each, any"},
    "THEN": {True: "but, because"},
}  # fmt: skip

NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
TENS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty"}
JOIN = ""

HOLIDAYS: dict[Any, str] = {
    "christmas": "christmas, xmas, christmas day",
    "christmas_eve": "christmas eve, xmas eve",
    "new_year": "new year, new years, new year's, new year's day, new years day",
    "new_year_eve": "new year's eve, new years eve",
    "holy_week": "holy week",
    "palm_sunday": "palm sunday",
    "good_friday": "good friday",
    "easter": "easter, easter sunday",
    "easter_monday": "easter monday",
    "carnival": "carnival",
    "mother": "mother's day, mothers day",
    "father": "father's day, fathers day",
    "valentine": "valentine's day, valentines day, valentine's, valentines",
    "labour": "labour day, labor day",
    "halloween": "halloween",
    "thanksgiving": "thanksgiving",
    "national": "independence day, fourth of july",
    "black_friday": "black friday",
}

COURTESY = """hello, hi, hey, good morning, good afternoon, good evening, good night, please, pls, plz, thanks, thank you, thx, yes, yeah, yep, ok, okay, sure,
perfect, maybe, i think, i guess, if possible, if you can, would be great, would be good, works, works for me, is fine, is good, fine, good, sounds good, better,
preferably, ideally, only, just, also, hmm, um, well, so, let's say, lets say, say, i'd prefer, i prefer, prefer, have a nice day, see you tomorrow, see you, have a nice weekend, happy new year, merry christmas, doctor"""
FILL = """i, i'd, i'm, im, like, would, want, need, can, could, we, you, your, my, the, a, an, to, book, schedule, appointment, slot, time, is, are, it, come, be, go, have, do, does,
there, any, available, availability, open, free, for, on, in, at, of, with, me, get, make, reschedule, move, change, anytime, any time, day, date, later, and, or, from, by, how, about, how about, what about, some, sometime, if"""
PAST_FACTS = """i'll let you know, let you know, i'll confirm, i'll tell you, i'll call, i work, i finish, was, were, had, did, went, said, told, born, birthday, paid, bought, came, hurts, pain, since, closed"""
NAME_LEADS = "i am, i'm, my name is, name, called"
PLACE_LEADS = "street, avenue, st, ave, live in, address"
PLACE_TAILS = "floor, apt, apartment, suite"
CUES = """want, need, would, could, can, book, schedule, appointment, slot, available, prefer, i'd prefer, for, works, come, better, take, reschedule, move, change, i'd, like, how about, what about"""
