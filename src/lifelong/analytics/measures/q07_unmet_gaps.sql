-- name: unmet_gaps
-- question: Which twenty practice gaps stay open most often, weighed by the learners whom their activities reached?
-- unit: different learner in an activity
-- caveat: A learner reached by two activities on one gap weighs twice; unmet is the judgement of the provider.
-- columns: gap_id topic level activities reached unmet_share
-- counts: reached
WITH reach AS (
    SELECT activity_id, count(*) AS people
    FROM (SELECT DISTINCT activity_id, learner_id FROM credits WHERE completed)
    GROUP BY activity_id
), weighed AS (
    SELECT g.gap_id, count(*) AS activities, sum(r.people) AS reached, coalesce(sum(r.people) FILTER (WHERE NOT g.outcome_met), 0) AS unmet
    FROM activity_gaps AS g
    JOIN reach AS r ON r.activity_id = g.activity_id
    GROUP BY g.gap_id
)
SELECT w.gap_id, gaps.topic, gaps.level, w.activities, w.reached, w.unmet / w.reached AS unmet_share
FROM weighed AS w
JOIN gaps ON gaps.gap_id = w.gap_id
ORDER BY unmet_share DESC, w.gap_id
LIMIT 20
