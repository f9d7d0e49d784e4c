-- One day's rows onto the rollups. Expects new_credits, new_answers, new_followups, their learners in day_learners, and new_pairs
-- (pairs of activity and learner that were never counted before).

CREATE OR REPLACE TEMP TABLE day_claims AS
SELECT
    c.activity_id, c.learner_id, l.profession, a.activity_type, a.format, quarter(c.claimed_on) AS q, c.credit_type,
    CAST(c.credits AS DOUBLE) AS credits, datediff('day', c.claimed_on, c.pars_on) AS days, c.completed
FROM new_credits AS c
JOIN day_learners AS l ON l.learner_id = c.learner_id
JOIN activity_cells AS a ON a.activity_id = c.activity_id;

CREATE OR REPLACE TABLE claim_cells AS
SELECT profession, format, q, CAST(sum(claims) AS BIGINT) AS claims, sum(credits) AS credits
FROM (
    SELECT profession, format, q, claims, credits FROM claim_cells
    UNION ALL
    SELECT profession, format, q, 1, credits FROM day_claims WHERE completed
) GROUP BY 1, 2, 3;

CREATE OR REPLACE TABLE day_cells AS
SELECT activity_type, q, days, CAST(sum(claims) AS BIGINT) AS claims
FROM (
    SELECT activity_type, q, days, claims FROM day_cells
    UNION ALL
    SELECT activity_type, q, days, 1 FROM day_claims WHERE completed
) GROUP BY 1, 2, 3;

-- how many activities each learner of the day had before, and has now
CREATE OR REPLACE TEMP TABLE steps AS
WITH gained AS (
    SELECT learner_id, count(*) AS now FROM new_pairs GROUP BY learner_id
), earlier AS (
    SELECT g.learner_id, sum(g.activities) AS more FROM learner_gains AS g SEMI JOIN gained ON gained.learner_id = g.learner_id GROUP BY g.learner_id
)
SELECT
    l.learner_id, l.profession, l.state, CAST(l.activities + coalesce(e.more, 0) AS INTEGER) AS before,
    CAST(l.activities + coalesce(e.more, 0) + g.now AS INTEGER) AS after
FROM gained AS g
JOIN day_learners AS l ON l.learner_id = g.learner_id
LEFT JOIN earlier AS e ON e.learner_id = g.learner_id;

INSERT INTO learner_gains SELECT learner_id, after - before FROM steps;

CREATE OR REPLACE TABLE repeat_cells AS
SELECT profession, activities, CAST(sum(learners) AS BIGINT) AS learners
FROM (
    SELECT profession, activities, learners FROM repeat_cells
    UNION ALL
    SELECT profession, before, -1 FROM steps WHERE before > 0
    UNION ALL
    SELECT profession, after, 1 FROM steps
) GROUP BY 1, 2 HAVING sum(learners) > 0;

CREATE OR REPLACE TABLE state_cells AS
SELECT state, profession, CAST(sum(learners) AS BIGINT) AS learners
FROM (
    SELECT state, profession, learners FROM state_cells
    UNION ALL
    SELECT state, profession, 1 FROM steps WHERE before = 0
) GROUP BY 1, 2;

CREATE OR REPLACE TEMP TABLE day_people AS
WITH cells AS (
    SELECT q, credit_type, bitstring_agg(CAST(learner_id AS INTEGER), 0, room_for_learners()) AS bits FROM day_claims WHERE completed GROUP BY 1, 2
), margins AS (
    SELECT q, credit_type, grouping(q, credit_type) AS margin, bit_or(bits) AS bits
    FROM cells GROUP BY GROUPING SETS ((q, credit_type), (q), (credit_type), ())
)
SELECT m.q, m.credit_type, m.margin, CASE WHEN p.bits IS NULL THEN m.bits ELSE p.bits | m.bits END AS bits
FROM margins AS m
LEFT JOIN people AS p ON p.margin = m.margin AND p.q IS NOT DISTINCT FROM m.q AND p.credit_type IS NOT DISTINCT FROM m.credit_type;
DELETE FROM people AS p USING day_people AS d
WHERE p.margin = d.margin AND p.q IS NOT DISTINCT FROM d.q AND p.credit_type IS NOT DISTINCT FROM d.credit_type;
INSERT INTO people SELECT q, credit_type, margin, bits FROM day_people;
DELETE FROM quarter_cells AS p USING day_people AS d
WHERE p.margin = d.margin AND p.q IS NOT DISTINCT FROM d.q AND p.credit_type IS NOT DISTINCT FROM d.credit_type;
INSERT INTO quarter_cells SELECT q, credit_type, margin, bit_count(bits) FROM day_people;

-- respondents of the day: what they said before, and what they have said by now
CREATE OR REPLACE TEMP TABLE day_said AS
SELECT
    activity_id, learner_id,
    max(value) FILTER (WHERE question = 'intent_to_change') AS intent, max(value) FILTER (WHERE question = 'barrier') AS barrier_code,
    max(value) FILTER (WHERE question = 'pre_score') AS pre, max(value) FILTER (WHERE question = 'post_score') AS post
FROM new_answers GROUP BY activity_id, learner_id;

CREATE OR REPLACE TEMP TABLE said_before AS
SELECT r.activity_id, r.learner_id, max(r.intent) AS intent, max(r.barrier_code) AS barrier_code, max(r.pre) AS pre, max(r.post) AS post
FROM responses AS r SEMI JOIN day_said AS d ON d.activity_id = r.activity_id AND d.learner_id = r.learner_id
GROUP BY r.activity_id, r.learner_id;

CREATE OR REPLACE TEMP TABLE said_changes AS
WITH said_now AS (
    SELECT activity_id, learner_id, max(intent) AS intent, max(barrier_code) AS barrier_code, max(pre) AS pre, max(post) AS post
    FROM (SELECT * FROM said_before UNION ALL BY NAME SELECT * FROM day_said) GROUP BY 1, 2
)
SELECT -1 AS sign, * FROM said_before UNION ALL BY NAME SELECT 1 AS sign, * FROM said_now;

INSERT INTO responses BY NAME SELECT activity_id, learner_id, intent, barrier_code, pre, post FROM day_said;

CREATE OR REPLACE TABLE intent_cells AS
SELECT barrier, activity_type, CAST(sum(n) AS BIGINT) AS n, sum(intending) AS intending
FROM (
    SELECT barrier, activity_type, n, intending FROM intent_cells
    UNION ALL
    SELECT b.barrier, a.activity_type, s.sign, s.sign * CAST(s.intent AS DOUBLE)
    FROM said_changes AS s
    JOIN activity_cells AS a ON a.activity_id = s.activity_id
    JOIN barrier_names AS b ON b.barrier_code = s.barrier_code
    WHERE s.intent IS NOT NULL
) GROUP BY 1, 2 HAVING sum(n) > 0;

CREATE OR REPLACE TABLE change_cells AS
SELECT activity_id, CAST(sum(n) AS BIGINT) AS n, sum(total) AS total, sum(squares) AS squares
FROM (
    SELECT activity_id, n, total, squares FROM change_cells
    UNION ALL
    SELECT activity_id, sign, sign * CAST(post - pre AS DOUBLE), sign * CAST(post - pre AS DOUBLE) ** 2
    FROM said_changes WHERE pre IS NOT NULL AND post IS NOT NULL
) GROUP BY 1 HAVING sum(n) > 0;

CREATE OR REPLACE TABLE follow_cells AS
SELECT
    activity_type, profession, CAST(sum(sent) AS BIGINT) AS sent, CAST(sum(answered) AS BIGINT) AS answered,
    CAST(sum(confirmed) AS BIGINT) AS confirmed
FROM (
    SELECT activity_type, profession, sent, answered, confirmed FROM follow_cells
    UNION ALL
    SELECT a.activity_type, l.profession, count(*), count(f.status), count(*) FILTER (WHERE f.status = 2)
    FROM new_followups AS f
    JOIN activity_cells AS a ON a.activity_id = f.activity_id
    JOIN day_learners AS l ON l.learner_id = f.learner_id
    GROUP BY 1, 2
) GROUP BY 1, 2;

-- counts only grow, so the largest profession of an activity is the largest so far or one of those that grew today
CREATE OR REPLACE TEMP TABLE day_audience AS
SELECT activity_id, profession, count(*) AS claims FROM day_claims WHERE completed GROUP BY 1, 2;

CREATE OR REPLACE TEMP TABLE touched AS
WITH held AS (
    SELECT activity_id, count(*) AS claims, count(*) FILTER (WHERE completed) AS completions, coalesce(sum(credits) FILTER (WHERE completed), 0) AS credits
    FROM day_claims GROUP BY activity_id
), reached AS (
    SELECT activity_id, count(*) AS n FROM new_pairs GROUP BY activity_id
), answered AS (
    SELECT activity_id, sum(sign) AS n FROM said_changes GROUP BY activity_id
), grown AS (
    SELECT a.activity_id, a.profession, sum(a.claims) AS claims
    FROM audience AS a SEMI JOIN day_audience AS d ON d.activity_id = a.activity_id AND d.profession = a.profession
    GROUP BY 1, 2
), mix AS (
    SELECT d.activity_id, count(*) FILTER (WHERE g.claims IS NULL) AS professions, max(d.claims + coalesce(g.claims, 0)) AS top
    FROM day_audience AS d LEFT JOIN grown AS g ON g.activity_id = d.activity_id AND g.profession = d.profession
    GROUP BY d.activity_id
)
SELECT
    coalesce(h.activity_id, s.activity_id) AS activity_id, coalesce(h.claims, 0) AS claims, coalesce(h.completions, 0) AS completions,
    coalesce(h.credits, 0) AS credits, coalesce(r.n, 0) AS reached, coalesce(s.n, 0) AS responders,
    coalesce(m.professions, 0) AS professions, coalesce(m.top, 0) AS top
FROM held AS h
FULL JOIN answered AS s ON s.activity_id = h.activity_id
LEFT JOIN reached AS r ON r.activity_id = h.activity_id
LEFT JOIN mix AS m ON m.activity_id = h.activity_id;

INSERT INTO audience SELECT activity_id, profession, claims FROM day_audience;

UPDATE activity_cells AS a
SET claims = a.claims + t.claims, completions = a.completions + t.completions, credits = a.credits + t.credits, reached = a.reached + t.reached,
    responders = a.responders + t.responders, professions = a.professions + t.professions, top = greatest(a.top, t.top)
FROM touched AS t
WHERE t.activity_id = a.activity_id;
