-- name: repeat_learners
-- question: How many different activities did each learner complete in the year?
-- unit: learner with at least one completed activity
-- caveat: A series counts as one activity, however many of its sessions were attended.
-- columns: profession learners one two_four five_nine ten_up mean_activities
-- counts: learners
-- parts: one two_four five_nine ten_up
WITH completed AS (
    SELECT learner_id, count(*) AS activities
    FROM (SELECT DISTINCT learner_id, activity_id FROM credits WHERE completed)
    GROUP BY learner_id
)
SELECT
    l.profession,
    count(*) AS learners,
    count(*) FILTER (WHERE c.activities = 1) AS one,
    count(*) FILTER (WHERE c.activities BETWEEN 2 AND 4) AS two_four,
    count(*) FILTER (WHERE c.activities BETWEEN 5 AND 9) AS five_nine,
    count(*) FILTER (WHERE c.activities >= 10) AS ten_up,
    avg(c.activities) AS mean_activities
FROM completed AS c
JOIN learners AS l ON l.learner_id = c.learner_id
GROUP BY l.profession
ORDER BY l.profession
