-- One day's rows onto the rollups. Expects day_claims, day_audience and day_said, and what was looked up of the year before:
-- new_pairs (pairs of activity and learner never counted), gained (their learners), counted_before (claims of the day's audience),
-- said_base (earlier answers of the day's respondents), unseen (learners new to a quarter or credit type).

CREATE OR REPLACE TABLE claim_cells AS
SELECT profession, format, q, CAST(sum(claims) AS BIGINT) AS claims, sum(credits) AS credits
FROM (
    SELECT profession, format, q, claims, credits FROM claim_cells
    UNION ALL
    SELECT profession, format, q, count(*), sum(credits) FROM day_claims WHERE completed GROUP BY profession, format, q
) GROUP BY 1, 2, 3;

-- merged, not written anew: a day touches few of its rows
MERGE INTO day_cells AS c
USING (SELECT activity_type, q, days, count(*) AS claims FROM day_claims WHERE completed GROUP BY activity_type, q, days) AS d
ON c.activity_type IS NOT DISTINCT FROM d.activity_type AND c.q IS NOT DISTINCT FROM d.q AND c.days IS NOT DISTINCT FROM d.days
WHEN MATCHED THEN UPDATE SET claims = c.claims + d.claims
WHEN NOT MATCHED THEN INSERT (activity_type, q, days, claims) VALUES (d.activity_type, d.q, d.days, d.claims);

-- how many activities each learner of the day had before, and has now
CREATE OR REPLACE TEMP TABLE steps AS
WITH earlier AS (
    SELECT s.learner_id, sum(s.activities) AS more FROM gains_since AS s SEMI JOIN gained AS g ON g.learner_id = s.learner_id GROUP BY s.learner_id
)
SELECT
    g.learner_id, CAST(g.profession AS profession_name) AS profession, CAST(g.state AS state_name) AS state,
    CAST(g.activities + coalesce(e.more, 0) AS INTEGER) AS before, CAST(g.activities + coalesce(e.more, 0) + g.now AS INTEGER) AS after
FROM gained AS g
LEFT JOIN earlier AS e ON e.learner_id = g.learner_id;

INSERT INTO pairs_since SELECT pair FROM new_pairs;
INSERT INTO gains_since SELECT learner_id, after - before FROM steps;

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
SELECT u.place, u.learner_id FROM unseen AS u
ANTI JOIN people_since AS s ON s.place = u.place AND s.learner_id = u.learner_id;
INSERT INTO people_since SELECT place, learner_id FROM day_people;
CREATE OR REPLACE TABLE quarter_cells AS
SELECT place, CAST(sum(learners) AS BIGINT) AS learners
FROM (SELECT place, learners FROM quarter_cells UNION ALL SELECT place, count(*) FROM day_people GROUP BY place)
GROUP BY place;

-- respondents of the day: what they said before, and what they have said by now
CREATE OR REPLACE TEMP TABLE said_before AS
SELECT activity_id, learner_id, max(intent) AS intent, max(barrier_code) AS barrier_code, max(pre) AS pre, max(post) AS post
FROM (
    SELECT * FROM said_base
    UNION ALL BY NAME
    SELECT r.* FROM responses_since AS r SEMI JOIN day_said AS d ON d.activity_id = r.activity_id AND d.learner_id = r.learner_id
) GROUP BY activity_id, learner_id;

CREATE OR REPLACE TEMP TABLE said_changes AS
WITH said_now AS (
    SELECT activity_id, learner_id, max(intent) AS intent, max(barrier_code) AS barrier_code, max(pre) AS pre, max(post) AS post
    FROM (SELECT * FROM said_before UNION ALL BY NAME SELECT * FROM day_said) GROUP BY 1, 2
)
SELECT -1 AS sign, * FROM said_before UNION ALL BY NAME SELECT 1 AS sign, * FROM said_now;

INSERT INTO responses_since BY NAME SELECT activity_id, learner_id, intent, barrier_code, pre, post FROM day_said;

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

MERGE INTO change_cells AS c
USING (
    SELECT
        activity_id, CAST(sum(sign) AS BIGINT) AS n, sum(sign * CAST(post - pre AS DOUBLE)) AS total,
        sum(sign * CAST(post - pre AS DOUBLE) ** 2) AS squares
    FROM said_changes WHERE pre IS NOT NULL AND post IS NOT NULL GROUP BY activity_id
) AS d
ON c.activity_id = d.activity_id
WHEN MATCHED THEN UPDATE SET n = c.n + d.n, total = c.total + d.total, squares = c.squares + d.squares
WHEN NOT MATCHED THEN INSERT (activity_id, n, total, squares) VALUES (d.activity_id, d.n, d.total, d.squares);

CREATE OR REPLACE TABLE follow_cells AS
SELECT
    activity_type, profession, CAST(sum(sent) AS BIGINT) AS sent, CAST(sum(answered) AS BIGINT) AS answered,
    CAST(sum(confirmed) AS BIGINT) AS confirmed
FROM (
    SELECT activity_type, profession, sent, answered, confirmed FROM follow_cells
    UNION ALL
    SELECT a.activity_type, CAST(f.profession AS profession_name), count(*), count(f.status), count(*) FILTER (WHERE f.status = 2)
    FROM new_followups AS f
    JOIN activity_cells AS a ON a.activity_id = f.activity_id
    GROUP BY 1, 2
) GROUP BY 1, 2;

-- counts only grow, so the largest profession of an activity is the largest so far or one of those that grew today
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
    FROM audience_since AS a
    SEMI JOIN day_audience AS d ON d.activity_id = a.activity_id AND d.profession IS NOT DISTINCT FROM a.profession
    GROUP BY 1, 2
), mix AS (
    SELECT
        d.activity_id, count(*) FILTER (WHERE d.before = 0 AND g.claims IS NULL) AS professions,
        max(d.claims + d.before + coalesce(g.claims, 0)) AS top
    FROM counted_before AS d
    LEFT JOIN grown AS g ON g.activity_id = d.activity_id AND g.profession IS NOT DISTINCT FROM CAST(d.profession AS profession_name)
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

INSERT INTO audience_since SELECT activity_id, profession, claims FROM day_audience;

UPDATE activity_cells AS a
SET claims = a.claims + t.claims, completions = a.completions + t.completions, credits = a.credits + t.credits, reached = a.reached + t.reached,
    responders = a.responders + t.responders, professions = a.professions + t.professions, top = greatest(a.top, t.top)
FROM touched AS t
WHERE t.activity_id = a.activity_id;
