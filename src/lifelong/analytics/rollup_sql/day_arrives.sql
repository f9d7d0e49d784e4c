-- One day's rows, with what is known of their activities. Expects new_credits and new_answers; the learners' professions are there already.
CREATE OR REPLACE TEMP TABLE day_claims AS
SELECT
    c.activity_id, c.learner_id, CAST(c.profession AS profession_name) AS profession, a.activity_type, a.format, quarter(c.claimed_on) AS q,
    c.credit_type, CAST(c.credits AS DOUBLE) AS credits, datediff('day', c.claimed_on, c.pars_on) AS days, c.completed
FROM new_credits AS c
JOIN activity_cells AS a ON a.activity_id = c.activity_id;

CREATE OR REPLACE TEMP TABLE day_audience AS
SELECT activity_id, profession, count(*) AS claims FROM day_claims WHERE completed GROUP BY 1, 2;

CREATE OR REPLACE TEMP TABLE day_said AS
SELECT
    activity_id, learner_id,
    max(value) FILTER (WHERE question = 'intent_to_change') AS intent, max(value) FILTER (WHERE question = 'barrier') AS barrier_code,
    max(value) FILTER (WHERE question = 'pre_score') AS pre, max(value) FILTER (WHERE question = 'post_score') AS post
FROM new_answers GROUP BY activity_id, learner_id;
