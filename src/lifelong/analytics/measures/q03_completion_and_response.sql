-- name: completion_and_response
-- question: Of what is claimed, how much is completed; and how many of those who completed answered the evaluation?
-- unit: claim; learner in an activity
-- caveat: The response rate speaks only of activities whose answers are held item by item.
-- columns: activity_type claims completion_rate response_rate
-- counts: claims
WITH held AS (
    SELECT activity_id, count(*) AS claims, count(*) FILTER (WHERE completed) AS completions
    FROM credits
    GROUP BY activity_id
), completers AS (
    SELECT activity_id, count(*) AS people
    FROM (
        SELECT DISTINCT c.activity_id, c.learner_id
        FROM credits AS c
        JOIN activities AS a ON a.activity_id = c.activity_id
        WHERE c.completed AND a.has_evaluation
    )
    GROUP BY activity_id
), responders AS (
    SELECT activity_id, count(*) AS people FROM (SELECT DISTINCT activity_id, learner_id FROM answers) GROUP BY activity_id
)
SELECT
    a.activity_type,
    sum(h.claims) AS claims,
    sum(h.completions) / sum(h.claims) AS completion_rate,
    sum(coalesce(r.people, 0)) FILTER (WHERE a.has_evaluation) / nullif(sum(d.people) FILTER (WHERE a.has_evaluation), 0) AS response_rate
FROM held AS h
JOIN activities AS a ON a.activity_id = h.activity_id
LEFT JOIN completers AS d ON d.activity_id = h.activity_id
LEFT JOIN responders AS r ON r.activity_id = h.activity_id
GROUP BY a.activity_type
ORDER BY a.activity_type
