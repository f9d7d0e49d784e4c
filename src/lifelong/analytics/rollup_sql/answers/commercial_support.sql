SELECT
    activity_type, count(*) AS activities, count(*) FILTER (WHERE commercial_support) / count(*) AS supported_activity_share,
    sum(credits) FILTER (WHERE commercial_support) / sum(credits) AS supported_credit_share,
    sum(completions) FILTER (WHERE commercial_support) / sum(completions) AS supported_claim_share, sum(support_cents) / 100 AS support
FROM activity_cells WHERE completions > 0 GROUP BY activity_type ORDER BY activity_type
