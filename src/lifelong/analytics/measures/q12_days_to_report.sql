-- name: days_to_report
-- question: How many days pass between a claim and its report to the accreditor, and how much is never reported?
-- unit: completed claim; days
-- caveat: Percentiles are of reported claims only; recent claims had less time to be reported.
-- columns: activity_type q claims unsubmitted_share p50 p90 p99
-- counts: claims
-- Days are few and whole: counting claims a day first gives exact percentiles without sorting the claims.
WITH by_type AS (
    SELECT a.activity_type, quarter(c.claimed_on) AS q, datediff('day', c.claimed_on, c.pars_on) AS days, count(*) AS claims
    FROM credits AS c
    JOIN activities AS a ON a.activity_id = c.activity_id
    WHERE c.completed
    GROUP BY 1, 2, 3
), totals AS (
    SELECT activity_type, q, sum(claims) AS claims, coalesce(sum(claims) FILTER (WHERE days IS NOT NULL), 0) AS reported
    FROM by_type
    GROUP BY activity_type, q
), ranked AS (
    SELECT activity_type, q, days, sum(claims) OVER (PARTITION BY activity_type, q ORDER BY days) AS upto
    FROM by_type
    WHERE days IS NOT NULL
), wanted AS (
    SELECT t.activity_type, t.q, s.share, s.share * (t.reported - 1) AS place
    FROM totals AS t
    CROSS JOIN (SELECT 0.5 AS share UNION ALL SELECT 0.9 UNION ALL SELECT 0.99) AS s
    WHERE t.reported > 0
), found AS (
    SELECT
        w.activity_type, w.q, w.share,
        min(r.days) FILTER (WHERE r.upto > floor(w.place)) AS lower_day,
        min(r.days) FILTER (WHERE r.upto > ceil(w.place)) AS upper_day,
        max(w.place - floor(w.place)) AS part
    FROM wanted AS w
    JOIN ranked AS r ON r.activity_type = w.activity_type AND r.q = w.q
    GROUP BY w.activity_type, w.q, w.share
)
SELECT
    t.activity_type, t.q, t.claims, 1 - t.reported / t.claims AS unsubmitted_share,
    max(f.lower_day + (f.upper_day - f.lower_day) * f.part) FILTER (WHERE f.share = 0.5) AS p50,
    max(f.lower_day + (f.upper_day - f.lower_day) * f.part) FILTER (WHERE f.share = 0.9) AS p90,
    max(f.lower_day + (f.upper_day - f.lower_day) * f.part) FILTER (WHERE f.share = 0.99) AS p99
FROM totals AS t
LEFT JOIN found AS f ON f.activity_type = t.activity_type AND f.q = t.q
GROUP BY t.activity_type, t.q, t.claims, t.reported
ORDER BY t.activity_type, t.q
