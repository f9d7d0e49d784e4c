-- name: learners_by_quarter
-- question: How many different learners were there in each quarter, for each type of credit, and in the year?
-- unit: learner with at least one completed claim
-- caveat: Quarters and credit types do not add up to the year: a learner may be in several.
-- columns: q credit_type learners
-- counts: learners
-- One bit a learner for each quarter and credit type; margins are unions of those, so the claims are read once.
WITH cells AS (
    SELECT quarter(claimed_on) AS q, credit_type, bitstring_agg(CAST(learner_id AS INTEGER), 0, last_learner()) AS people
    FROM credits
    WHERE completed
    GROUP BY 1, 2
)
SELECT q, credit_type, bit_count(bit_or(people)) AS learners
FROM cells
GROUP BY GROUPING SETS ((q, credit_type), (q), (credit_type), ())
ORDER BY q, credit_type
