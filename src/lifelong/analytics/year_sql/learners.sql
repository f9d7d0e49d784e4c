-- Everybody who took part; what few share is empty already.
SELECT
    p.learner_id, coalesce(nullif(l.profession, ''), 'not told') AS profession, coalesce(nullif(l.state, ''), 'not told') AS state
FROM people AS p
LEFT JOIN taken.learners AS l ON l.learner = p.learner
