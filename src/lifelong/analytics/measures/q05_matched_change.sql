-- name: matched_change
-- question: By how much did the scores of the same people change from before to after each activity?
-- unit: learner with a score before and a score after; change in points
-- caveat: Only activities with ten matched pairs or more; there is no comparison group.
-- columns: activity_id n mean_change sd_change
-- counts: n
WITH pairs AS (
    SELECT
        activity_id,
        max(value) FILTER (WHERE question = 'post_score') - max(value) FILTER (WHERE question = 'pre_score') AS change
    FROM answers
    WHERE question IN ('pre_score', 'post_score')
    GROUP BY activity_id, learner_id
)
SELECT activity_id, count(*) AS n, avg(change) AS mean_change, stddev_samp(change) AS sd_change
FROM pairs
WHERE change IS NOT NULL
GROUP BY activity_id
HAVING count(*) >= 10
ORDER BY activity_id
