-- The question asked two months later or more; "it did not apply" is a reply that confirms nothing and denies nothing.
SELECT CAST(c.activity_id AS INTEGER) AS activity_id, p.learner_id, CAST(f.asked_at AS DATE) AS sent_on, CAST(f.answered_at AS DATE) AS answered_on,
    CAST(CASE f.answer WHEN 'fully' THEN 2 WHEN 'partly' THEN 1 WHEN 'not_yet' THEN 0 WHEN 'no_longer' THEN 0 END AS SMALLINT) AS status,
    nullif(f.barrier_code, '') AS barrier_code
FROM taken.followups AS f
JOIN taken.commitments AS c ON c.commitment_id = f.commitment_id
JOIN people AS p ON p.learner = c.learner
WHERE f.wave >= 60 AND year(f.asked_at) = getvariable('wanted')
ORDER BY 1, 2
