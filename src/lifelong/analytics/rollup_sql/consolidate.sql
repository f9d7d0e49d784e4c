-- What was appended day by day is in the arrays now.
CREATE OR REPLACE TABLE gains_since (learner_id INTEGER, activities INTEGER);
CREATE OR REPLACE TABLE audience_since (activity_id INTEGER, profession profession_name, claims BIGINT);
CREATE OR REPLACE TABLE people_since (place INTEGER, learner_id INTEGER);
CREATE OR REPLACE TABLE responses_since AS SELECT * FROM responses_since LIMIT 0;
CREATE OR REPLACE TABLE pairs_since (pair BIGINT);
UPDATE generation SET number = number + 1;
