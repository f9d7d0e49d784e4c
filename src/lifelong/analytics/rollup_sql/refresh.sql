-- The two answers that are unions over many sets: counted once when rows arrive, not whenever somebody looks.
CREATE OR REPLACE TABLE quarter_cells AS
SELECT q, credit_type, bit_count(bit_or(bits)) AS learners
FROM people GROUP BY GROUPING SETS ((q, credit_type), (q), (credit_type), ());

CREATE OR REPLACE TABLE gap_cells AS
SELECT
    l.gap_id, count(*) AS activities, CAST(sum(a.reached) AS BIGINT) AS reached,
    CAST(coalesce(sum(a.reached) FILTER (WHERE NOT l.outcome_met), 0) AS BIGINT) AS unmet
FROM gap_links AS l JOIN activity_cells AS a ON a.activity_id = l.activity_id
WHERE a.reached > 0 GROUP BY l.gap_id;
