-- name: commercial_support
-- question: What share of activities, credits and claims rests on commercial support, and how much money is it?
-- unit: activity with a completed claim; support in dollars
-- caveat: Support of activities nobody completed is not in the sum.
-- columns: activity_type activities supported_activity_share supported_credit_share supported_claim_share support
WITH completed AS (
    SELECT activity_id, sum(credits) AS credits, count(*) AS claims FROM credits WHERE completed GROUP BY activity_id
)
SELECT
    a.activity_type,
    count(*) AS activities,
    count(*) FILTER (WHERE a.commercial_support) / count(*) AS supported_activity_share,
    sum(c.credits) FILTER (WHERE a.commercial_support) / sum(c.credits) AS supported_credit_share,
    sum(c.claims) FILTER (WHERE a.commercial_support) / sum(c.claims) AS supported_claim_share,
    sum(a.support_cents) / 100 AS support
FROM completed AS c
JOIN activities AS a ON a.activity_id = c.activity_id
GROUP BY a.activity_type
ORDER BY a.activity_type
