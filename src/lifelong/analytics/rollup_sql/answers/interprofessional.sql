SELECT
    activity_type, count(*) AS activities,
    count(*) FILTER (WHERE professions >= 2 AND top / completions <= 0.8) / count(*) AS interprofessional_share,
    avg(1 - top / completions) AS mean_minor_share
FROM activity_cells WHERE professions > 0 GROUP BY activity_type ORDER BY activity_type
