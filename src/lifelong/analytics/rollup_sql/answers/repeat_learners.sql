SELECT
    profession, sum(learners) AS learners, coalesce(sum(learners) FILTER (WHERE activities = 1), 0) AS one,
    coalesce(sum(learners) FILTER (WHERE activities BETWEEN 2 AND 4), 0) AS two_four,
    coalesce(sum(learners) FILTER (WHERE activities BETWEEN 5 AND 9), 0) AS five_nine,
    coalesce(sum(learners) FILTER (WHERE activities >= 10), 0) AS ten_up, sum(learners * activities) / sum(learners) AS mean_activities
FROM repeat_cells GROUP BY profession ORDER BY profession
