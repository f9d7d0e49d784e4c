SELECT c.gap_id, g.topic, g.level, c.activities, c.reached, c.unmet / c.reached AS unmet_share
FROM gap_cells AS c JOIN gap_names AS g ON g.gap_id = c.gap_id ORDER BY unmet_share DESC, c.gap_id LIMIT 20
