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
COURSES = (
    "Sepsis workshop for teams", "Safe opioid prescribing", "Ultrasound at the bedside", "Leading quality improvement", "Palliative care essentials",
    "Diabetes update", "Hospital medicine course", "Communication under pressure", "Emergency simulation day", "Pharmacotherapy update",
    "Equity in everyday care", "Teaching at the bedside", "Women's health update", "Geriatrics in practice", "Infection prevention for all",
    "Mental health in primary care", "Pain without opioids", "Stroke update", "Pediatric urgent care", "Research into practice",
    "Patient safety foundations", "Team training for rapid response",
)  # fmt: skip
GAPS = (
    # (title, description, measure, kind, need kind, need, cause, change)
    ("Sepsis bundle not finished in time", "One septic patient in three does not receive every element of the three-hour bundle; blood cultures come late most often.",
     "SEP_1", "performance", "competence", "Teams need to start the bundle from the first sign instead of waiting for the consultant.", "Unclear roles in the first hour", "Start the bundle within one hour in my unit"),
    ("Readmissions after heart failure", "Patients with heart failure come back within thirty days more often than in the state.",
     "READM_30_HF", "quality", "performance", "Clinicians need to book follow-up before discharge and check doses in the first week.", "No early visit, doses unchanged", "Book a visit within seven days of discharge"),
    ("Line infections above expectation", "More central-line infections than predicted from the case mix.",
     "HAI_1", "quality", "competence", "Staff need to apply the maintenance bundle and remove lines that are no longer needed.", "Lines stay in too long", "Ask about every line on every round"),
    ("Hospital-acquired C. difficile", "The infection ratio has risen over two years while the state's fell.",
     "HAI_6", "quality", "knowledge", "Prescribers need to know which antibiotics carry most of the risk and when to stop.", "Long antibiotic courses", "Review antibiotics at forty-eight hours"),
    ("Early elective deliveries", "Elective deliveries before thirty-nine weeks still happen without a medical reason.",
     "PC_01", "performance", "competence", "Teams need words for declining an early date.", "Requests by families and schedules", "Decline dates before thirty-nine weeks without a reason"),
    ("Staff vaccination against influenza", "Fewer employees are vaccinated than in comparable hospitals.",
     "IMM_3", "knowledge", "knowledge", "Staff need honest answers to the questions they have.", "Doubts that nobody answers", "Offer the vaccine at the start of each shift"),
)  # fmt: skip
MEASURES = (  # (id, start, yearly drift, spread between places, denominator)
    ("SEP_1", 52.0, 2.2, 5.0, 118),
    ("READM_30_HF", 22.4, -0.3, 0.9, 240),
    ("HAI_1", 1.02, -0.04, 0.22, 0),
    ("HAI_6", 0.78, -0.05, 0.18, 0),
    ("PC_01", 4.1, -0.5, 1.4, 96),
    ("IMM_3", 81.0, 1.1, 5.0, 2100),
)
COMMITMENTS = (
    "I will start the bundle before the first result is back", "I will ask on every round whether the line is still needed",
    "I will book the follow-up visit before discharge", "I will review antibiotics after two days", "I will ask each patient what matters to them first",
    "I will use the checklist at handoff", "I will measure blood pressure twice before changing a dose", "I will write the plan in plain words for the family",
    "I will stop ordering an image for simple back pain", "I will teach the inhaler and watch it being used", "I will screen for delirium once a shift",
    "I will offer the vaccine myself", "I will reconcile the list of medicines with the pharmacist", "I will call the interpreter before I begin",
)  # fmt: skip
OVERCOME = (
    "Agree on it at the team meeting", "Put it into the order set", "Ask the pharmacist to join the round", "Start with one ward",
    "Keep the card in my pocket", "Ask the lead nurse for a reminder", "Show the data to the group",
)  # fmt: skip
REFLECTIONS = (
    "The first hour decides more than I thought.", "The simplest step is the one we skip.", "Our own figures surprised me.",
    "I can stop earlier than I do.", "The pharmacist sees what I miss.", "Asking first saves time later.",
)  # fmt: skip
COMPANIES = ("Bramblewort Therapeutics", "Fogmere Devices", "Larkspur Diagnostics", "Pinewhistle Pharma")
REFERENCES = (
    "Fictional Trial Group. Early treatment in a made-up cohort. Journal of Invented Medicine 2025;1:1-9.",
    "Imaginary Society. Guideline for a condition that is not named here. 2024.",
)
