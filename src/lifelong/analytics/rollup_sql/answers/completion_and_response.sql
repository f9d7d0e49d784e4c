SELECT
    activity_type, sum(claims) AS claims, sum(completions) / sum(claims) AS completion_rate,
    sum(responders) FILTER (WHERE has_evaluation) / nullif(sum(reached) FILTER (WHERE has_evaluation), 0) AS response_rate
FROM activity_cells WHERE claims > 0 GROUP BY activity_type ORDER BY activity_type
