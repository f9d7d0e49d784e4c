SELECT activity_type, profession, sent, answered, confirmed, confirmed / nullif(answered, 0) AS confirmed_rate
FROM follow_cells ORDER BY 1, 2
