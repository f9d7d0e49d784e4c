"""Words of the fictional year. No real person, hospital or company: family names and places are invented to be seen as such."""

from __future__ import annotations

GIVEN = (
    "Ada", "Amos", "Bea", "Bruno", "Cora", "Cyrus", "Dana", "Dexter", "Edith", "Emil", "Fay", "Felix", "Gwen", "Gus", "Hazel", "Hugo",
    "Ida", "Ivo", "June", "Jonas", "Kira", "Kurt", "Lena", "Leo", "Mara", "Milo", "Nell", "Noel", "Opal", "Otto", "Petra", "Piers",
    "Quin", "Rhea", "Rufus", "Sela", "Silas", "Tess", "Theo", "Una", "Ugo", "Vera", "Viktor", "Wanda", "Wes", "Xenia", "Yara", "Zeno",
)  # fmt: skip
FIRST_HALF = (
    "Amber", "Birch", "Clover", "Dapple", "Ember", "Fern", "Glade", "Heather", "Iris", "Juniper", "Kestrel", "Linden", "Maple", "Nettle",
    "Otter", "Pebble", "Quill", "Rowan", "Sorrel", "Thistle", "Umber", "Violet", "Willow", "Yarrow",
)  # fmt: skip
SECOND_HALF = (
    "bank",
    "combe",
    "dale",
    "field",
    "ford",
    "gate",
    "hurst",
    "ley",
    "mere",
    "quist",
    "shaw",
    "stone",
    "thorpe",
    "well",
    "wick",
)

PROFESSIONS = (  # (profession, suffix, career level, share of people in percent)
    ("physician", "MD", "practising", 40),
    ("physician", "MD", "resident", 9),
    ("physician", "MD", "fellow", 4),
    ("nurse", "RN", "practising", 24),
    ("pharmacist", "PharmD", "practising", 7),
    ("physician_assistant", "PA-C", "practising", 6),
    ("social_worker", "LICSW", "practising", 3),
    ("student", "", "student", 5),
    ("other", "", "practising", 2),
)
SPECIALTIES = (
    "Internal medicine",
    "Cardiology",
    "Emergency medicine",
    "Family medicine",
    "Pediatrics",
    "Surgery",
    "Psychiatry",
    "Oncology",
)
STATES = {"tufts": "MA", "umass": "MA", "hms": "MA", "uconn": "CT", "washu": "MO"}
ELSEWHERE = (("NY", "US"), ("CA", "US"), ("RI", "US"), ("IL", "US"), ("TX", "US"), ("", "CA"), ("", "IE"), ("", "KE"))

ABROAD = {  # programs that people of many countries learn with
    "hms": (
        "GB", "DE", "FR", "IN", "BR", "MX", "JP", "KR", "AU", "NZ", "IL", "AE", "SA", "SG", "TH", "NG", "GH", "ZA", "CO", "CL", "AR", "PE", "ES", "IT", "PT",
        "NL", "SE", "CH", "PL", "TR", "EG", "PK",
    ),
}  # fmt: skip

DEPARTMENTS = (
    "Medicine", "Surgery", "Pediatrics", "Psychiatry", "Emergency Medicine", "Neurology", "Radiology", "Anesthesiology",
    "Obstetrics and Gynecology", "Family Medicine", "Pathology", "Oncology",
)  # fmt: skip
HOSPITALS = ("Fernmere General Hospital", "Willowgate Medical Center", "Thistledale Community Hospital")
HOSPITAL_CODES = ("99Z101", "99Z102", "99Z103")  # no such CCN exists

SERIES_KINDS = (
    "grand rounds",
    "morbidity and mortality rounds",
    "case conference",
    "journal club",
    "quality rounds",
    "tumor board",
)
TALKS = (
    "Sepsis in the first hour", "Heart failure after discharge", "Anticoagulation before surgery", "Opioids: starting low, stopping well",
    "Delirium on the ward", "Diabetes technology in clinic", "When the potassium is wrong", "Stroke: door to needle",
    "The febrile infant", "Depression in primary care", "Hand hygiene that lasts", "Central lines without infection",
    "Reading the chest film again", "Talking about prognosis", "Hypertension in pregnancy", "Asthma action plans that are used",
    "Antibiotics: the shortest course that works", "Falls, and what we can do", "Alcohol withdrawal on a general ward", "Kidney injury after contrast",
    "Screening for lung cancer", "Chronic pain without opioids", "Handoffs that hold", "Pressure injury prevention",
    "Vaccines: answering questions", "Thyroid nodules", "Chest pain with a normal ECG", "Advance care planning",
    "Skin cancer at a glance", "COPD: the inhaler visit", "Medication reconciliation", "Child safety at home",
    "Early mobility in intensive care", "Hepatitis C for everybody", "Obesity medicine today", "Health care for people without a home",
    "The difficult airway", "Syncope", "Back pain: who needs an image", "Caring for interpreters and with them",
)  # fmt: skip
COURSES = (  # (title, which of the gaps it closes, which department plans it)
    ("Sepsis workshop for teams", 0, 4), ("Safe opioid prescribing", 8, 7), ("Ultrasound at the bedside", 2, 4), ("Leading quality improvement", 3, 0),
    ("Palliative care essentials", 7, 11), ("Antibiotics update", 3, 0), ("Hospital medicine course", 1, 0), ("Communication under pressure", 7, 3),
    ("Emergency simulation day", 0, 4), ("Pharmacotherapy update", 3, 0), ("Equity in everyday care", 7, 9), ("Teaching at the bedside", 6, 0),
    ("Women's health update", 4, 8), ("Geriatrics in practice", 1, 9), ("Infection prevention for all", 2, 1), ("Heart failure after the hospital", 1, 0),
    ("Pain without opioids", 8, 7), ("Night medicine update", 6, 0), ("Vaccination in every season", 5, 2), ("Research into practice", 3, 10),
    ("Patient safety foundations", 6, 1), ("Team training for rapid response", 0, 7),
)  # fmt: skip
# gaps of the departments, in their order: of their first series, and of the others
GAPS_OF_SERIES = ((0, 2, 5, 7, 0, 6, 6, 8, 4, 1, 3, 7), (1, 2, 3, 8, 0, 6, 2, 8, 4, 1, 3, 7))
FOR_TEAMS = (
    "Sepsis workshop for teams",
    "Emergency simulation day",
    "Communication under pressure",
    "Team training for rapid response",
)
ABOUT_TEACHING = ("Teaching at the bedside", "Radiology morbidity and mortality rounds", "Family Medicine grand rounds")
ABOUT_SYSTEMS = (
    "Leading quality improvement",
    "Patient safety foundations",
    "Team training for rapid response",
    "Emergency Medicine grand rounds",
)
# keys of the programs' lists that mark what an activity is about
FOR_TEACHERS = ("medical_faculty", "teacher", "educator", "faculty_development", "leadership_for_educators")
FOR_SYSTEMS = ("system_change", "system_redesign", "systems_based_practice", "systems_and_teams", "quality_improvement")
FOR_TEAMWORK = (
    "interprofessional_teams",
    "interprofessional",
    "teamwork",
    "professional_relationships",
    "nurse",
    "pharmacist",
)
MARKS = frozenset((*FOR_TEACHERS, "learning_from_teaching", *FOR_SYSTEMS[:3]))

GAPS = (
    # (title, description, measure ("": no figure, known from what people said), kind, need kind, need, cause, change, what to know for it)
    ("Sepsis bundle not finished in time", "One septic patient in three does not receive every element of the three-hour bundle; blood cultures come late most often.",
     "SEP_1", "performance", "competence", "Teams need to start the bundle from the first sign instead of waiting for the consultant.", "Unclear roles in the first hour", "Start the bundle within one hour in my unit", "Name the first signs that start the bundle"),
    ("Readmissions after heart failure", "Patients with heart failure come back within thirty days more often than in the state.",
     "READM_30_HF", "quality", "performance", "Clinicians need to book follow-up before discharge and check doses in the first week.", "No early visit, doses unchanged", "Book a visit within seven days of discharge", "Say which patients come back, and in which week"),
    ("Line infections above expectation", "More central-line infections than predicted from the case mix.",
     "HAI_1", "quality", "competence", "Staff need to apply the maintenance bundle and remove lines that are no longer needed.", "Lines stay in too long", "Ask about every line on every round", "Say when a central line is no longer needed"),
    ("Hospital-acquired C. difficile", "More infections than predicted, while other hospitals of the state have fewer.",
     "HAI_6", "quality", "knowledge", "Prescribers need to know which antibiotics carry most of the risk and when to stop.", "Long antibiotic courses", "Review antibiotics at forty-eight hours", "Name the antibiotics that carry most of the risk"),
    ("Early elective deliveries", "Elective deliveries before thirty-nine weeks still happen without a medical reason.",
     "PC_01", "performance", "competence", "Teams need words for declining an early date.", "Requests by families and schedules", "Decline dates before thirty-nine weeks without a reason", "Say what an early date costs mother and child"),
    ("Staff vaccination against influenza", "Fewer employees are vaccinated than in comparable hospitals.",
     "IMM_3", "knowledge", "knowledge", "Staff need honest answers to the questions they have.", "Doubts that nobody answers", "Offer the vaccine at the start of each shift", "Answer the five doubts that are heard most"),
    ("Plans for the night stay in one head", "What the day team decided is often not known to those who come at night; they call, or they wait until morning.",
     "", "performance", "competence", "Teams need one order for handing over, and somebody who says it back.", "No agreed order, many interruptions", "Hand over with the checklist and have it said back", "Name what a handoff has to contain"),
    ("Bad news told in a corridor", "Families say that they heard the most important sentence standing, and that nobody asked what they had understood.",
     "", "quality", "competence", "Clinicians need words for the first minute, and a room.", "No practice, no place", "Sit down, ask first, and check what was understood", "Say what families remember of such talks"),
    ("More opioids go home than are needed", "Patients told us that half of the tablets they were given after surgery were still in the cupboard a month later.",
     "", "performance", "knowledge", "Prescribers need to know what patients of this operation really use.", "One amount for all, and fear of calls", "Prescribe what was used on the last day", "Say how much is used after the five most common operations"),
)  # fmt: skip
STUCK = (("READM_30_HF", "HAI_1", "HAI_6"), ("PC_01", "IMM_3"))  # of each, one figure has not moved in the last years
MEASURES = (  # (id, start, yearly drift, spread between places, denominator)
    ("SEP_1", 52.0, 2.2, 5.0, 118),
    ("READM_30_HF", 22.4, -0.3, 0.9, 240),
    ("HAI_1", 1.22, -0.04, 0.22, 0),
    ("HAI_6", 1.18, -0.05, 0.18, 0),
    ("PC_01", 4.1, -0.5, 1.4, 96),
    ("IMM_3", 81.0, 1.1, 5.0, 2100),
)
COMMITMENTS = (  # by gap
    ("I will start the bundle before the first result is back", "I will say the first sign aloud and note the time", "I will draw cultures before I call the consultant",
     "I will ask the nurse to keep the clock"),
    ("I will book the follow-up visit before discharge", "I will call every patient in the first week", "I will reconcile the list of medicines with the pharmacist",
     "I will write the plan in plain words for the family"),
    ("I will ask on every round whether the line is still needed", "I will change the dressing by the checklist", "I will take lines out on the day they are no longer used"),
    ("I will review antibiotics after two days", "I will choose the shortest course that works", "I will write the day of stopping into the order"),
    ("I will decline an early date without a reason", "I will use the words we practised with families", "I will ask the colleague on call before I agree to an early date"),
    ("I will offer the vaccine myself", "I will ask what worries the person before I explain", "I will offer the vaccine at the start of the shift"),
    ("I will use the checklist at handoff", "I will have the plan said back to me", "I will hand over in a room without a phone"),
    ("I will ask each patient what matters to them first", "I will sit down before I begin", "I will call the interpreter before I begin", "I will ask what was understood"),
    ("I will send home what was used on the last day, and no more", "I will offer what helps besides opioids first", "I will say where tablets that are left can be brought"),
)  # fmt: skip
OVERCOME = (
    "Agree on it at the team meeting", "Put it into the order set", "Ask the pharmacist to join the round", "Start with one ward",
    "Keep the card in my pocket", "Ask the lead nurse for a reminder", "Show the data to the group",
)  # fmt: skip
REFLECTIONS = (
    "The first hour decides more than I thought.", "The simplest step is the one we skip.", "Our own figures surprised me.",
    "I can stop earlier than I do.", "The pharmacist sees what I miss.", "Asking first saves time later.",
)  # fmt: skip
HEARD = "Survey of teams on eleven wards, spring 2025, 214 answers."
COMPANIES = ("Bramblewort Therapeutics", "Fogmere Devices", "Larkspur Diagnostics", "Pinewhistle Pharma")
REFERENCES = (
    "Fictional Trial Group. Early treatment in a made-up cohort. Journal of Invented Medicine 2025;1:1-9.",
    "Imaginary Society. Guideline for a condition that is not named here. 2024.",
    "Amberwell R. What became of plans: a review of invented studies. Annals of Invented Medicine 2025;3:20-31.",
)

SYSTEM_CHANGES = (  # what some report that their team or system changed besides
    "The order set now asks for it.",
    "We have a fixed time for it at the morning round.",
    "The pharmacist joins the round twice a week.",
    "The nurse may start it without an order.",
    "It is on the checklist of our unit.",
)

# --- what becomes of courses that are over

Case = tuple[str, tuple[str, str, str, str], str]
TEST_ITEMS: dict[int, tuple[Case, ...]] = {  # by gap: (case, four answers with the right one first, why)
    0: (
        ("A patient on the ward is confused, warm and breathes 26 times a minute. What comes first?",
         ("Call the team and draw cultures before the antibiotic", "Wait for the lactate", "Ask for a bed in intensive care", "Repeat the vital signs in an hour"),
         "The bundle starts at the first sign; every element that waits for a result comes late."),
        ("Cultures cannot be drawn for another twenty minutes. What about the antibiotic?",
         ("Give it now", "Hold it until the cultures are drawn", "Hold it until the results are back", "Ask the pharmacist tomorrow"),
         "A short delay of cultures is acceptable; a delay of the first dose is not."),
        ("Who may start the bundle on our wards?",
         ("Any member of the team who sees the first sign", "The consultant", "The resident on call", "The rapid response team"),
         "The agreement of the wards gives the first hour to whoever sees it first."),
    ),
    3: (
        ("A patient improves on the third day of a broad antibiotic; cultures grow nothing. What now?",
         ("Narrow it or stop, and write the day into the order", "Go on for ten days to be safe", "Add a second one", "Change to tablets of the same kind for ten days"),
         "Most of the risk comes with the days that are no longer needed."),
        ("Which of these raises the risk of C. difficile most?",
         ("A long course of a broad antibiotic", "One dose before an operation", "A dressing that is changed daily", "Low-fat food"),
         "Breadth and length of the course carry most of the risk."),
        ("A patient has loose stools once, on a laxative. Test for C. difficile?",
         ("No: stop the laxative and look again", "Yes, at once", "Yes, three times", "Treat without a test"),
         "A test without the picture finds carriers and treats them."),
    ),
    7: (
        ("You are to tell a family that treatment no longer helps. What comes first?",
         ("Sit down and ask what they know", "Give the figures", "Name the next treatment", "Ask them to sign the form"),
         "What they know decides where the talk begins."),
        ("After the sentence nobody speaks. What do you do?",
         ("Wait", "Explain it again", "Speak of hospice", "Leave the room for a moment"),
         "Nothing that is said in the first minute is kept; the silence is."),
        ("How do you find out what was understood?",
         ("Ask them to tell you in their words", "Ask whether there are questions", "Hand out a leaflet", "Ring the next day"),
         "Who is asked for questions has none."),
    ),
}  # fmt: skip
TEAMS = ("Ward 4 East", "Ward 6 North", "Emergency, night team")
TEAM_CHANGE = "Whoever sees the first sign says it aloud, and one of us keeps the clock."
CODES = (  # (label, when to use it, words)
    ("Timing", "What is done earlier, later or in another order. Not: how much of something.", "hour, time, earlier, later"),
    ("Stopping", "Something is no longer done, or done less.", "stop, skip"),
    ("Own data", "The figures of the own practice made the difference.", "figures, data"),
    ("Other professions", "What another profession sees, knows or does.", "pharmacist, nurse, team"),
)  # fmt: skip
SUMMARIES = (  # (what changed and how we know, limits, what remains)
    ("Most who answered at ninety days report the change made, in full or in part. The figure of the gap moved the right way in the release that covers the months after the course, though by no more than chance could do. The teams name the same obstacle again and again: nobody keeps the clock in the first hour.",
     "Many did not answer; the figure moves with everything else the hospitals do.", "Nights and weekends, where the figure has not moved."),
    ("The test shows no gain in knowledge. Learners can name the step they will take, and most who answered report that they took it. Prescribing data were not available, so that this is known from what people say.",
     "Own reports only; no comparison group.", "Cases that are harder, and a measure from the pharmacy record."),
    ("Knowledge rose and plans were made; many of the plans were kept at ninety days. Time and staffing are the barriers named most often, and neither is in the hands of learners.",
     "Follow-up answers come from those who found it worth while.", "The order of work on the wards, with those who can change it."),
)  # fmt: skip

# --- the years judged

CONCLUSIONS = {  # by how the number stands: (conclusion, priority, why)
    "reached": ("The target was reached, and the whole interval lies above it. It rests on those who answered; those who did not are not known to be the same.", 3, "It holds; the next gain is dearer than the last."),
    "open": ("It cannot be told whether the target was reached: the interval includes it. More answers would tell more than another course.", 2, "A number that decides nothing helps nobody."),
    "short": ("Below the target. Plans are made, but too few are carried out: most obstacles named lie outside what a learner can change.", 1, "It is the promise of the mission that is least kept."),
    "unknown": ("Nothing can be said of this year: too little was measured. What was done is described in the list of activities.", 2, "Without a number nobody can steer."),
}  # fmt: skip
# (years before this one, what will be better, finding, plan, state, opened and due in days from today, priority, why, what came of it)
IMPROVEMENTS = (
    (1, "Follow-up is asked while people still remember", "Fewer than half answered the question at ninety days.",
     "Ask at 45 and 90 days by mail with the learner's own words, one press to answer.", "done", -312, -120, 1, "Every result about practice rests on these answers.",
     "Answers to the later question rose; the number beside this entry shows by how much."),
    (1, "Every course names the step it wants to see", "Objectives spoke of understanding, not of doing.",
     "The planning form asks for the change in a verb that can be seen.", "done", -305, -60, 2, "Cheap, and it sharpens everything that follows.",
     "All courses planned since spring name a change that can be seen; reviewers return fewer plans."),
    (0, "Night teams are reached", "The figure of the gap moves by day and stays at night.",
     "Repeat the workshop at the change of shift, on three wards, and watch the figure by hour.", "planned", -96, 24, 1, "Patients come to harm at night.", ""),
    (0, "Speakers read what learners said", "Feedback reached a third of the speakers.",
     "Send each speaker the link when evaluation has closed.", "planned", -130, -11, 2, "It costs little and speakers ask for it.", ""),
    (0, "Barriers go to those who can remove them", "Time and staffing are named most often and are not in the hands of learners.",
     "", "identified", -20, 0, 2, "The review asked twice.", ""),
    (0, "A podcast for every series", "Attendance falls in summer.", "", "dropped", -210, 0, 4, "Asked for by two departments.", ""),
)  # fmt: skip
DROPPED_BECAUSE = "Nobody would know whether it changes anything; the hours go into the night teams."
REVIEWERS = ("Dana Director", "Evan Evaluator", "Lee Dean", "Rowan Amberwell, hospital quality")
LOOKED_AT = "Figures of the year, results by expected result, barriers by domain, the report before this one."
DECIDED = "Report night and day apart where the figure allows it"
FIGURES_NOTE = "The first year in which plans were followed up at 45 and 90 days; earlier years cannot be compared."
DRAFT = "Numbers of the last quarter are still coming in. So far: "

# --- applications of departments (what the steps of an application ask for)

APPLICATIONS = {  # program -> (what becomes of it, answers); days ahead for the month it is planned for
    "uconn": (
        ("waits", 70, {
            "title": "Delirium on medical wards", "gap_now": "On our two medical wards one patient in four over seventy becomes confused; half of them are never screened.",
            "gap_wanted": "The guideline asks for a screening in every shift, and for a plan on the same day.", "gap_kind": "quality",
            "citation": "Screening log of two medical wards, January to June 2026, 312 patients.", "need_kind": "competence",
            "need_text": "Nurses and residents see delirium late, because they have never used the short screening together.",
            "intended_change": "performance", "intended_change_text": "Every patient over seventy is screened once a shift."}),
        ("approved", 90, {
            "title": "Transfusion: one unit, then look again", "gap_now": "Two units are ordered together in six of ten orders, though the second is rarely needed.",
            "gap_wanted": "One unit, then an examination and a new value before the next is ordered.", "gap_kind": "performance",
            "citation": "Blood bank of the hospital, orders of 2025, 1,840 units.", "need_kind": "performance",
            "need_text": "Residents know the threshold, and order by habit.", "intended_change": "performance",
            "intended_change_text": "Single-unit orders are the usual ones within half a year."}),
    ),
    "umass": (
        ("draft", 120, {
            "title": "Pain in people with dementia", "gap_now": "Pain is written down for one in three patients with dementia on our wards.",
            "gap_wanted": "", "gap_kind": "quality"}),
    ),
}  # fmt: skip
CONDITION = "Name a second planner who is not of the department"

# --- registers

QUALITY_PROJECTS = (  # (title, aim, what each finished stage found)
    ("Sepsis: the first hour", "Nine in ten septic patients receive the whole bundle in three hours.",
     ("Two in three received it; cultures were late.", "The first sign starts the bundle; one nurse keeps the clock.", "Three in four receive it; nights lag behind.")),
    ("Home after heart failure, and staying there", "One readmission in ten fewer within a year.", ("One in five came back; half had no early visit.",)),
)  # fmt: skip
COMMUNITY_TALKS = (  # (title, summary, days ago, heads, how they were counted)
    ("Stroke: know the signs", "An evening at the library: what a stroke looks like and why minutes count.", 75, 86, "Heads counted at the door"),
    ("Your medicines, one list", "Bring your boxes; leave with one list.", 40, 54, "Heads counted at the door"),
    ("Healthy winter", "A broadcast of the local station with questions from listeners.", 12, 640, "The station's own estimate"),
)  # fmt: skip
COLLABORATION = (
    "Practice data for planning", "Quality department of Fernmere General Hospital", "Gaps are found in the hospital's own figures, and looked at again.",
    "Gives figures every quarter", "Six gaps were found in these figures; four have moved.",
)  # fmt: skip
INNOVATIONS = (  # (title, origin, approach, source, evidence, strength, effect, decision, reason)
    ("The clock in the room", "own", "A visible clock runs through every case discussion, so that learners feel what an hour is.", "", "Two courses: plans name times more often.",
     "Teaching with our own cases", "Plans that name a time are kept more often.", "", ""),
    ("Plans written by teams", "others", "Teams, not persons, write what they will change, and answer for it together.", "Willowgate Academy, in its yearly letter of 2025", "Their follow-up: three in four teams kept it.",
     "", "Change in teams reaches more patients.", "adapt", "We keep the team's plan and ask each member too."),
    ("A badge for every click", "others", "Learners collect badges for opening pages.", "A vendor's brochure", "None that was measured.", "", "", "reject", "It counts clicks, and the mission counts change."),
)  # fmt: skip
STUDIES = (  # (kind, title, lead, question, support, ethics number, dissemination)
    ("own", "Do plans in own words last longer?", "Evan Evaluator", "Are plans that learners word themselves kept more often at ninety days than plans chosen from a list?",
     "", "DEMO-2026-014", (("submitted", "Journal of Invented Education", 90), ("presented", "Fictional Congress of Continuing Education", 30))),
    ("supported", "Teaching the night shift", "Petra Quillmere, nursing", "When do night teams learn?", "Participants and advice", "", ()),
)  # fmt: skip
FACULTY_ITEMS = (  # (track, title, about, position)
    ("teaching", "Teaching at the bedside", "Ask, wait, and say what you saw.", 1),
    ("teaching", "Feedback that is heard", "Twenty minutes with a colleague who watched you teach.", 2),
    ("leadership", "Leading a small change", "One change on one ward, with a figure.", 1),
    ("leadership", "Leading a team of several professions", "A year with a mentor.", 2),
    ("leadership", "Leading an education program", "Plan, budget, judge.", 3),
)  # fmt: skip
ELEMENTS = {  # codes of no body: an office imports the body's own list
    "lcme": (("D1", "Teachers are prepared for teaching"), ("D2", "Students learn with other professions"), ("D3", "Assessment is fair and in time")),
    "acgme": (("X1", "Residents take part in improving quality"), ("X2", "Faculty learn to teach and to judge"), ("X3", "Well-being is looked after")),
}  # fmt: skip
DISTINCTIONS = (  # (kind, title, by whom, days ago)
    ("award", "Prize for the best use of own data", "Fictional Alliance for Continuing Education", 150),
    ("presentation", "What the clock in the room taught us", "Congress of Invented Medicine", 60),
)  # fmt: skip
TEACHING_DAYS = (  # (days ago, minutes, whom, what was taught, what the teacher learned, confirmed)
    (34, 60, "residents", "The first hour of sepsis, at the bedside", "A resident asked why lactate is repeated; I looked it up and found that I repeated it for the wrong reason.", True),
    (6, 90, "students", "Breaking bad news, with an actor", "I talk too soon. A student waited, and the actor told her what I had never heard.", None),
)  # fmt: skip
