-- name: credits_by_profession
-- question: How many claims and how many credits were completed by each profession, in each format, in each quarter?
-- unit: completed claim; credits in hours as designated
-- caveat: A claim counts in the quarter in which it was claimed, not in which the activity was held.
-- columns: profession format q claims credits
-- counts: claims
WITH professions AS MATERIALIZED (
    -- short codes, because grouping tens of millions of rows by text costs more than the join itself
    SELECT profession, row_number() OVER (ORDER BY profession) AS code FROM (SELECT DISTINCT profession FROM learners)
), formats AS MATERIALIZED (
    SELECT format, row_number() OVER (ORDER BY format) AS code FROM (SELECT DISTINCT format FROM activities)
), who AS MATERIALIZED (
    SELECT l.learner_id, CAST(p.code AS SMALLINT) AS profession_code FROM learners AS l JOIN professions AS p ON p.profession = l.profession
), what AS MATERIALIZED (
    SELECT a.activity_id, CAST(f.code AS SMALLINT) AS format_code FROM activities AS a JOIN formats AS f ON f.format = a.format
), cells AS (
    SELECT who.profession_code, what.format_code, quarter(c.claimed_on) AS q, count(*) AS claims, sum(c.credits) AS credits
    FROM credits AS c
    JOIN who ON who.learner_id = c.learner_id
    JOIN what ON what.activity_id = c.activity_id
    WHERE c.completed
    GROUP BY 1, 2, 3
)
SELECT p.profession, f.format, cells.q, cells.claims, cells.credits
FROM cells
JOIN professions AS p ON p.code = cells.profession_code
JOIN formats AS f ON f.code = cells.format_code
ORDER BY 1, 2, 3
