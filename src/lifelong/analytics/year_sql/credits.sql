-- A claim is an award with its corrections, as far as credit is left of it; an attendance that brought none is a claim that was not completed.
WITH reported AS (
    SELECT award_id, min(CAST(sent_at AS DATE)) AS sent_on FROM taken.records WHERE kind = 'learner' GROUP BY award_id
), standing AS (
    SELECT a.learner, a.activity_id, a.session_id, a.credit_system, sum(a.amount) AS amount, min(a.earned_on) AS earned_on,
        min(r.sent_on) AS sent_on
    FROM taken.awards AS a
    LEFT JOIN reported AS r ON r.award_id = a.award_id
    GROUP BY a.learner, a.activity_id, a.session_id, a.credit_system
    HAVING sum(a.amount) > 0
), present AS (
    SELECT s.activity_id, t.session_id, t.learner, CAST(t.recorded_at AS DATE) AS recorded_on
    FROM taken.attendances AS t
    JOIN taken.sessions AS s ON s.session_id = t.session_id
    WHERE t.voided_at IS NULL
), claims AS (
    SELECT a.activity_id, a.session_id, a.learner, a.credit_system AS credit_type, CAST(a.amount AS FLOAT) AS credits, true AS completed,
        a.earned_on AS claimed_on, a.sent_on AS pars_on
    FROM standing AS a
    UNION ALL
    SELECT activity_id, session_id, learner, 'none', 0, false, recorded_on, NULL
    FROM present AS p
    WHERE NOT EXISTS (
        SELECT 1 FROM standing AS a
        WHERE a.learner = p.learner AND a.activity_id = p.activity_id AND (a.session_id IS NULL OR a.session_id = p.session_id)
    )
)
SELECT CAST(c.activity_id AS INTEGER) AS activity_id, CAST(c.session_id AS INTEGER) AS session_id, p.learner_id, c.credit_type, c.credits,
    c.completed, c.claimed_on, c.pars_on
FROM claims AS c
JOIN people AS p ON p.learner = c.learner
WHERE year(c.claimed_on) = getvariable('wanted')
ORDER BY 1, 3
