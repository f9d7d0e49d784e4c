-- What one person said of one activity. Answers without a name count each for a person of their own, numbered behind the learners.
WITH said AS (
    SELECT r.activity_id, coalesce(r.learner, r.respondent, r.response) AS who, r.answered_on, q.key, q.kind, a.row, a.choice, a.number
    FROM taken.answers AS a
    JOIN taken.responses AS r ON r.response = a.response
    JOIN taken.questions AS q ON q.question_id = a.question_id
    WHERE r.activity_id IS NOT NULL AND year(r.answered_on) = getvariable('wanted')
), items AS (
    SELECT activity_id, who, answered_on, 'intent_to_change' AS question, CAST(choice = 'yes' AS FLOAT) AS value
    FROM said WHERE key = 'intended_change'
    UNION ALL
    SELECT activity_id, who, answered_on, 'free_of_bias', CAST(choice = 'no' AS FLOAT) FROM said WHERE key = 'bias'
    UNION ALL
    SELECT activity_id, who, min(answered_on), CASE row WHEN 'before' THEN 'pre_score' ELSE 'post_score' END, CAST(avg(number) AS FLOAT)
    FROM said WHERE kind = 'retro' AND row IN ('before', 'now') GROUP BY activity_id, who, row
    UNION ALL
    SELECT activity_id, who, min(answered_on), 'objective_met', CAST(avg(number) AS FLOAT)
    FROM said WHERE key = 'objectives_met' GROUP BY activity_id, who
)
SELECT CAST(i.activity_id AS INTEGER) AS activity_id,
    CAST(coalesce(p.learner_id, (SELECT count(*) FROM people) + dense_rank() OVER (ORDER BY i.who)) AS INTEGER) AS learner_id,
    i.question, i.value, i.answered_on
FROM items AS i
LEFT JOIN people AS p ON p.learner = i.who
ORDER BY 1, 2
