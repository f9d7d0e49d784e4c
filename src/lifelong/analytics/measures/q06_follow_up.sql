-- name: follow_up
-- question: How many of those asked 60 to 90 days later replied, and how many of them confirmed a change?
-- unit: follow-up sent
-- caveat: Confirmed means the learner reports the change as done; those who did not reply are not counted as unchanged.
-- columns: activity_type profession sent answered confirmed confirmed_rate
-- counts: sent answered
WITH cells AS (
    SELECT f.activity_id, l.profession, count(*) AS sent, count(f.status) AS answered, count(*) FILTER (WHERE f.status = 2) AS confirmed
    FROM followups AS f
    JOIN learners AS l ON l.learner_id = f.learner_id
    GROUP BY f.activity_id, l.profession
)
SELECT
    a.activity_type, c.profession, sum(c.sent) AS sent, sum(c.answered) AS answered, sum(c.confirmed) AS confirmed,
    sum(c.confirmed) / nullif(sum(c.answered), 0) AS confirmed_rate
FROM cells AS c
JOIN activities AS a ON a.activity_id = c.activity_id
GROUP BY a.activity_type, c.profession
ORDER BY a.activity_type, c.profession
