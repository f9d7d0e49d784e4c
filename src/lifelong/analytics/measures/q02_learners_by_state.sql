-- name: learners_by_state
-- question: How many different learners completed something, by state and profession?
-- unit: learner with at least one completed claim
-- caveat: State and profession are those of the learner today, not those at the time of the claim.
-- columns: state profession learners
-- counts: learners
-- One bit a learner answers "has this one completed anything?" without keeping a hash table of every claim.
SELECT state, profession, count(*) AS learners
FROM learners
WHERE get_bit((SELECT bitstring_agg(CAST(learner_id AS INTEGER), 0, last_learner()) FROM credits WHERE completed), CAST(learner_id AS INTEGER)) = 1
GROUP BY state, profession
ORDER BY state, profession
