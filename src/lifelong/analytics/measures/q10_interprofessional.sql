-- name: interprofessional
-- question: What share of activities was learned in by several professions, none of them above four fifths?
-- unit: activity with at least one completed claim
-- caveat: Learning side by side; whether professions learned from each other is not in these rows.
-- columns: activity_type activities interprofessional_share mean_minor_share
WITH professions AS MATERIALIZED (
    SELECT profession, row_number() OVER (ORDER BY profession) AS code FROM (SELECT DISTINCT profession FROM learners)
), who AS MATERIALIZED (
    SELECT l.learner_id, CAST(p.code AS SMALLINT) AS profession_code FROM learners AS l JOIN professions AS p ON p.profession = l.profession
), audience AS (
    SELECT c.activity_id, who.profession_code, count(*) AS claims
    FROM credits AS c
    JOIN who ON who.learner_id = c.learner_id
    WHERE c.completed
    GROUP BY 1, 2
), mix AS (
    SELECT activity_id, count(*) AS professions, max(claims) / sum(claims) AS top_share FROM audience GROUP BY activity_id
)
SELECT
    a.activity_type,
    count(*) AS activities,
    count(*) FILTER (WHERE m.professions >= 2 AND m.top_share <= 0.8) / count(*) AS interprofessional_share,
    avg(1 - m.top_share) AS mean_minor_share
FROM mix AS m
JOIN activities AS a ON a.activity_id = m.activity_id
GROUP BY a.activity_type
ORDER BY a.activity_type
