-- Folds what was appended day by day into the tables that hold everything. The pairs are folded by rollups.py.
CREATE OR REPLACE TABLE learner_cells AS
SELECT l.learner_id, l.profession, l.state, CAST(l.activities + coalesce(g.more, 0) AS INTEGER) AS activities
FROM learner_cells AS l
LEFT JOIN (SELECT learner_id, sum(activities) AS more FROM learner_gains GROUP BY learner_id) AS g ON g.learner_id = l.learner_id;
CREATE OR REPLACE TABLE learner_gains (learner_id INTEGER, activities INTEGER);
CREATE OR REPLACE TABLE audience AS
SELECT activity_id, profession, CAST(sum(claims) AS BIGINT) AS claims FROM audience GROUP BY 1, 2;
CREATE OR REPLACE TABLE responses AS
SELECT activity_id, learner_id, max(intent) AS intent, max(barrier_code) AS barrier_code, max(pre) AS pre, max(post) AS post
FROM responses GROUP BY 1, 2;
CREATE OR REPLACE TABLE pairs_since (pair BIGINT);
