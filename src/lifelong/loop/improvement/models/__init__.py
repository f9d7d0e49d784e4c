"""The year judged against the mission, and the registers."""

from lifelong.loop.improvement.models.kept import KeptFigures
from lifelong.loop.improvement.models.letters import LeaderLetter, LetterPlan
from lifelong.loop.improvement.models.registers import (
    Collaboration,
    CollaborationActivity,
    Dissemination,
    Distinction,
    ElementMapping,
    FacultyItem,
    Innovation,
    InnovationUse,
    PathwayStep,
    ResearchActivity,
    ResearchExport,
    ResearchProject,
    StandardElement,
)
from lifelong.loop.improvement.models.teaching import TeachingLog
from lifelong.loop.improvement.models.year import (
    Attainment,
    Conclusion,
    ConclusionDraft,
    Improvement,
    ImprovementStep,
    MissionReport,
    ReportPdf,
    ReviewDecision,
    ReviewMeeting,
    Synthesis,
)

__all__ = [
    "Attainment",
    "Collaboration",
    "CollaborationActivity",
    "Conclusion",
    "ConclusionDraft",
    "Dissemination",
    "Distinction",
    "ElementMapping",
    "FacultyItem",
    "Improvement",
    "ImprovementStep",
    "Innovation",
    "InnovationUse",
    "KeptFigures",
    "LeaderLetter",
    "LetterPlan",
    "MissionReport",
    "PathwayStep",
    "ReportPdf",
    "ResearchActivity",
    "ResearchExport",
    "ResearchProject",
    "ReviewDecision",
    "ReviewMeeting",
    "StandardElement",
    "Synthesis",
    "TeachingLog",
]
