-- The gaps are weighed anew when rows arrive, not whenever somebody looks.
CREATE OR REPLACE TABLE gap_cells AS
SELECT
    l.gap_id, count(*) AS activities, CAST(sum(a.reached) AS BIGINT) AS reached,
    CAST(coalesce(sum(a.reached) FILTER (WHERE NOT l.outcome_met), 0) AS BIGINT) AS unmet
FROM gap_links AS l JOIN activity_cells AS a ON a.activity_id = l.activity_id
WHERE a.reached > 0 GROUP BY l.gap_id;
