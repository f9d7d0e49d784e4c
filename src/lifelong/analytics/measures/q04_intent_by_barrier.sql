-- name: intent_by_barrier
-- question: What share of respondents intends to change practice, by the barrier they expect and the type of activity?
-- unit: respondent who answered both items
-- caveat: Intent is what people say at the end of an activity; it is not change.
-- columns: barrier activity_type n intent_share
-- counts: n
WITH said AS (
    SELECT
        activity_id,
        max(value) FILTER (WHERE question = 'intent_to_change') AS intent,
        max(value) FILTER (WHERE question = 'barrier') AS barrier_code
    FROM answers
    WHERE question IN ('intent_to_change', 'barrier')
    GROUP BY activity_id, learner_id
), cells AS (
    SELECT activity_id, barrier_code, count(*) AS n, sum(intent) AS intending
    FROM said
    WHERE intent IS NOT NULL AND barrier_code IS NOT NULL
    GROUP BY activity_id, barrier_code
)
SELECT b.barrier, a.activity_type, sum(c.n) AS n, sum(c.intending) / sum(c.n) AS intent_share
FROM cells AS c
JOIN activities AS a ON a.activity_id = c.activity_id
JOIN barriers AS b ON b.barrier_code = c.barrier_code
GROUP BY b.barrier, a.activity_type
ORDER BY b.barrier, a.activity_type
