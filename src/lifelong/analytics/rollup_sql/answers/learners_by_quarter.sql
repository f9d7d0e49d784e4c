SELECT k.q, k.credit_type, c.learners FROM quarter_cells AS c JOIN people_keys AS k ON k.place = c.place ORDER BY 1, 2
