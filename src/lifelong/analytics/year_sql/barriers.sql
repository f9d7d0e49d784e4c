-- Plans carry the name and answers do not: no row says what the same person answered to both.
SELECT CAST(NULL AS SMALLINT) AS barrier_code, CAST(NULL AS VARCHAR) AS barrier WHERE false
