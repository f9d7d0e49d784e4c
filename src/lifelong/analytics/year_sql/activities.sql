-- Evaluation is held by person only where every answer carries a name or a code: of others nobody can say how many people answered.
SELECT
    CAST(a.activity_id AS INTEGER) AS activity_id, a.format AS activity_type,
    CASE
        WHEN a.format IN ('webcast', 'live_virtual') THEN 'live_online'
        WHEN a.format = 'hybrid' THEN 'hybrid'
        WHEN a.format LIKE 'enduring%' OR a.format = 'point_of_care' THEN 'enduring'
        ELSE 'live'
    END AS format,
    a.starts_on AS start_on, a.ends_on AS end_on, a.is_interprofessional AS planned_interprofessional,
    s.activity_id IS NOT NULL AS commercial_support, CAST(coalesce(s.cents, 0) AS BIGINT) AS support_cents,
    a.activity_id IN (
        SELECT activity_id FROM taken.responses WHERE activity_id IS NOT NULL
        GROUP BY activity_id HAVING bool_and(learner IS NOT NULL OR respondent IS NOT NULL)
    ) AS has_evaluation
FROM taken.activities AS a
LEFT JOIN (SELECT activity_id, sum(amount * 100) AS cents FROM taken.commercial_support GROUP BY activity_id) AS s ON s.activity_id = a.activity_id
