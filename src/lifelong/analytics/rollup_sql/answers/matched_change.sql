SELECT activity_id, n, total / n AS mean_change, sqrt(greatest(squares - total * total / n, 0) / (n - 1)) AS sd_change
FROM change_cells WHERE n >= 10 ORDER BY activity_id
