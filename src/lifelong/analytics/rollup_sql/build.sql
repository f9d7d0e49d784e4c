-- Everything the rollups keep, from the whole year. Tables named *_cells are small and answer; tables named *_since take what later
-- days bring. Who was counted in the year itself is remembered beside this file, in the arrays of remembered.py: they are made of
-- `learner_cells`, `audience`, `responses` and `people`, which are not kept. `reach` and `activity_count` come from the pairs there.

-- names of which there are few are kept as enumerations: grouping by them is grouping by a small number
CREATE TYPE profession_name AS ENUM (SELECT DISTINCT profession FROM learners WHERE profession IS NOT NULL ORDER BY profession);
CREATE TYPE state_name AS ENUM (SELECT DISTINCT state FROM learners WHERE state IS NOT NULL ORDER BY state);
CREATE TYPE type_name AS ENUM (SELECT DISTINCT activity_type FROM activities WHERE activity_type IS NOT NULL ORDER BY activity_type);
CREATE TYPE format_name AS ENUM (SELECT DISTINCT format FROM activities WHERE format IS NOT NULL ORDER BY format);

CREATE TABLE gap_names AS SELECT gap_id, topic, level FROM gaps;
CREATE TABLE gap_links AS SELECT gap_id, activity_id, outcome_met FROM activity_gaps;
CREATE TABLE barrier_names AS SELECT barrier_code, barrier FROM barriers;

CREATE TEMP TABLE learner_cells AS
SELECT
    l.learner_id, CAST(l.profession AS profession_name) AS profession, CAST(l.state AS state_name) AS state,
    CAST(coalesce(k.activities, 0) AS INTEGER) AS activities
FROM learners AS l LEFT JOIN activity_count AS k ON k.learner_id = l.learner_id;
CREATE TABLE gains_since (learner_id INTEGER, activities INTEGER);
CREATE TABLE audience_since (activity_id INTEGER, profession profession_name, claims BIGINT);

-- the one join of all claims with all learners; what is counted by profession or activity is counted from these cells
CREATE TEMP TABLE base_cells AS
SELECT c.activity_id, l.profession, quarter(c.claimed_on) AS q, count(*) AS claims, CAST(sum(c.credits) AS DOUBLE) AS credits
FROM credits AS c JOIN learner_cells AS l ON l.learner_id = c.learner_id
WHERE c.completed GROUP BY 1, 2, 3;

CREATE TEMP TABLE audience AS
SELECT activity_id, profession, CAST(sum(claims) AS BIGINT) AS claims FROM base_cells GROUP BY activity_id, profession;

CREATE TEMP TABLE responses AS
SELECT
    activity_id, learner_id,
    max(value) FILTER (WHERE question = 'intent_to_change') AS intent, max(value) FILTER (WHERE question = 'barrier') AS barrier_code,
    max(value) FILTER (WHERE question = 'pre_score') AS pre, max(value) FILTER (WHERE question = 'post_score') AS post
FROM answers GROUP BY activity_id, learner_id;

CREATE TABLE activity_cells AS
WITH held AS (
    SELECT activity_id, count(*) AS claims FROM credits GROUP BY activity_id
), completed AS (
    SELECT activity_id, sum(claims) AS completions, sum(credits) AS credits FROM base_cells GROUP BY activity_id
), answered AS (
    SELECT activity_id, count(*) AS responders FROM responses GROUP BY activity_id
), mix AS (
    SELECT activity_id, count(*) AS professions, max(claims) AS top FROM audience GROUP BY activity_id
)
SELECT
    a.activity_id, CAST(a.activity_type AS type_name) AS activity_type, CAST(a.format AS format_name) AS format, a.has_evaluation, a.commercial_support, a.support_cents,
    CAST(coalesce(h.claims, 0) AS BIGINT) AS claims, CAST(coalesce(c.completions, 0) AS BIGINT) AS completions,
    CAST(coalesce(c.credits, 0) AS DOUBLE) AS credits, CAST(coalesce(r.reached, 0) AS BIGINT) AS reached,
    CAST(coalesce(s.responders, 0) AS BIGINT) AS responders, CAST(coalesce(m.professions, 0) AS BIGINT) AS professions,
    CAST(coalesce(m.top, 0) AS BIGINT) AS top
FROM activities AS a
LEFT JOIN held AS h ON h.activity_id = a.activity_id
LEFT JOIN completed AS c ON c.activity_id = a.activity_id
LEFT JOIN reach AS r ON r.activity_id = a.activity_id
LEFT JOIN answered AS s ON s.activity_id = a.activity_id
LEFT JOIN mix AS m ON m.activity_id = a.activity_id;

CREATE TABLE claim_cells AS
SELECT b.profession, a.format, b.q, CAST(sum(b.claims) AS BIGINT) AS claims, sum(b.credits) AS credits
FROM base_cells AS b
JOIN activity_cells AS a ON a.activity_id = b.activity_id
GROUP BY 1, 2, 3;

CREATE TABLE state_cells AS
SELECT state, profession, count(*) AS learners FROM learner_cells WHERE activities > 0 GROUP BY state, profession;

CREATE TABLE repeat_cells AS
SELECT profession, activities, count(*) AS learners FROM learner_cells WHERE activities > 0 GROUP BY profession, activities;

-- one bit a learner, for each quarter and credit type and for each margin (where the other is empty)
CREATE TEMP TABLE people AS
WITH cells AS (
    SELECT quarter(claimed_on) AS q, credit_type, bitstring_agg(CAST(learner_id AS INTEGER), 0, room_for_learners()) AS bits
    FROM credits WHERE completed GROUP BY 1, 2
)
SELECT CAST(row_number() OVER () - 1 AS INTEGER) AS place, q, credit_type, grouping(q, credit_type) AS margin, bit_or(bits) AS bits
FROM cells GROUP BY GROUPING SETS ((q, credit_type), (q), (credit_type), ());
CREATE TABLE people_keys AS SELECT place, q, credit_type, margin FROM people;
CREATE TABLE people_since (place INTEGER, learner_id INTEGER);
CREATE TABLE quarter_cells AS SELECT place, bit_count(bits) AS learners FROM people;

CREATE TABLE intent_cells AS
SELECT b.barrier, a.activity_type, count(*) AS n, CAST(sum(r.intent) AS DOUBLE) AS intending
FROM responses AS r
JOIN activity_cells AS a ON a.activity_id = r.activity_id
JOIN barrier_names AS b ON b.barrier_code = r.barrier_code
WHERE r.intent IS NOT NULL GROUP BY 1, 2;

CREATE TABLE change_cells AS
SELECT activity_id, count(*) AS n, CAST(sum(post - pre) AS DOUBLE) AS total, CAST(sum(CAST(post - pre AS DOUBLE) ** 2) AS DOUBLE) AS squares
FROM responses WHERE pre IS NOT NULL AND post IS NOT NULL GROUP BY activity_id;

CREATE TABLE follow_cells AS
SELECT
    a.activity_type, l.profession, count(*) AS sent, count(f.status) AS answered, count(*) FILTER (WHERE f.status = 2) AS confirmed
FROM followups AS f
JOIN activity_cells AS a ON a.activity_id = f.activity_id
JOIN learner_cells AS l ON l.learner_id = f.learner_id
GROUP BY 1, 2;

CREATE TABLE day_cells AS
SELECT a.activity_type, quarter(c.claimed_on) AS q, datediff('day', c.claimed_on, c.pars_on) AS days, count(*) AS claims
FROM credits AS c JOIN activity_cells AS a ON a.activity_id = c.activity_id
WHERE c.completed GROUP BY 1, 2, 3;

CREATE TABLE pairs_since (pair BIGINT);
CREATE TABLE responses_since AS SELECT activity_id, learner_id, intent, barrier_code, pre, post FROM responses LIMIT 0;
CREATE TABLE batches (name VARCHAR PRIMARY KEY, claims BIGINT, answers BIGINT, followups BIGINT);
